"""FIN012: a FIN from SYN-RECEIVED."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Manner
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN012", "closed-while-opening", Severity.NOTE)
def closed_while_opening(case: Case) -> Iterator[Hit]:
    """One end sent its FIN before anything had acknowledged its SYN.

    ## What it checks
    A FIN of an end that has answered a SYN, while no segment captured before it acknowledges that end's own
    SYN: it closed in SYN-RECEIVED. Fast Open is left out, where a server may answer and close so early.

    ## Why it matters
    TCP allows it, but no common stack hands a connection to its program before it is established. So this is
    an unusual stack, a box that answers for another host, or a third segment that was not captured.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.001 < F. 1:1(0) ack 1             # FIN012
    +0.010 > . 1:1(0) ack 2
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    ```

    ## Not flagged
    A server that closes right after the third segment:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    ```

    ## What to do
    Capture beside the end that closed. If the third segment arrives there before the FIN leaves, the first
    capture missed it. If not, see what answers under this address: TTL and options of the SYN-ACK against
    those of the host itself (`ss -tni` there).

    ## Limits
    A third segment that the capture missed, or recorded late, gives the same picture: the finding is never
    more than likely.

    ## Sources
    - RFC 9293 §3.10.4: CLOSE in SYN-RECEIVED sends a FIN when nothing waits to be sent
    - RFC 9293 §3.3.2, figure 5: the way from SYN-RECEIVED to FIN-WAIT-1
    """
    fin = _early(case.story)
    if fin is None:
        return
    mine = next(h for h in case.story.events if h.syn and h.server == fin.server)
    told = next((h for h in case.story.events[fin.index :] if h.server != fin.server and h.valid), None)

    def message(view: View) -> str:
        who, other = end(view, server=fin.server), end(view, server=not fin.server)
        lead = f"{who} sent its FIN {view.took(mine.index, fin.index)} after its {_kind(mine)}, which {other}"
        if told is None:
            return f"{lead} never acknowledged; {fate(view.story)}"
        return f"{lead} acknowledged only {view.took(fin.index, told.index)} later; {fate(view.story)}"

    evidence = [Says(fin.index, "FIN before the handshake was complete"), Says(mine.index, _kind(mine))]
    if told is not None:
        evidence.append(Says(told.index, "the first acknowledgement of it"))
    yield Hit(evidence, message, proved=False)


def _kind(syn: Happening) -> str:
    return "SYN-ACK" if syn.syn_ack else "SYN"


def _early(story: Story) -> Happening | None:
    """The first FIN, where its sender had met a SYN and nothing had acknowledged its own."""
    fin = next((h for h in story.events if h.plain and h.fin and h.ack), None)
    if fin is None or story.opening.manner is Manner.FAST_OPEN:
        return None
    before = story.events[: fin.index]
    syn = next((h for h in before if h.syn and h.server == fin.server), None)
    met = any(h.syn and h.server != fin.server for h in before)
    answered = any(h.server == fin.server and h.syn_ack for h in before)
    told = any(h.server != fin.server and h.acks not in (Acks.NOTHING, Acks.STALE) for h in before)
    return fin if syn and met and answered and not told else None
