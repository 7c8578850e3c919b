"""SYN019: data in a SYN that the server left for later."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.shape import Acks, Place
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN019", "syn-data-not-accepted", Severity.NOTE)
def syn_data_not_accepted(case: Case) -> Iterator[Hit]:
    """The SYN carried data, and the SYN-ACK did not acknowledge all of it.

    ## What it checks
    The SYN that was answered, and how far the SYN-ACK acknowledges it. It says whether the SYN had a Fast
    Open cookie, asked for one, or did neither; whether the SYN-ACK brings a cookie; and when the data was
    sent again.

    ## Why it matters
    It is legal: the client sends the data again when the connection is open. It costs the round trip that
    Fast Open should save. When every connection to a service does it, Fast Open is off there, its key has
    changed, or something on the way removes the option or the data.

    ## Example
    ```
    +0.000 > S 0:100(100)                <mss 1460,FO 0102030405060708>
    +0.010 < S. 0:0(0) ack 1             <mss 1460>    # SYN019
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```
    Without any Fast Open option:
    ```
    +0.000 > S 0:100(100)
    +0.010 < S. 0:0(0) ack 1             # SYN019
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```

    ## Not flagged
    Fast Open that works:
    ```
    +0.000 > S 0:100(100)                <mss 1460,FO 0102030405060708>
    +0.010 < S. 0:0(0) ack 101           <mss 1460>
    +0.010 > . 101:101(0) ack 1
    ```
    Nor a client that asks for a cookie and sends no data yet.
    ```
    +0.000 > S 0:0(0)                    <mss 1460,FO>
    +0.010 < S. 0:0(0) ack 1             <mss 1460,FO 0102030405060708>
    +0.010 > . 1:1(0) ack 1
    ```

    ## What to do
    On a Linux server `sysctl net.ipv4.tcp_fastopen` must be 2 or 3, and the listener must
    ask for it (`TCP_FASTOPEN`); `nstat -az TcpExtTCPFastOpenPassive TcpExtTCPFastOpenPassiveFail
    TcpExtTCPFastOpenListenOverflow` counts what became of cookies. Servers behind one address need the same
    key (`sysctl net.ipv4.tcp_fastopen_key`). Compare the SYN at client and server: firewalls often remove
    the option.

    ## Limits
    Why a server does not take the data is not in the capture, unless it sends a new cookie.

    ## Sources
    - RFC 9293 §3.10.7.2, third: data in a SYN may be queued for later
    - RFC 7413 §3: the SYN-ACK acknowledges the data when the cookie is valid, else the SYN alone
    - RFC 7413 §4.2.2: when a server accepts the data, and when it sends a new cookie
    """
    story, opening = case.story, case.story.opening
    if opening.syn is None or opening.syn_ack is None:
        return
    syn, syn_ack = story.events[opening.syn], story.events[opening.syn_ack]
    if not syn.payload or syn.index > syn_ack.index or syn_ack.acks not in (Acks.SYN, Acks.DATA):
        return
    later = (h for h in story.events[syn_ack.index :] if not h.server and h.plain and h.payload)
    again = next((h for h in later if h.place in (Place.AGAIN, Place.OVERLAP)), None)
    took = seq.ahead(case.column("ack", syn_ack.index), seq.add(case.column("seq", syn.index), 1))

    def message(view: View) -> str:
        sent = view.event("payload_bytes", syn.index)
        taken = seq.ahead(view.event("ack", syn_ack.index), view.event("seq", syn.index)) - 1
        said = f"{view.server} accepted {'none' if taken == 0 else units.counted(taken, 'byte')}"
        said += f" of the {units.counted(sent, 'byte')} in the SYN of {view.client}, which {_asked(view)}"
        answer = view.offer(syn_ack.index)
        said += "; the SYN-ACK brings a new cookie" if answer and answer["fast_open"] > 0 else ""
        if again:
            said += f"; the data came again {view.took(syn.index, again.index)} after the SYN"
        return said

    def _asked(view: View) -> str:
        offer = view.offer(syn.index)
        cookie = offer["fast_open"] if offer else -1
        if cookie > 0:
            return f"had a Fast Open cookie of {units.counted(cookie, 'byte')}"
        return "asked for a Fast Open cookie" if cookie == 0 else "had no Fast Open option"

    evidence = [Says(syn_ack.index, "SYN-ACK that does not acknowledge all the data")]
    evidence += [Says(syn.index, "SYN with data")]
    evidence += [Says(again.index, "the data again")] if again else []
    yield Hit(evidence, message, where=took < case.column("payload_bytes", syn.index))
