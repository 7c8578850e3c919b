"""Text from outside: nothing of it may act on a terminal, and nothing of it may be lost."""

from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.render.parts.text import ascii_only, clean
from handshake_inspect.units import number
from tests.render.fakes import HOSTILE
from tests.render.pages import acting

anything = st.text(st.characters(exclude_categories=()))


@given(anything)
def test_clean_text_cannot_act(text: str) -> None:
    """Clean text holds no control, no format character and no half of a pair, whatever went in."""
    assert acting(clean(text)) == set()
    assert "\n" not in clean(text)


@given(anything)
def test_clean_text_stays_clean(text: str) -> None:
    """Cleaning twice is cleaning once."""
    assert clean(clean(text)) == clean(text)


@given(st.text(st.characters(categories=("L", "N", "P", "S"))))
def test_what_can_be_seen_stays(text: str) -> None:
    """Letters, digits and signs of every script are as they were."""
    assert clean(text) == text


@given(anything)
def test_ascii_text_is_ascii_and_seen(text: str) -> None:
    """Text for a stream without Unicode is printable ASCII, whatever went in."""
    assert ascii_only(text).isascii()
    assert acting(ascii_only(text)) == set()


def test_each_kind_of_escape() -> None:
    """Controls, bidi marks, undecodable bytes and rare planes are each shown by their number."""
    escaped = r"a\x1b[31m\x07\x9b2J\u202ebidi\u200b[bold]markup[/bold]\xff\x0d\x0a\x09\U000e0001"
    assert clean(HOSTILE) == escaped


def test_usual_signs_are_spelled_in_ascii() -> None:
    """An arrow, a section sign and a micro sign become what people write without them."""
    assert ascii_only("§3.5: a → b after 5 µs …") == "section 3.5: a -> b after 5 us ..."


def test_thousands_stand_apart() -> None:
    """Long numbers are in groups of three."""
    assert [number(n) for n in (0, 999, 1204, 1000000)] == ["0", "999", "1 204", "1 000 000"]
