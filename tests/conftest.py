"""Hypothesis draws the same examples in every CI run, and new ones everywhere else; it times none of them."""

import os

from hypothesis import settings

settings.register_profile("ours", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("ours")
