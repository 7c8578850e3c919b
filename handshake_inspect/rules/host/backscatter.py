"""HOST005: answers to what a host never asked."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units, wireshark
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.parties import PORT_BITS, addresses, port
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule

ANSWERS = 8
"A late copy, or a capture that began late, leaves one or two answers without a question."


@rule("HOST005", "backscatter", Severity.NOTE, whole=True, last=True)
def backscatter(whole: Whole) -> Iterator[WholeHit]:
    """A host got many answers to SYNs that it had not sent.

    ## What it checks
    At least 8 SYN-ACKs and RSTs with ACK, half of them SYN-ACKs at least, that come to one address and answer
    nothing that was captured, although this capture shows what that address sends.

    It takes the place of SYN020 and RST013 on each of those connections, and is at least as severe: a warning
    where SYN-ACKs are among the answers.

    ## Why it matters
    Somebody sends SYNs in the name of this address. Either those who answer are flooded and the address was
    drawn by chance, or the answers themselves are meant to flood the address. The host is not at fault.

    ## Example
    ```
    [2] server 198.51.100.2:80
    [3] server 198.51.100.3:80
    [4] server 198.51.100.4:80
    [5] server 198.51.100.5:80
    [6] server 198.51.100.6:80
    [7] server 198.51.100.7:80
    [8] server 198.51.100.8:80
    +0.00 [1] < S. 0:0(0) ack 1          # HOST005
    +0.00 [1] > R 1:1(0)
    +0.02 [2] < S. 0:0(0) ack 1
    +0.00 [2] > R 1:1(0)
    +0.02 [3] < S. 0:0(0) ack 1
    +0.00 [3] > R 1:1(0)
    +0.02 [4] < R. 0:0(0) ack 1
    +0.02 [5] < S. 0:0(0) ack 1
    +0.00 [5] > R 1:1(0)
    +0.02 [6] < S. 0:0(0) ack 1
    +0.00 [6] > R 1:1(0)
    +0.02 [7] < R. 0:0(0) ack 1
    +0.02 [8] < S. 0:0(0) ack 1
    +0.00 [8] > R 1:1(0)
    ```

    ## Not flagged
    Answers of which only one direction was captured, which CAP002 tells.
    ```
    +0.00 [1] < S. 0:0(0) ack 1          # CAP002
    +0.02 [2] < S. 0:0(0) ack 1
    +0.02 [3] < S. 0:0(0) ack 1
    +0.02 [4] < S. 0:0(0) ack 1
    +0.02 [5] < S. 0:0(0) ack 1
    +0.02 [6] < S. 0:0(0) ack 1
    +0.02 [7] < S. 0:0(0) ack 1
    +0.02 [8] < S. 0:0(0) ack 1
    ```

    ## What to do
    Nothing on the host: it answers SYN-ACKs with RST, which ends them. If there are so many that the line
    is full, ask the provider to filter SYN-ACKs to this address. Tell the owners of the services that answer.

    ## Limits
    Where the host's SYNs take another way than the answers, the picture is the same. Addresses that never
    send anything in this capture, as in a darknet, are not told.

    ## Sources
    - RFC 4987 §2.2: floods use forged addresses, and their owners get the SYN-ACKs
    - RFC 9293 §3.10.7.1: a host without the connection answers a SYN-ACK with RST, and a RST not at all
    """
    all_ = whole.all
    kinds = [_answers(story) for story in all_.stories]
    answer = np.array([kind > 0 for kind in kinds], bool)
    if not answer.any():
        return
    lives = np.flatnonzero(answer[all_.shapes.of])
    syn_ack = np.array([kind == 2 for kind in kinds], bool)[all_.shapes.of]
    answering = all_.events.side[all_.lives.first]
    targets = addresses(all_, answering ^ 1)
    sources, doors = addresses(all_, answering), port(all_, answering)
    found = [
        group
        for group in crowds.groups(all_, lives, targets[lives], ANSWERS)
        if 2 * syn_ack[group].sum() >= len(group) and _sends(whole, int(targets[group[0]]), targets, sources)
    ]
    for group, count in crowds.largest(all_, found):
        view = View(all_, int(group[0]))
        host = view.host(server=not view.sent_by_server(0))
        where = host if count == 1 else f"{count} more hosts"
        synchronizing = int(syn_ack[group].sum())
        resets = units.counted(len(group) - synchronizing, "RST")
        kinds_text = f"{units.counted(synchronizing, 'SYN-ACK')} and {resets}"
        of = crowds.count_of((sources[group] << PORT_BITS) | doors[group], "service")
        over = units.duration(crowds.span(whole, group))
        yield crowds.hit(
            whole,
            group,
            f"{where} got answers to SYNs it had not sent: {kinds_text}, of {of} within {over}",
            [(group[0], 0, "the first answer to nothing"), (group[-1], 0, "the last one")],
            about=host if count == 1 else "others",
            display_filter=wireshark.host(view.host(server=not view.sent_by_server(0))),
            proved=False,
        )


def _answers(story: Story) -> int:
    """2 for a story that begins with a SYN-ACK nobody asked for, 1 for such a RST, else 0."""
    first = story.events[0]
    if story.opening.outcome is not Opened.UNSOLICITED or first.quote or not first.ack:
        return 0
    return 2 if first.syn_ack else int(first.rst)


def _sends(whole: Whole, target: int, targets: Array, sources: Array) -> bool:
    """Whether the capture shows anything that this address sent.

    `sources` and `targets` are the ends of the first segment of each connection.
    """
    facts = whole.all.facts
    sent = (facts.client_segments > 0) & (facts.server_segments > 0)
    return bool((sent & (targets == target)).any() or (sources == target).any())
