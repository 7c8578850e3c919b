"""CAP010: TCP checksums that are wrong."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import Kind
from handshake_inspect.flow.opening import Opened
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.noticed import connections_of, evidence, total
from handshake_inspect.rules.registry import rule


@rule("CAP010", "checksum-wrong", Severity.WARNING, whole=True)
def checksum_wrong(whole: Whole) -> Iterator[WholeHit]:
    """Segments have a wrong TCP checksum.

    ## What it checks
    The checksum of every segment with SYN, FIN or RST and no data that was captured whole. A host leaves the
    sum of the pseudo-header, or nothing, where its network card is to fill in the checksum: captured on that
    host this is a note. Where at least 3 and at least half of all checksums are wrong and connections open
    all the same, the capture was changed after it was made, which is a note too. Any other is damage.

    ## Why it matters
    Whoever receives a damaged segment drops it without a word, as if it had never come: its sender waits and
    repeats it. Bad memory in a router, a faulty network card and a rewriting middlebox do that.

    ## Example
    A SYN whose checksum does not fit, never answered, and sent again a second later.

    ## Not flagged
    A capture whose checksums are right, or that kept too little of each frame to tell.

    ## What to do
    For offloading nothing, or `ethtool -K eth0 tx off` while you capture. For damage see who counts it:
    `nstat -az TcpInCsumErrors` at the receiver, `ethtool -S eth0` on the way; then capture at both ends and
    compare, to find the hop that changes the segment.

    ## Limits
    Segments with data are not summed. Nor are those behind IP options, extension headers or a link layer
    that is read frame by frame. A damaged segment is still told in the story of its connection.

    ## Sources
    - RFC 9293 §3.1: what the checksum covers
    - RFC 1122 §4.2.2.7: a receiver must check it
    """
    all_ = whole.all
    unfinished = total(all_, Kind.UNFINISHED)
    if unfinished:
        lives = connections_of(all_, Kind.UNFINISHED)
        yield WholeHit(
            f"{units.counted(unfinished, 'segment')} of {units.counted(len(lives), 'connection')} had no"
            " checksum yet when captured: the network card fills it in (offloading)",
            lives,
            evidence(all_, Kind.UNFINISHED, "its checksum is left to the network card"),
            severity=Severity.NOTE,
            about="offloaded",
            count=unfinished,
        )
    wrong = total(all_, Kind.CORRUPT)
    if not wrong:
        return
    lives = connections_of(all_, Kind.CORRUPT)
    summed = all_.recording.noticed.summed
    opened = any(all_.story(int(life)).opening.outcome is Opened.ESTABLISHED for life in lives[:1000])
    rewritten = wrong > 2 and 2 * wrong >= summed and opened
    message = (
        f"{wrong} of {units.counted(summed, 'checksum')} looked at"
        f" {'is' if wrong == 1 else 'are'} wrong, in {units.counted(len(lives), 'connection')}: "
    )
    message += (
        "connections open all the same, so the capture was changed after it was made"
        if rewritten
        else "their receivers drop such segments in silence"
    )
    yield WholeHit(
        message,
        lives,
        evidence(all_, Kind.CORRUPT, "its checksum is wrong"),
        severity=Severity.NOTE if rewritten else None,
        certain=not rewritten,
        count=wrong,
    )
