"""From captures to a report: read, tell, examine. No decision about TCP is made here."""

import os
from typing import TYPE_CHECKING, NamedTuple

from handshake_inspect.config import Settings
from handshake_inspect.engine.reading import Progress, Reading, read
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.connections import connections
from handshake_inspect.isn.effort import EVERYTHING, in_passing
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.report.accepted import check
from handshake_inspect.report.report import Report
from handshake_inspect.report.where import parsed
from handshake_inspect.rules.examine import examine
from handshake_inspect.rules.selection import NUMBERS, own_wishes, selected
from handshake_inspect.rules.values import Values, complete

if TYPE_CHECKING:
    from handshake_inspect.report.baseline import Baseline


class Wanted(NamedTuple):
    """What is asked, found to make sense before anything is read."""

    settings: Settings
    codes: frozenset[str]
    values: Values
    baseline: "Baseline | None"


def inspect(
    *captures: str | os.PathLike[str], settings: Settings | None = None, progress: Progress | None = None
) -> Report:
    """Inspect captures as one recording, in the order given.

    Raises CaptureError for a capture that cannot be opened, UsageError for an impossible selection, option or
    agreement and for a baseline that cannot be read. A capture that is damaged further on is read as far as
    it goes, and the report says so.
    """
    settings = settings or Settings()
    if not captures:
        raise UsageError("no capture was given")
    wanted = prepare(settings)
    return conclude(read(captures, settings.batch_bytes, progress), wanted)


def prepare(settings: Settings) -> Wanted:
    """What these settings ask. UsageError where they can mean nothing."""
    codes = selected(settings.select, settings.ignore)
    values = complete(settings.rules)
    check(settings)
    if settings.where is not None:
        parsed(settings.where)
    if settings.baseline is None:
        return Wanted(settings, codes, values, None)
    from handshake_inspect.report import baseline

    return Wanted(settings, codes, values, baseline.read(settings.baseline))


def conclude(reading: Reading, wanted: Wanted) -> Report:
    """The report on what was read."""
    recording, captures = reading
    ends = [captured.last_time_ns for captured in captures if captured.last_time_ns is not None]
    all_ = connections(recording, max(ends, default=None))
    facts = [captured.facts() for captured in captures]
    settings = wanted.settings
    segments = sum(captured.segments for captured in captures)
    numbers = Numbers(all_, EVERYTHING if _thorough(wanted) else in_passing(segments))
    found = examine(
        all_,
        facts,
        numbers,
        wanted.codes,
        wanted.values,
        settings.min_confidence,
        settings.expectations,
    )
    return Report(all_, captures, numbers, found, settings, wanted.baseline)


def _thorough(wanted: Wanted) -> bool:
    """Who asks for the rules about initial numbers alone wants all of them to be looked at."""
    family = all(code.startswith(NUMBERS) for code in wanted.codes - own_wishes(wanted.codes))
    return family or wanted.settings.thorough
