"""SYN021: flags that no TCP sends together."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.decode.segments import Flag
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end, following

CONTROL = Flag.FIN | Flag.SYN | Flag.RST | Flag.ACK
NAMED = Flag.FIN | Flag.SYN | Flag.RST | Flag.PSH | Flag.ACK | Flag.URG


@rule("SYN021", "illegal-flags", Severity.ERROR)
def illegal_flags(case: Case) -> Iterator[Hit]:
    """A segment had a combination of flags that no TCP sends.

    ## What it checks
    SYN together with FIN or RST, and segments that have neither SYN nor RST and yet lack ACK: no flags at
    all, FIN alone, or FIN, PSH and URG. It says how often each end sent such, and what answered the first.

    ## Why it matters
    No stack sends these, so someone made them by hand. Scanners do, to pass filters that look for SYN alone
    and to tell systems apart by their answers: an open port is silent, a closed one answers with RST.

    ## Example
    A Xmas scan of a closed port:
    ```
    +0.000 > FPU 0:0(0)                  # SYN021
    +0.010 < R. 0:0(0) ack 1
    ```
    No flags at all, and no answer:
    ```
    +0.000 > - 0:0(0)                    # SYN021
    +1.000 > - 0:0(0)
    ```
    ```
    +0.000 > SF 0:0(0)                   # SYN021
    ```

    ## Not flagged
    A RST without ACK is as it should be where no connection is (RFC 9293 §3.5.2):
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > R 1:1(0)                    # SYN016
    ```
    Nor SYN with PSH, URG, ECE or CWR: the first two mean nothing there, and the others ask for ECN.

    ## What to do
    Look for more from the same host: many ports in a row are a scan. Wireshark:
    `tcp.flags.syn == 0 && tcp.flags.reset == 0 && tcp.flags.ack == 0`, and
    `tcp.flags.syn == 1 && (tcp.flags.fin == 1 || tcp.flags.reset == 1)`. Drop such segments at the edge;
    nftables matches them with `tcp flags & (syn | rst | ack) == 0x0` and
    `tcp flags & (fin | syn) == fin | syn`. If they come from a host of your own, a test tool or a broken box
    makes them.

    ## Limits
    Damaged frames can look like this, where checksums are not verified. What an open port does with SYN and
    FIN together differs from stack to stack.

    ## Sources
    - RFC 9293 §3.1: what each control bit means
    - RFC 9293 §3.10.7.4, fifth: a segment without ACK is dropped
    - RFC 9293 §3.10.7.1: a closed port answers anything but a RST with a reset
    """
    story = case.story
    odd = [h for h in story.events if not h.quote and _illegal(h.flags)]
    if not odd:
        return
    first = odd[0]
    answer = following(story, first.index, server=not first.server)
    mine = [h for h in odd if h.server == first.server]

    def message(view: View) -> str:
        who, other = end(view, server=first.server), end(view, server=not first.server)
        said = f"{who} sent {other} {_kind(Flag(view.event('flags', first.index)))}"
        said += f", the first of {len(mine)} such segments" if len(mine) > 1 else ""
        said += f"; {other} sent {units.counted(len(odd) - len(mine), 'such segment')}" if odd != mine else ""
        if answer is None:
            return f"{said}; nothing answered"
        return f"{said}; {_came_back(answer)} came back {view.took(first.index, answer.index)} later"

    evidence = [Says(h.index, _label(h)) for h in odd]
    evidence += [Says(answer.index, "what came back")] if answer and answer not in odd else []
    yield Hit(evidence, message, count=len(odd))


def _illegal(flags: Flag) -> bool:
    control = flags & CONTROL
    if control & Flag.SYN:
        return bool(control & (Flag.FIN | Flag.RST))
    return not control & (Flag.RST | Flag.ACK)


def _label(h: Happening) -> str:
    if h.flags & Flag.SYN:
        return _names(h.flags)
    # PSH makes no other story, so a story does not tell whether it was set.
    return f"{_names(h.flags)} without ACK" if h.flags & NAMED else "neither SYN, FIN, RST nor ACK"


def _names(flags: Flag) -> str:
    return "+".join(flag.name or "" for flag in NAMED if flag & flags)


def _kind(flags: Flag) -> str:
    if flags & Flag.SYN:
        return f"a segment with {_names(flags)}"
    if not flags & NAMED:
        return "a segment without any flag, as a NULL scan does"
    scan = {Flag.FIN: "a FIN scan", Flag.FIN | Flag.PSH | Flag.URG: "a Xmas scan"}.get(flags & NAMED)
    return f"a segment with {_names(flags)} and without ACK" + (f", as {scan} does" if scan else "")


def _came_back(answer: Happening) -> str:
    if answer.rst:
        return "a RST"
    if answer.syn_ack:
        return "a SYN-ACK"
    return "an ACK" if answer.bare_ack else "another segment"
