"""One connection as textbooks draw it: time down the page, the client left, the server right.

It knows how a rung is drawn, and takes what stands on it as told. The one idea: each side shows the state its
end is in once the segment was sent or met, and shows it again only when it changes.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len, chop_cells
from rich.text import Text

from handshake_inspect.finding import Finding
from handshake_inspect.render import Layout
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.remarks import print_finding
from handshake_inspect.render.parts.screen import BOLD, DIM, SEVERITY_STYLE, Screen
from handshake_inspect.report.model import CaptureInfo, Connection
from handshake_inspect.units import counted, duration, endpoint

if TYPE_CHECKING:
    from handshake_inspect.report.ladder import Rung
    from handshake_inspect.report.report import Report

WIDEST_ARROW = 72
"An arrow longer than its words helps nobody."

INSET = "   "
"What stands between a line of life and words beside it."

FEWEST_ARROW = 12
"Below this, a page is cut by the terminal instead of by us."

UNIT = re.compile(r"(?:seq|ack|win|from) \S+|<[^>]*>|\S+")
"What of a label stays together on a line."

OPTION = re.compile(r"[^,]+,?")
"What of the options does, where they are too many for one."


def print_ladder(report: "Report", number: int, out: TextIO, layout: Layout) -> None:
    """Print the ladder of connection `number`. UsageError when there is none of that number."""
    connection, rungs = report.connection(number), report.ladder(number)
    findings = report.findings_of(number)
    screen = Screen(out, layout.color)
    _print_heading(screen, connection)
    screen.blank()
    drawing = _Drawing(screen, rungs, findings)
    drawing.heading()
    for rung in rungs:
        drawing.rung(rung)
    if any(rung.client_presumed or rung.server_presumed for rung in rungs):
        screen.blank()
        screen.line(screen.text(words.PRESUMED, DIM))
    for finding in findings:
        screen.blank()
        _print_named(screen, finding, report.captures)


def _print_heading(screen: Screen, connection: Connection) -> None:
    client, server = connection.client, connection.server
    vlan = words.vlan(connection.vlan)
    screen.line(
        screen.text(f"Connection {connection.number}: ", BOLD),
        f"{endpoint(client.address, client.port)} {screen.signs.between} "
        f"{endpoint(server.address, server.port)}{f', {vlan}' if vlan else ''}",
        hang=2,
    )
    opening = words.opening(connection.opening.outcome, connection.opening.manner)
    closing = words.closing(connection.closing.outcome, connection.closing.by)
    length = duration(connection.last_time_ns - connection.first_time_ns)
    screen.line(
        f"{', '.join(filter(None, (opening, closing)))}. "
        f"{counted(client.segments + server.segments, 'segment')} in {length}, "
        f"frames {connection.first_frame} to {connection.last_frame}."
    )
    for name, end in (("client", client), ("server", server)):
        state = words.state(end.known_state, end.presumed_state)
        screen.line(f"{name} {end.word or '(nothing)'}: {state}", indent=2)


def _print_named(screen: Screen, finding: Finding, captures: Sequence[CaptureInfo]) -> None:
    screen.line(
        screen.text(f"{screen.signs.flag} {finding.code}", SEVERITY_STYLE[finding.severity]),
        screen.text(f" {finding.name}", BOLD),
        f" ({finding.severity.word}, {finding.confidence.word})",
        hang=2,
    )
    print_finding(screen, finding, captures)


class _Drawing:
    """The ladder, rung by rung."""

    def __init__(self, screen: Screen, rungs: Sequence["Rung"], findings: Sequence[Finding]) -> None:
        self._screen = screen
        self._start_ns = rungs[0].time_ns if rungs else 0
        self._before = ("", "")
        self._findings = {finding.code: finding for finding in findings}
        self._frame_columns = max([len("frame"), *(len(str(rung.frame)) for rung in rungs)])
        self._time_columns = max([len("seconds"), *(len(self._seconds(rung)) for rung in rungs)])
        self._client_columns, server_columns = (
            max([len(name), *(len(_states(rung)[side]) for rung in rungs)])
            for side, name in enumerate(("client", "server"))
        )
        self._margin = self._frame_columns + 2 + self._time_columns + 2 + self._client_columns + 1
        room = screen.width - self._margin - 2 - 1 - server_columns
        self._arrow_columns = max(FEWEST_ARROW, min(WIDEST_ARROW, room))

    def heading(self) -> None:
        frame, time = "frame".rjust(self._frame_columns), "seconds".rjust(self._time_columns)
        middle = " " * (self._arrow_columns + 2)
        line = f"{frame}  {time}  {'client'.rjust(self._client_columns)} {middle} server"
        self._screen.unbroken(self._screen.text(line, DIM))

    def rung(self, rung: "Rung") -> None:
        if rung.skipped_before:
            sender = "client" if rung.from_client else "server"
            skipped = f"{self._screen.signs.elided} {counted(rung.skipped_before, 'segment')} of the {sender}"
            self._between(self._screen.text(skipped, DIM))
        shown = _states(rung)
        client, server = ("" if now == was else now for now, was in zip(shown, self._before, strict=True))
        self._before = shown
        first, *rest = self._folded(rung.label)
        line = self._screen.join(
            f"{rung.frame:>{self._frame_columns}}  {self._seconds(rung):>{self._time_columns}}  ",
            self._screen.text(client.rjust(self._client_columns), BOLD),
            " ",
            self._arrow(first, rung.from_client),
            " ",
            self._screen.text(server, BOLD),
        )
        line.rstrip()
        self._screen.unbroken(line)
        for more in rest:
            self._between(self._screen.text(more))
        for code, count in Counter(rung.codes).items():
            self._flag(code, count)

    def _seconds(self, rung: "Rung") -> str:
        return f"{(rung.time_ns - self._start_ns) / 1e9:.6f}"

    def _flag(self, code: str, count: int) -> None:
        finding = self._findings.get(code)
        said = f"{self._screen.signs.flag} {code}" + (f" x{count}" if count > 1 else "")
        style = SEVERITY_STYLE[finding.severity] if finding else BOLD
        for more in self._folded(f"{said} {finding.name}" if finding else said):
            self._between(self._screen.text(more, style))

    def _arrow(self, label: str, from_client: bool) -> Text:
        signs = self._screen.signs
        line = signs.line
        label = f" {label} " if label else ""
        room = self._arrow_columns - len(label) - 1
        before = min(2, room) if from_client else min(1, room)
        after = room - before
        if from_client:
            shaft = f"{line * before}{label}{line * after}{signs.right}"
        else:
            shaft = f"{signs.left}{line * before}{label}{line * after}"
        return self._screen.join(signs.lifeline, shaft, signs.lifeline)

    def _between(self, words_: Text) -> None:
        """Print words between the two lines of life."""
        lifeline = self._screen.signs.lifeline
        blanks = " " * max(0, self._arrow_columns - len(INSET) - words_.cell_len)
        self._screen.unbroken(f"{' ' * self._margin}{lifeline}{INSET}", words_, f"{blanks}{lifeline}")

    def _folded(self, label: str) -> list[str]:
        """The label in lines that fit between the lines of life; at least one."""
        room = self._arrow_columns - len(INSET) - 2
        lines = [""]
        for unit in UNIT.findall(self._screen.text(label).plain):
            between = " "
            for option in [unit] if cell_len(unit) <= room else OPTION.findall(unit):
                for part in chop_cells(option, room):
                    longer = f"{lines[-1]}{between}{part}".lstrip()
                    if cell_len(longer) <= room:
                        lines[-1] = longer
                    else:
                        lines.append(part)
                between = ""
        return lines


def _states(rung: "Rung") -> tuple[str, str]:
    """Both ends' states, the presumed ones in brackets."""
    return (
        f"({rung.client_state})" if rung.client_presumed else rung.client_state,
        f"({rung.server_state})" if rung.server_presumed else rung.server_state,
    )
