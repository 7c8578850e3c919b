"""Challenges and impossible acknowledgements."""
