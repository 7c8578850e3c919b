"""Read a word through the table and say where it leads: what is proved, and what is only presumed."""

from typing import NamedTuple

from handshake_inspect.machine.letters import BAR, Letter
from handshake_inspect.machine.states import State
from handshake_inspect.machine.table import MOVES


class Replay(NamedTuple):
    """One endpoint's word, and the path it takes."""

    word: str
    path: tuple[State, ...]
    "the state after each letter, the bar left out; as long as the letters"
    known: State
    "the state after the proved letters"
    presumed: State
    "the state after all letters"
    surprises: tuple[int, ...]
    "positions in `path` whose letter had no move: the state stayed as it was"


def replay(word: str, start: State = State.LISTEN) -> Replay:
    """Read `word` from `start`. A letter without a move is noted as a surprise, and moves nothing."""
    state = known = start
    path: list[State] = []
    surprises: list[int] = []
    proved = True
    for sign in word:
        if sign == BAR:
            proved = False
            continue
        move = MOVES[state].get(Letter(sign))
        if move is None:
            surprises.append(len(path))
        else:
            state = move.state
        path.append(state)
        if proved:
            known = state
    return Replay(word, tuple(path), known, state, tuple(surprises))
