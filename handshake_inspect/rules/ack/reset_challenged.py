"""ACK002: a RST that was not exact, answered by a challenge ACK."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end
from handshake_inspect.rules.unheeded import challenge, measured


@rule("ACK002", "reset-challenged", Severity.WARNING)
def reset_challenged(case: Case) -> Iterator[Hit]:
    """A RST whose number was not exact was answered by a challenge ACK, and the connection went on.

    ## What it checks
    Whether a RST in the window, but not at the next number its receiver expected, was followed by a bare
    ACK of that receiver which acknowledged nothing new, and whether both ends went on.

    ## Why it matters
    An end that means its RST answers the challenge with an exact one. None came, so someone else sent it: a
    firewall that lost count of the connection, or a stranger who tries to end it without seeing it. The
    challenge saved the connection.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +5.000 > R 2101:2101(0) ttl 240      # ACK002
    +0.001 < . 301:301(0) ack 101
    +1.000 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## Not flagged
    A RST outside the window, which is dropped without a word, and an ACK for data that comes after it:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +5.000 > R 51:51(0) ttl 240          # RST005
    +1.000 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## What to do
    Compare the TTL of the RST with that of the sender's other segments, and capture nearer to that
    sender: where the RST is not seen, something in between sent it. On Linux `nstat -az
    TcpExtTCPChallengeACK` counts the answers.

    ## Limits
    Linux sends no more than one challenge ACK per 500 ms for each connection. Where none came and both ends
    went on, RST007 tells of the RST. Where the ACK acknowledges
    something new it may be an ordinary one, and the finding is only possible.

    ## Sources
    - RFC 5961 §3.2: a RST in the window that is not exact is answered by a challenge ACK
    - RFC 9293 §3.10.7.4, second: the same
    """
    story = case.story
    met = [(h, a) for h in story.events if (a := challenge(story, h)) is not None]
    if not met:
        return
    rst, answer = met[0]
    doubtful: Array = case.column("ack", answer.index) != case.column("own_acked", answer.index)

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        off = seq.ahead(view.event("seq", rst.index), view.event("peer_acked", rst.index))
        more = f", the first of {len(met)}," if len(met) > 1 else ""
        by = f"{units.counted(off, 'byte')} beyond what {other} expected next"
        lead = f"a RST in the name of {who}{more} was {by}{distance(view, rst.index)}"
        return f"{lead}; {other} answered with a challenge ACK, and the connection went on"

    evidence = [Says(rst.index, "RST, in the window but not exact")]
    evidence += [Says(i, "challenge ACK") for i in sorted({a.index for _, a in met})]
    evidence += [Says(other.index, "RST, not exact") for other, _ in met[1:]]
    yield Hit(evidence, message, count=len(met), where=measured(case, rst), doubtful=doubtful)
