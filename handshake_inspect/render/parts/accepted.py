"""What was found and does not count, and why not."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.report.accepted import Accepted


def print_accepted(screen: Screen, accepted: "Sequence[Accepted]") -> None:
    """Print one line for each reason."""
    if accepted:
        screen.blank()
    for one in accepted:
        number = counted(one.findings, "finding")
        how = "in the baseline" if one.kind == "baseline" else one.kind
        screen.line(screen.text(f"{number} {how}: ", DIM), one.reason, hang=2)
