"""The report for people: one sentence, the stories, the findings worst first, the captures last.

It knows how a page is laid out. The one idea: what a reader at night needs first stands first, and a million
equal connections are one row.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import Layout
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.accepted import print_accepted
from handshake_inspect.render.parts.quality import print_quality
from handshake_inspect.render.parts.remarks import print_groups
from handshake_inspect.render.parts.screen import BOLD, Screen
from handshake_inspect.render.parts.stories import print_stories

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup, StoryGroup
    from handshake_inspect.report.report import Report


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Print the page."""
    screen = Screen(out, layout.color)
    if layout.title:
        screen.line(screen.text(f"{screen.signs.line * 2} {layout.title}", BOLD), hang=3)
    stories, groups = report.stories(), report.finding_groups()
    _print_headline(screen, report, stories, groups)
    shown = [s for s in stories if s.codes] if layout.connections == "flagged" else stories
    if layout.connections != "none" and shown:
        screen.blank()
        print_stories(screen, shown, layout.limit)
    print_groups(screen, groups, report.captures, layout.limit)
    print_accepted(screen, report.accepted)
    screen.blank()
    print_quality(screen, report.captures, layout.limit)
    if layout.title:
        screen.blank()


def _print_headline(
    screen: Screen, report: "Report", stories: Sequence["StoryGroup"], groups: Sequence["FindingGroup"]
) -> None:
    headline = screen.text(words.headline(report.connection_count, words.fates(stories)), BOLD)
    screen.line(headline, " ", words.tally(words.severities(groups), report.flagged_count))
