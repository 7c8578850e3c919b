"""The state machine as a Mermaid diagram, drawn from the table it runs on."""

from handshake_inspect.machine.states import State
from handshake_inspect.machine.table import MOVES


def diagram() -> str:
    """Mermaid source of every move that changes a state, one arrow per pair of states."""
    lines = ["stateDiagram-v2", f"    [*] --> {_node(State.LISTEN)}"]
    lines += [f'    state "{state}" as {_node(state)}' for state in State]
    for state, moves in MOVES.items():
        arrows: dict[State, list[str]] = {}
        for letter, move in moves.items():
            if move.state is not state:
                arrows.setdefault(move.state, []).append(letter)
        lines += [f"    {_node(state)} --> {_node(to)}: {' '.join(by)}" for to, by in arrows.items()]
    return "\n".join(lines) + "\n"


def _node(state: State) -> str:
    return state.replace("-", "_")
