"""What the user settled beforehand: which findings are known, and what a recording must show.

It knows words only: codes, globs, addresses as they were written. What they mean in a recording is for
`rules.reach`. Its one idea: every agreement has a scope and a reason, and nobody agrees without a reason.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where an agreement holds. What is empty restricts nothing; what is given must all be true."""

    captures: tuple[str, ...] = ()
    "globs: without / on the file's name, with / on its whole path; ** is any number of folders"
    hosts: tuple[str, ...] = ()
    "addresses or networks, one of which either end is or is in: '192.0.2.1', '2001:db8::/32'"
    services: tuple[str, ...] = ()
    "the server, as address and port, or a port alone: '192.0.2.1:80', '[2001:db8::1]:80', ':443'"


@dataclass(frozen=True, kw_only=True)
class Ignore(Scope):
    """Findings that do not count."""

    rules: tuple[str, ...]
    "codes, prefixes of codes, or names"
    reason: str
    "why; the report says it"


@dataclass(frozen=True, kw_only=True)
class Expectation(Scope):
    """What must be seen. Findings that say it do not count, and its absence is a finding (EXP001)."""

    reason: str
    "why; the finding says it"
    outcome: str | None = None
    "how every connection of the scope must have opened or closed"
    rules: tuple[str, ...] = ()
    "codes, prefixes of codes, or names, each of which something in the scope must show"
