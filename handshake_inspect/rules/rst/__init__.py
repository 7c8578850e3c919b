"""Resets."""
