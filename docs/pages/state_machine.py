"""The page about the state machine: its letters, its table and its diagram come from the machine itself."""

from collections.abc import Iterable

from handshake_inspect.machine.diagram import diagram
from handshake_inspect.machine.letters import Letter
from handshake_inspect.machine.replay import replay
from handshake_inspect.machine.states import State
from handshake_inspect.machine.table import MOVES

MEANING = {
    Letter.SENT_SYN: "sent a SYN",
    Letter.MET_SYN: "met a SYN",
    Letter.SENT_SYN_ACK: "sent a SYN-ACK",
    Letter.MET_SYN_ACK: "met a SYN-ACK",
    Letter.SENT_FIN: "sent a FIN",
    Letter.MET_FIN: "met a FIN",
    Letter.SENT_RST: "sent a RST, and ended something by it",
    Letter.MET_RST: "met a RST that it had to believe",
    Letter.SYN_ACKED: "its SYN was acknowledged, by a segment that is no SYN-ACK",
    Letter.FIN_ACKED: "its FIN was acknowledged",
}

EXAMPLES = [
    ("SyFzf", "a client that opens, closes first and hears the other's FIN"),
    ("sYafF|z", "its server; nothing shows that the last acknowledgement arrived"),
    ("SsYy", "each end of a simultaneous opening"),
    ("SyFfz", "each end of a simultaneous closing"),
    ("SyF", "a client whose FIN no one acknowledged"),
    ("S|r", "a client that was refused"),
    ("sYaf|r", "a server that had met a FIN, and then a RST as it seems"),
]

TEXT = """
# The state machine

RFC 9293 describes TCP as eleven states and what moves an endpoint from one to the next. This project reads
each endpoint's part of a connection as a short *word*, and looks up in one table where it leads.

## Words

Ten letters are everything that can move a state. Capitals are sent, small letters are met.

{letters}

An acknowledgement moves a state only when it covers a SYN or a FIN, so those two have letters of their own.
A copy of a segment moves nothing and is not written again. After a reset, a new attempt may write all
letters again. Sequence numbers never reach the table: whether an acknowledgement covers a FIN, or a RST lies
where its receiver must believe it, is settled before the letter is written.

{examples}

## Lived order

Capture order belongs to the tap. Two FINs that cross are captured in one order near the client and in the
other near the server, and neither is the order in which an endpoint lived them. So a word is put in the order
of its own endpoint:

* What it sent is in order already. A SYN comes before its FIN even where only a later copy was captured.
* A SYN or FIN that it met stands just before the first segment of its own that acknowledges it. Before that
  segment it had not taken it, because acknowledgements are cumulative (RFC 9293 §3.4).
* The acknowledgement of its own SYN or FIN stands where it was captured. It is proved once the endpoint
  acknowledges something that was sent with it or after it.
* A RST that it met stands behind everything it sent in that attempt: after a RST it would have sent nothing.
* Anything else that nothing proves stands behind what the endpoint sent, which may have left earlier.

One thing is taken for granted. RFC 9293 §3.10.4 lets a user close before the SYN was acknowledged, and from
most taps that looks like closing right after. No common stack hands out a connection so early, so an
acknowledgement captured before the endpoint's FIN is taken to have arrived before it.

## The bar

Left of the bar a word is proved, right of it presumed: that segment was seen on its way, and nothing shows
that it arrived. The *known* state is where the proved letters lead, the *presumed* state is where all letters
lead. Evidence left of the bar makes a finding certain, evidence right of it only likely.

How far this can be trusted is measured by simulation (`tests/flow/test_simulated.py`). Endpoints written from
RFC 9293 alone open, talk, close and abort over a path with five taps:

* Where no segment is lost, doubled or overtaken, every tap proves the same word, and everything proved really
  happened in that order, that one thing apart. A capture cut short at any packet proves nothing that did not
  happen.
* With 10 % of all segments lost, about 0.2 % of the known states are wrong, and with 30 % lost, 0.7 %. In
  nearly all of them the tap had not seen a segment that was sent, and it cannot know what it could not see.
* With 10 % of all segments overtaken, about 0.3 % of the known states are wrong: what an endpoint sent is
  then no longer captured in its order.

## Surprises

A cell that is missing from the table means something: a live endpoint would never send that, or could not
have met it. A live stack would refuse it; a recording cannot be refused. The letter is noted as a *surprise*,
and the state stays as it was. In simulation no surprise comes without a segment that was lost, doubled or
overtaken.

## The diagram

Only moves that change the state are drawn.

```mermaid
{diagram}
```

A passive OPEN, CLOSE before anything was sent, and the end of TIME-WAIT can be seen by no one. So LISTEN also
stands for CLOSED before anything happened, and TIME-WAIT is never left but by a RST.

## The table

For each state and letter the next state, and where RFC 9293 says so. Letters that a state lacks are
surprises.

{table}
"""


def pages() -> dict[str, str]:
    """`state-machine.md`."""
    return {
        "state-machine.md": TEXT.format(
            letters=_rows(("letter", "the endpoint …"), [(f"`{l}`", MEANING[l]) for l in Letter]),
            examples=_rows(("word", "what it tells", "the states it goes through"), map(_example, EXAMPLES)),
            diagram=diagram().strip(),
            table=_rows(("state", "letter", "leads to", "source: RFC 9293"), _moves()),
        )
    }


def _example(example: tuple[str, str]) -> tuple[str, str, str]:
    word, tells = example
    told = replay(word)
    known = len(replay(word.partition("|")[0]).path)
    names = [str(state) if i < known else f"({state})" for i, state in enumerate(told.path)]
    return f"`{word}`".replace("|", "\\|"), tells, " → ".join([str(State.LISTEN), *names])


def _moves() -> list[tuple[str, str, str, str]]:
    return [
        (str(state), f"`{letter}`", "stays" if move.state is state else str(move.state), move.source)
        for state, moves in MOVES.items()
        for letter, move in moves.items()
    ]


def _rows(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, ("---",) * len(heads), *rows])
