"""Connections by what happened to them: equal stories are one row with a count."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import Layout
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.units import counted, number

if TYPE_CHECKING:
    from rich.table import Table

    from handshake_inspect.report.groups import StoryGroup
    from handshake_inspect.report.report import Report

MOST_CODES = 8
"A row names no more codes than this."


def print_stories(screen: Screen, stories: Sequence["StoryGroup"], limit: int | None) -> None:
    """Print one row for each story, or two where the page is narrow, and what was left out."""
    shown = stories[:limit]
    if shown:
        screen.show((_wide if screen.wide else _narrow)(screen, shown))
    rest = stories[len(shown) :]
    if rest:
        others = counted(sum(story.count for story in rest), "connection")
        stories_left = f"{number(len(rest))} more {'story' if len(rest) == 1 else 'stories'}"
        screen.line(f"{screen.signs.more} and {stories_left} of {others} (--limit)", indent=2)
    if any((s.client_state, s.server_state) != (s.client_presumed, s.server_presumed) for s in shown):
        screen.line(screen.text(words.PRESUMED, DIM))


def print_all_stories(report: "Report", out: TextIO, layout: Layout) -> None:
    """Print every story, the most frequent first."""
    screen = Screen(out, layout.color)
    stories = report.stories()
    if stories:
        print_stories(screen, stories, None)
    else:
        screen.line(words.headline(0, {}))


def _wide(screen: Screen, stories: Sequence["StoryGroup"]) -> "Table":
    """A row for each story."""
    ends = ["client's word", "state", "server's word", "state"]
    table = screen.table(["count", "opening", "closing", *ends, "example", "codes"])
    table.columns[0].justify = "right"
    table.columns[7].no_wrap = True
    for story in stories:
        row = (
            words.opening(story.opening, story.manner),
            words.closing(story.closing, story.by),
            story.client_word,
            words.state(story.client_state, story.client_presumed),
            story.server_word,
            words.state(story.server_state, story.server_presumed),
            f"{story.example} (frame {story.frame})",
            _codes(screen, story),
        )
        table.add_row(number(story.count), *map(screen.text, row))
    return table


def _narrow(screen: Screen, stories: Sequence["StoryGroup"]) -> "Table":
    """Two rows for each story, opening and client above closing and server, and one for its codes."""
    table = screen.table(["count", "outcome", "word", "state", "example"])
    table.columns[0].justify = "right"
    table.columns[0].no_wrap = table.columns[4].no_wrap = True
    for story in stories:
        above = (
            words.opening(story.opening, story.manner),
            f"client {story.client_word}",
            words.state(story.client_state, story.client_presumed),
            str(story.example),
        )
        below = (
            words.closing(story.closing, story.by),
            f"server {story.server_word}",
            words.state(story.server_state, story.server_presumed),
            f"frame {story.frame}",
        )
        table.add_row(number(story.count), *map(screen.text, above))
        table.add_row("", *map(screen.text, below))
        if story.codes:
            table.add_row("", "", "codes", screen.text(_codes(screen, story)), "")
    return table


def _codes(screen: Screen, story: "StoryGroup") -> str:
    left = len(story.codes) - MOST_CODES
    return " ".join(story.codes[:MOST_CODES]) + (f" {screen.signs.more}" if left > 0 else "")
