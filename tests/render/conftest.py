"""Fixtures of all tests here."""

from tests.render.pages import plain

__all__ = ["plain"]
