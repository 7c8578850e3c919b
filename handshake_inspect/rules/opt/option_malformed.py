"""OPT008: options that cannot be read as their RFCs have them."""

from collections.abc import Callable, Iterator

from handshake_inspect import units
from handshake_inspect.decode.segments import Options
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import KINDS, nowhere, odd, offered, syns, wrong
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("OPT008", "option-malformed", Severity.ERROR)
def option_malformed(case: Case) -> Iterator[Hit]:
    """A segment carried an option of a wrong length, or one option twice.

    ## What it checks
    The options of every segment: a length of 0 or 1, one that leads past the header, or one that this kind of
    option cannot have. In a SYN also an option that comes twice, which is a warning.

    ## Why it matters
    No stack sends this. A box that rewrites options has a fault, a packet was made by hand to probe the
    receiver, or bytes were damaged. Receivers differ in what they make of it: Linux ignores the
    rest of the options, others drop the segment, old ones have crashed.

    ## Example
    An MSS option whose length is 0:
    ```
    +0.000 > S 0:0(0) <raw 020005b4>     # OPT008
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    ```
    In the middle of a transfer:
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1 <raw 080b0000>  # OPT008
    ```

    ## Not flagged
    Options of a kind that is not known, if only their length leads to the next one:
    ```
    +0.000 > S 0:0(0) <mss 1460,raw fd04abcd>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor options that the capture cut off.

    ## What to do
    Look at the bytes in Wireshark, and capture nearer to the sender. Where the options are sound there, the
    box between is at fault; where they are not, find out what sends them. Many such SYNs from one address
    are a probe of your stack.

    ## Limits
    What an option contains is not judged here, only its length. Of options without SYN the first of each end
    is sure to be shown, and repeated ones are not looked for.

    ## Sources
    - RFC 9293 §3.1: kind and length of an option; an illegal length, zero for instance, must be survived
    - RFC 7323 §2.2 and §3.2, RFC 2018 §2, RFC 7413 §4.1.1, RFC 8684 §3, RFC 2385 §3.0, RFC 5925 §2.2: lengths
    """
    seen = nowhere(case)
    for h in syns(case):
        suspects = wrong(case, h)
        if suspects is None:
            continue
        name = "SYN-ACK" if h.syn_ack else "SYN"
        suspects = suspects & ~seen
        malformed = suspects & case.offer("malformed", h.index)
        if malformed.any():
            yield Hit(
                [Says(h.index, f"{name} with a malformed option")], _wrong(h.index, name), where=malformed
            )
        repeated = suspects & ~malformed & (case.offer("repeated_kind", h.index) > 0)
        if repeated.any():
            says = [Says(h.index, f"{name} with an option twice")]
            yield Hit(says, _twice(h.index, name), where=repeated, severity=Severity.WARNING)
        seen = seen | malformed | repeated
    for server in (False, True):
        found = odd(case, Options.MALFORMED, server=server)
        if found:
            says = [Says(h.index, "malformed option") for h in found]
            yield Hit(says, _later(found[0].index), count=len(found), where=~seen)


def _wrong(syn: int, name: str) -> Callable[[View], str]:
    def message(view: View) -> str:
        offer = offered(view, syn)
        kind = offer["wrong_kind"]
        what = f"{KINDS[kind]} option" if kind in KINDS else f"option of kind {kind}"
        size = offer["wrong_bytes"]
        fault = f"gives its length as {units.counted(size, 'byte')}" if size >= 0 else "has no length"
        server = view.story.events[syn].server
        lead = f"the {name} of {end(view, server=server)} to {end(view, server=not server)} is malformed"
        return f"{lead}: its {what} {fault}; {fate(view.story)}"

    return message


def _twice(syn: int, name: str) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[syn].server
        what = KINDS[offered(view, syn)["repeated_kind"]]
        lead = f"the {name} of {end(view, server=server)} to {end(view, server=not server)}"
        return f"{lead} has the {what} option twice; {fate(view.story)}"

    return message


def _later(index: int) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[index].server
        sender, receiver = end(view, server=server), end(view, server=not server)
        when = f"{view.took(0, index)} after the connection's first"
        return f"a segment of {sender} to {receiver} has a malformed option, {when}"

    return message
