"""Words lead where RFC 9293 says; what the table does not know moves nothing and is noted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.machine.diagram import diagram
from handshake_inspect.machine.letters import BAR, Letter
from handshake_inspect.machine.replay import replay
from handshake_inspect.machine.states import State
from handshake_inspect.machine.table import MOVES

S = State
LETTERS = "".join(Letter)

TEXTBOOK = {
    "opening, client (§3.5, figure 6)": ("Sy", [S.SYN_SENT, S.ESTABLISHED]),
    "opening, server (§3.5, figure 6)": ("sYa", [S.LISTEN, S.SYN_RECEIVED, S.ESTABLISHED]),
    "simultaneous opening, each end (§3.5, figure 7)": (
        "SsYy",
        [S.SYN_SENT, S.SYN_RECEIVED, S.SYN_RECEIVED, S.ESTABLISHED],
    ),
    "old duplicate SYN, server (§3.5, figure 8)": (
        "sYrsYa",
        [S.LISTEN, S.SYN_RECEIVED, S.LISTEN, S.LISTEN, S.SYN_RECEIVED, S.ESTABLISHED],
    ),
    "closing first (§3.6, figure 12)": (
        "SyFzf",
        [S.SYN_SENT, S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2, S.TIME_WAIT],
    ),
    "closing second (§3.6, figure 12)": (
        "sYafFz",
        [S.LISTEN, S.SYN_RECEIVED, S.ESTABLISHED, S.CLOSE_WAIT, S.LAST_ACK, S.CLOSED],
    ),
    "simultaneous closing, each end (§3.6, figure 13)": (
        "SyFfz",
        [S.SYN_SENT, S.ESTABLISHED, S.FIN_WAIT_1, S.CLOSING, S.TIME_WAIT],
    ),
    "half-closed, the end that still listens": (
        "SyFz",
        [S.SYN_SENT, S.ESTABLISHED, S.FIN_WAIT_1, S.FIN_WAIT_2],
    ),
    "half-closed, the end that still sends": (
        "sYaf",
        [S.LISTEN, S.SYN_RECEIVED, S.ESTABLISHED, S.CLOSE_WAIT],
    ),
    "closed while opening (§3.10.4)": (
        "sYFaz",
        [S.LISTEN, S.SYN_RECEIVED, S.FIN_WAIT_1, S.FIN_WAIT_1, S.FIN_WAIT_2],
    ),
    "refused, client (§3.10.7.3, second)": ("Sr", [S.SYN_SENT, S.CLOSED]),
    "refused, server (§3.5.2, group 1)": ("sR", [S.LISTEN, S.LISTEN]),
    "refused and opened after all": ("SrSy", [S.SYN_SENT, S.CLOSED, S.SYN_SENT, S.ESTABLISHED]),
}

TO_EACH_STATE = {
    S.SYN_SENT: "S",
    S.SYN_RECEIVED: "SsY",
    S.ESTABLISHED: "Sy",
    S.FIN_WAIT_1: "SyF",
    S.FIN_WAIT_2: "SyFz",
    S.CLOSE_WAIT: "Syf",
    S.CLOSING: "SyFf",
    S.LAST_ACK: "SyfF",
    S.TIME_WAIT: "SyFzf",
    S.CLOSED: "SyfFz",
}


@pytest.mark.parametrize(("word", "path"), TEXTBOOK.values(), ids=TEXTBOOK)
def test_textbook(word: str, path: list[State]) -> None:
    """A word of the textbook goes through the states of the textbook."""
    told = replay(word)
    assert list(told.path) == path
    assert told.known is told.presumed is path[-1]
    assert not told.surprises


@pytest.mark.parametrize(("state", "word"), TO_EACH_STATE.items(), ids=map(str, TO_EACH_STATE))
def test_reset_in_each_state(state: State, word: str) -> None:
    """A RST ends a connection in whatever state it is, whether that end sends or meets it."""
    assert replay(word).known is state
    assert replay(word + Letter.SENT_RST).known is S.CLOSED
    met = replay(word + Letter.MET_RST)
    assert met.known is (S.LISTEN if state is S.SYN_RECEIVED else S.CLOSED)
    assert not met.surprises


@given(st.text(alphabet=LETTERS, max_size=12))
def test_surprise_moves_nothing(word: str) -> None:
    """A letter without a move is noted where it stands, and the word goes on as if it were not there."""
    told = replay(word)
    assert len(told.path) == len(word)
    kept = [letter for i, letter in enumerate(word) if i not in told.surprises]
    assert replay("".join(kept)).known is told.known
    assert not replay("".join(kept)).surprises
    before = [S.LISTEN, *told.path]
    for i in told.surprises:
        assert Letter(word[i]) not in MOVES[before[i]]
        assert before[i] is before[i + 1]


@given(st.text(alphabet=LETTERS, max_size=8), st.text(alphabet=LETTERS, max_size=8))
def test_bar_parts_known_from_presumed(proved: str, presumed: str) -> None:
    """What is right of the bar leads further in what is presumed, and changes nothing in what is known."""
    told, whole = replay(proved + BAR + presumed), replay(proved + presumed)
    assert told.known is replay(proved).known
    assert told.presumed is whole.known
    assert (told.path, told.surprises) == (whole.path, whole.surprises)


@given(st.sampled_from(list(S)), st.text(alphabet=LETTERS, min_size=1, max_size=8))
def test_word_can_be_cut(start: State, word: str) -> None:
    """Reading a word is reading its beginning, and then its end from there."""
    whole = replay(word, start)
    for cut in range(len(word) + 1):
        assert replay(word[cut:], replay(word[:cut], start).known).known is whole.known


def test_diagram_has_every_change() -> None:
    """The diagram draws each change of state of the table once, under its letters, and nothing else."""
    drawn = set()
    for line in diagram().splitlines():
        arrow, colon, letters = line.strip().partition(": ")
        if colon:
            start, _, end = arrow.partition(" --> ")
            for letter in letters.split():
                assert (start, letter, end) not in drawn
                drawn.add((start, letter, end))
    table = {
        (state.replace("-", "_"), str(letter), move.state.replace("-", "_"))
        for state, moves in MOVES.items()
        for letter, move in moves.items()
        if move.state is not state
    }
    assert drawn == table
