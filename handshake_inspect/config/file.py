"""The configuration file: where it is looked for, and what it says.

It knows files and TOML, not which keys there are. Its one idea: the nearest file is the configuration,
wholly; files are never mixed, so what holds can be read in one place.
"""

import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from handshake_inspect.agreements import Expectation, Ignore
from handshake_inspect.errors import UsageError, reason

OWN = "handshake-inspect.toml"
SHARED = "pyproject.toml"
TOOL = "handshake-inspect"


class Configuration(NamedTuple):
    """What a configuration file says; without one, nothing."""

    path: str | None = None
    options: Mapping[str, Any] = MappingProxyType({})
    "by the parameter's name: what stands for an option that is not given"
    ignores: tuple[Ignore, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    rules: Mapping[str, Mapping[str, float]] = MappingProxyType({})
    "options of rules, by code"
    passed_over: str | None = None
    "the path of a file beside it that says something too, and does not count"


def nearest() -> Configuration:
    """The configuration for work in this folder: its own, or that of the nearest above that has one.

    Raises UsageError for a file that cannot be read, or says what there is no such thing as.
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:
        # The folder was removed while someone works in it: there is nothing in it, and nothing above.
        return Configuration()
    for place in _upwards(here):
        # As a person in the working directory would name them.
        own, shared = (os.path.relpath(os.path.join(place, name)) for name in (OWN, SHARED))
        said = _table(shared) if os.path.isfile(shared) else None
        if os.path.isfile(own):
            return _own(own)._replace(passed_over=None if said is None else shared)
        if said is not None:
            return _checked(shared, said, _prefix())
    return Configuration()


def named(path: str) -> Configuration:
    """The configuration in this file. Raises UsageError."""
    if os.path.basename(path) != SHARED:
        return _own(path)
    said = _table(path)
    if said is None:
        raise UsageError(f"{path}: has no [tool.{TOOL}]")
    return _checked(path, said, _prefix())


def _own(path: str) -> Configuration:
    """What a file says that is ours alone."""
    said = _parsed(path)
    if isinstance(tools := said.get("tool"), dict) and TOOL in tools:
        raise UsageError(f"{path}: the heading [tool.{TOOL}] is for {SHARED}; here keys stand without it")
    return _checked(path, said, "")


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above


def _table(path: str) -> dict[str, Any] | None:
    """Our part of a file that belongs to many tools."""
    # Reading TOML takes a while, and most such files do not know us.
    if TOOL.encode() not in _content(path):
        return None
    tools = _parsed(path).get("tool")
    said = tools.get(TOOL) if isinstance(tools, dict) else None
    if said is not None and not isinstance(said, dict):
        raise UsageError(f"{path}: tool.{TOOL}: must be a table")
    return said


def _prefix() -> str:
    return f"tool.{TOOL}."


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error


def _parsed(path: str) -> dict[str, Any]:
    import tomllib

    try:
        # Some editors write a byte order mark, which TOML does not know.
        return tomllib.loads(_content(path).decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is no UTF-8: byte {error.start}") from error
    except ValueError as error:
        # Not only TOML's: int takes no more than some thousand digits.
        raise UsageError(f"{path}: is no TOML: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: is nested too deeply") from error


def _checked(path: str, said: dict[str, Any], prefix: str) -> Configuration:
    # The keys know the rules, which take a while to import.
    from handshake_inspect.config.keys import Keys

    keys = Keys(path, prefix)
    options = keys.options(said)
    return Configuration(path, options, keys.ignores(said), keys.expectations(said), keys.rules(said))
