"""SYN020: a SYN-ACK that nobody asked for."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.unasked import BEGUN_NS, unanswered_answers


@rule("SYN020", "syn-ack-unsolicited", Severity.WARNING)
def syn_ack_unsolicited(case: Case) -> Iterator[Hit]:
    """A SYN-ACK came for a SYN that was never sent.

    ## What it checks
    SYN-ACKs without any SYN before them, where the capture shows what their receiver sends: it answered with
    RST, or it is heard elsewhere in the recording. Within the first second of the recording only a RST
    counts, and the finding is only possible, because the SYN may have been sent before.

    ## Why it matters
    Someone else sends SYNs with this host's address: a flood with forged addresses hits the sender of the
    SYN-ACK, and this is its backscatter. Or the SYN left by another route than the one that is captured, and
    then a firewall on this route sees answers only, and may drop them.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +5.000 [2] < S. 0:0(0) ack 1         # SYN020
    +0.000 [2] > R 1:1(0)
    ```
    The receiver is silent here, but is heard in the first connection:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +5.000 [2] < S. 0:0(0) ack 1         # SYN020
    +1.000 [2] < S. 0:0(0) ack 1
    ```

    ## Not flagged
    Nothing of the receiver is captured at all, so its SYN may be missing as well:
    ```
    +0.000 < S. 0:0(0) ack 1             # CAP002
    +5.000 [2] < S. 0:0(0) ack 1
    ```
    Nor a connection whose SYN alone is missing: the receiver goes on with it.
    ```
    +0.000 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    ```

    ## What to do
    Count the senders: many of them, or one that is in the news, is backscatter; you need do nothing but see
    that the host's kernel answers with RST, which stops the repetitions. One sender that you do talk to:
    compare routes both ways (`ip route get ADDRESS`, and the same there), and look for a second uplink.
    Wireshark: `tcp.flags.syn == 1 && tcp.flags.ack == 1 && !(tcp.completeness & 1)`.

    ## Limits
    A SYN that the capture dropped looks the same. A host with several routes may be heard on this one for
    some peers only, so without a RST the finding is only possible.

    ## Sources
    - RFC 9293 §3.10.7.1: without a connection a SYN-ACK is answered with a reset
    - RFC 9293 §3.5.2, group 1: that reset has the acknowledged number, and no ACK
    - RFC 4987 §2: floods of SYNs use forged addresses, whose owners get the SYN-ACKs
    """
    story, opening = case.story, case.story.opening
    if opening.outcome is not Opened.UNSOLICITED or opening.syn_ack is None:
        return
    answers = [h for h in story.events if h.syn_ack and h.server]
    resets = [h for h in story.events[opening.syn_ack :] if h.rst and not h.server]
    first = answers[0].index
    started = int(case.all.facts.first_time_ns.min()) + BEGUN_NS
    where: Array = np.ones(len(case), bool) if resets else unanswered_answers(case.all)[case.lives]

    def message(view: View) -> str:
        said = f"{view.server} sent {view.client} a SYN-ACK for a SYN that was never sent"
        said += f", {units.times(len(answers))}" if len(answers) > 1 else ""
        if resets:
            return f"{said}; {view.client} reset it {view.took(first, resets[0].index)} later"
        return f"{said}; {view.client} did not react, but is heard elsewhere in this capture"

    evidence = [
        Says(h.index, "SYN-ACK again" if k else "SYN-ACK without a SYN") for k, h in enumerate(answers)
    ]
    evidence += [Says(h.index, "the receiver knows no such attempt") for h in resets]
    yield Hit(
        evidence,
        message,
        count=len(answers),
        where=where,
        proved=bool(resets),
        doubtful=case.time(first) < started,
    )
