"""EXP001: the user expected something that the recording does not show."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.agreements import Expectation
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.outcomes import ended
from handshake_inspect.rules.reach import Reach
from handshake_inspect.rules.registry import matching, rule


@rule("EXP001", "expectation-not-met", Severity.ERROR, whole=True, settled=True)
def expectation_not_met(whole: Whole) -> Iterator[WholeHit]:
    """What the user expected of the recording is not in it.

    ## What it checks
    Every expectation in the configuration, over all connections of the recording, whatever is selected. An
    `outcome` must be that of every connection in the expectation's scope, as its opening or as its closing.
    Each of its `rules` must have found something in the scope. A scope without any connection meets no
    outcome: what was to be seen did not happen.

    ## Why it matters
    A port that must be closed and opens is a hole. A test that has to lose a segment and loses none tests
    nothing. Neither would be noticed by looking for faults.

    ## Example
    ```toml
    [[expectations]]
    services = [":80"]
    outcome = "refused"
    reason = "nothing may listen here"
    ```
    ```
    +0.00 > S 0:0(0)                     # EXP001
    +0.01 < S. 0:0(0) ack 1
    +0.01 > . 1:1(0) ack 1
    ```

    ## Not flagged
    What was expected and happened. The findings that say so do not count either.
    ```toml
    [[expectations]]
    services = [":80"]
    outcome = "refused"
    reason = "nothing may listen here"
    ```
    ```
    +0.00 > S 0:0(0)
    +0.01 < R. 0:0(0) ack 1
    ```
    An expectation with `captures`, where none of them was read.

    ## What to do
    Look at the connections that the finding names: `handshake-inspect connections --where` with the address
    or the port shows their outcomes. If the expectation is no longer true, change the configuration.

    ## Limits
    A rule that speaks for another, as HOST003 does for many SYN007, shows that one too. An expectation
    without `captures` is asked of each recording, with `--separate` of each capture.

    ## Sources
    - The configuration of handshake-inspect: `[[expectations]]` with `outcome` or `rules`, and a `reason`
    """
    reach = Reach(whole.all, whole.captures)
    for expected in whole.expectations:
        path = reach.capture(expected)
        if path is None:
            continue
        ends = (*expected.hosts, *expected.services)
        of = f" of {', '.join(ends)}" if ends else ""
        if expected.outcome is not None:
            meant = reach.connections(expected)
            if meant.any():
                yield from _otherwise(whole, expected, expected.outcome, meant, of)
            else:
                what = f"no connection{of} was seen, and '{expected.outcome}' was expected"
                yield _missing(expected, what, expected.outcome, path)
        for text in expected.rules:
            codes = matching(text)
            shown = any(
                reach.findings(expected, told.hit, told.lives).any()
                for code, said in whole.told.items()
                for told in said
                if code in codes or told.speaks_for & codes
            )
            if not shown:
                yield _missing(expected, f"nothing{of} showed {text} as expected", text, path)


def _otherwise(
    whole: Whole, expected: Expectation, outcome: str, meant: Array, of: str
) -> Iterator[WholeHit]:
    """The connections that are meant and opened or closed in another way."""
    lives = np.flatnonzero(meant & ~ended(whole.all, outcome))
    if not len(lives):
        return
    first = int(lives[whole.all.facts.first_frame[lives].argmin()])
    are = "is" if len(lives) == 1 else "are"
    every = units.counted(int(meant.sum()), "connection")
    yield WholeHit(
        f"{len(lives)} of {every}{of} {are} not '{outcome}' as expected: {expected.reason}",
        lives,
        [whole.frame(first, "the first segment of the first of them")],
        about=_about(expected, outcome),
    )


def _missing(expected: Expectation, what: str, wanted: str, path: str) -> WholeHit:
    """What was not seen at all."""
    nothing = np.empty(0, np.int64)
    return WholeHit(f"{what}: {expected.reason}", nothing, path=path, about=_about(expected, wanted))


def _about(expected: Expectation, wanted: str) -> str:
    return "; ".join([wanted, *expected.hosts, *expected.services, expected.reason])
