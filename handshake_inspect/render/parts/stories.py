"""Connections by what happened to them: equal stories are one row with a count."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import View
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.render.parts.text import number
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from rich.table import Table

    from handshake_inspect.report.groups import StoryGroup
    from handshake_inspect.report.report import Report

MOST_CODES = 8
"A row names no more codes than this."


def print_stories(
    screen: Screen, report: "Report", stories: Sequence["StoryGroup"], limit: int | None
) -> None:
    """Print one row for each story, or two where the page is narrow, and what was left out."""
    shown = stories[:limit]
    frames = {c.number: c.first_frame for c in report.connections(sorted({s.example for s in shown}))}
    table = _wide(screen, shown, frames) if screen.wide else _narrow(screen, shown, frames)
    screen.show(table, indent=2)
    rest = stories[len(shown) :]
    if rest:
        others = counted(sum(story.count for story in rest), "connection")
        stories_left = f"{number(len(rest))} more {'story' if len(rest) == 1 else 'stories'}"
        screen.line(f"{screen.signs.more} and {stories_left} of {others} (--limit)", indent=2)
    if any((s.client_state, s.server_state) != (s.client_presumed, s.server_presumed) for s in shown):
        screen.line(screen.text(words.PRESUMED, DIM), indent=2)


def print_all_stories(report: "Report", out: TextIO, view: View) -> None:
    """Print every story, the most frequent first."""
    screen = Screen(out, view.color)
    stories = report.stories()
    if stories:
        print_stories(screen, report, stories, None)
    else:
        screen.line(words.headline(0, {}))


def _wide(screen: Screen, stories: Sequence["StoryGroup"], frames: dict[int, int]) -> "Table":
    table = screen.table(
        ["count", "opening", "closing", "client's word, state", "server's word, state", "example", "codes"]
    )
    table.columns[0].justify = "right"
    table.columns[5].no_wrap = True
    for story in stories:
        table.add_row(
            number(story.count),
            screen.text(words.opening(story.opening, story.manner)),
            screen.text(words.closing(story.closing, story.by)),
            screen.text(f"{story.client_word}  {words.state(story.client_state, story.client_presumed)}"),
            screen.text(f"{story.server_word}  {words.state(story.server_state, story.server_presumed)}"),
            screen.text(f"{story.example} (frame {frames[story.example]})"),
            screen.text(_codes(screen, story.codes)),
        )
    return table


def _narrow(screen: Screen, stories: Sequence["StoryGroup"], frames: dict[int, int]) -> "Table":
    table = screen.table(["count", "outcome", "end", "word", "state", "example, codes"])
    table.columns[0].justify = "right"
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    for story in stories:
        table.add_row(
            number(story.count),
            screen.text(words.opening(story.opening, story.manner)),
            "client",
            screen.text(story.client_word),
            screen.text(words.state(story.client_state, story.client_presumed)),
            screen.text(f"{story.example} (frame {frames[story.example]})"),
        )
        table.add_row(
            "",
            screen.text(words.closing(story.closing, story.by)),
            "server",
            screen.text(story.server_word),
            screen.text(words.state(story.server_state, story.server_presumed)),
            screen.text(_codes(screen, story.codes)),
        )
    return table


def _codes(screen: Screen, codes: Sequence[str]) -> str:
    return " ".join(codes[:MOST_CODES]) + (screen.signs.more if len(codes) > MOST_CODES else "")
