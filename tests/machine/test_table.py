"""The table is RFC 9293's state machine, as far as an observer can see it."""

import re

import pytest

from handshake_inspect.machine.letters import Letter
from handshake_inspect.machine.states import State
from handshake_inspect.machine.table import MOVES
from tests.machine.figure_5 import ARROWS, UNSEEN

CITATION = re.compile(r"§3\.(?:\d+)(?:\.\d+)*(?: [A-Z]|[ ,:;]|$)")
"A section of RFC 9293 chapter 3, Functional Specification."

CELLS = [(state, letter, move) for state, moves in MOVES.items() for letter, move in moves.items()]


def test_every_state_has_its_row() -> None:
    """The table says of each of the eleven states what can happen in it."""
    assert list(MOVES) == list(State)
    assert len(State) == 11


def test_every_state_is_reachable() -> None:
    """From LISTEN some word leads to each state."""
    reached = {State.LISTEN}
    while further := {m.state for s in reached for m in MOVES[s].values()} - reached:
        reached |= further
    assert reached == set(State)


def test_every_letter_moves_something() -> None:
    """No letter is in vain: each changes some state."""
    assert {letter for state, letter, move in CELLS if move.state is not state} == set(Letter)


@pytest.mark.parametrize(("state", "letter", "move"), CELLS, ids=[f"{s}-{l.name}" for s, l, _ in CELLS])
def test_every_move_is_cited(state: State, letter: Letter, move: tuple[State, str]) -> None:
    """Each cell names the section of RFC 9293 that says so, first of all."""
    assert CITATION.match(move[1]), (state, letter)


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: f"{arrow.start} {arrow.label}")
def test_arrows_of_figure_5(arrow: tuple[State, str, str, State]) -> None:
    """Each arrow of RFC 9293 §3.3.2, figure 5, that can be seen is a path through the table."""
    state, _, letters, end = arrow
    for letter in letters:
        state = MOVES[state][Letter(letter)].state
    assert state is end


def test_figure_5_is_complete() -> None:
    """Every change of state in the table is a step of an arrow of figure 5, resets and three others apart."""
    steps = set()
    for state, _, letters, _ in ARROWS:
        for letter in letters:
            move = MOVES[state][Letter(letter)]
            steps.add((state, letter, move.state))
            state = move.state
    changes = {(s, l, m.state) for s, l, m in CELLS if m.state is not s and l not in "rR"}
    assert changes - steps == {
        # CLOSED after something happened; before, it is LISTEN to an observer.
        (State.CLOSED, "S", State.SYN_SENT),
        # §3.5 figure 7, line 6: an acknowledgement of the SYN that has a SYN with it.
        (State.SYN_RECEIVED, "y", State.ESTABLISHED),
        # §3.10.7.4, eighth, names SYN-RECEIVED beside ESTABLISHED.
        (State.SYN_RECEIVED, "f", State.CLOSE_WAIT),
    }


@pytest.mark.parametrize(("start", "event", "end", "reason"), UNSEEN, ids=lambda part: str(part)[:20])
def test_unseen_arrows(start: State, event: str, end: State, reason: str) -> None:
    """An arrow that no observer can see is in no cell, unless a RST sent or met leads the same way."""
    assert reason
    assert {l for l, m in MOVES[start].items() if m.state is end and start is not end} <= {"r", "R"}, event


@pytest.mark.parametrize("state", [s for s in State if s is not State.LISTEN], ids=str)
def test_reset_from_any_state(state: State) -> None:
    """A RST, sent or met, ends every connection (RFC 9293 §3.10.5, and §3.10.7.4, second)."""
    ended = {State.CLOSED, State.LISTEN} if state is State.SYN_RECEIVED else {State.CLOSED}
    assert MOVES[state][Letter.SENT_RST].state is State.CLOSED
    assert MOVES[state][Letter.MET_RST].state in ended


@pytest.mark.parametrize("state", [State.LISTEN, State.CLOSED], ids=str)
def test_without_a_connection_nothing_met_begins_one(state: State) -> None:
    """Where there is no connection, what is met changes nothing; what the end sends shows what it made."""
    assert {m.state for l, m in MOVES[state].items() if l.islower()} == {state}
