"""RST010: a RST that carries data."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("RST010", "reset-with-data", Severity.NOTE)
def reset_with_data(case: Case) -> Iterator[Hit]:
    """A RST carried data.

    ## What it checks
    Whether a RST has a payload, how long that is, and what it says where it is text.

    ## Why it matters
    It is legal: some stacks put the reason for the reset there, as readable text. The receiver ignores it.
    Common kernels never do this, so it often tells that a firewall or another box sent the RST.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < R. 0:20(20) ack 1           # SYN007 RST010
    ```

    ## Not flagged
    A RST without a payload:
    ```
    +0.000 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1             # SYN007
    ```

    ## What to do
    Read it: in Wireshark select the frame and follow the TCP stream, or `tshark -r FILE -Y
    'frame.number==N' -x`. It may name the box or the reason.

    ## Limits
    Of a text the first 64 bytes are shown, where it is ASCII and behind a common link layer.

    ## Sources
    - RFC 1122 §4.2.2.12: a RST may carry text that explains it
    - RFC 9293 §3.5.3: a receiver should allow a RST to include data
    """
    carrying = [h.index for h in case.story.events if h.rst and h.payload]
    if not carrying:
        return
    first = carrying[0]
    server = case.story.events[first].server

    def message(view: View) -> str:
        length, text = view.event("payload_bytes", first), view.text(first)
        more = f", the first of {len(carrying)}," if len(carrying) > 1 else ""
        who, other = end(view, server=server), end(view, server=not server)
        lead = f"a RST of {who} to {other}{more} carried {units.counted(length, 'byte')} of data"
        if not text.strip():
            return f"{lead}: it may say why"
        rest = "…" if len(text) < length else ""
        return f'{lead}: "{" ".join(text.split())}{rest}"'

    yield Hit([Says(i, "RST with data") for i in carrying], message, count=len(carrying))
