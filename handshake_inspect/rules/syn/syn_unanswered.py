"""SYN002: a SYN that was never answered."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import replaced
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import next_wait, schedule


@rule("SYN002", "syn-unanswered", Severity.ERROR)
def syn_unanswered(case: Case) -> Iterator[Hit]:
    """The client's SYN was never answered.

    ## What it checks
    Whether any segment of the server or any ICMP error about the SYN was captured. It says how often the
    client tried and by which schedule, and whether it gave up: it did if the recording goes on for longer
    than its next try was due. Where the client began anew with another number before that, it is a note.

    ## Why it matters
    The client waits, for a minute or two, and then fails with a time-out. A filter that drops instead of
    rejecting, a wrong address, a host that is down, or a full SYN backlog look like this.

    ## Example
    ```
    +0 > S 0:0(0)                        # SYN002
    +1 > S 0:0(0)
    +2 > S 0:0(0)
    +4 > S 0:0(0)
    ```

    ## Not flagged
    ```
    +0    > S 0:0(0)
    +1    > S 0:0(0)                     # SYN001
    +0.01 < S. 0:0(0) ack 1
    +0.01 > . 1:1(0) ack 1
    ```
    Nor an attempt whose client goes on as if it had been answered: that capture is one-sided (CAP002).

    ## What to do
    See whether the SYN reaches the server at all: capture there. If it does, look at its filter and its
    listen backlog (`ss -lnt`, `nstat -az TcpExtListenDrops`); if it does not, at what lies between.

    ## Limits
    A capture near the client cannot tell a SYN that was lost from an answer that was. When the recording ends
    before the next try was due, or shows no answers of anyone at all, the finding is only possible.

    ## Sources
    - RFC 9293 §3.8.3: a SYN is retransmitted in the way that data is
    - RFC 6298 §2.1, §5.5: the first wait is 1 s, and doubles
    - RFC 1122 §4.2.3.5: R2 for a SYN is at least 3 minutes
    """
    if case.story.opening.outcome is not Opened.UNANSWERED:
        return
    syns = [h.index for h in case.story.events if h.opener and not h.server]
    times = [case.time(i) for i in syns]
    gave_up: Array = case.silence(syns[-1]) > next_wait(times)
    anew = replaced(case)
    mine = ~case.fact("one_sided").astype(bool)

    def message(view: View) -> str:
        tries = f"tried {units.times(len(syns))}"
        if len(syns) > 1:
            tries += f" over {view.took(syns[0], syns[-1])}, {schedule(view, syns).text}"
        left = view.all.end_ns - view.time(syns[-1])
        due = schedule(view, syns).next_ns
        end = "and gave up" if left > due else "and the capture ends before the next try was due"
        return f"{view.client} got no answer from {view.server}: it {tries}, {end}"

    def message_anew(view: View) -> str:
        later = View(view.all, view.life + 1)
        pause = units.duration(later.time(0) - view.time(syns[-1]))
        return (
            f"{view.client} got no answer from {view.server} and did not wait for one: {pause} after its"
            f" last try it began anew with another initial sequence number"
        )

    evidence = [Says(i, "SYN" if k == 0 else f"SYN again, try {k + 1}") for k, i in enumerate(syns)]
    yield Hit(
        evidence,
        message,
        count=len(syns),
        where=mine & ~anew,
        proved=len(syns) > 1,
        doubtful=~gave_up | (not case.two_sided),
    )
    yield Hit(evidence, message_anew, count=len(syns), where=mine & anew, severity=Severity.NOTE)
