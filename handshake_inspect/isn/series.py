"""What goes in, the ISNs of one view of a host after another, and what comes out, one row for each view.

A view is one way to look at a host: the SYNs it sent, the SYN-ACKs it sent, or both together. These tables
know nothing of hosts: which views belong to one is the caller's knowledge.
"""

from handshake_inspect.columns import Array, Table, column

MOST = 1024
"ISNs of one view that are looked at, the first ones. More would cost time and prove nothing new."


class Series(Table):
    """The ISNs of all views: one row for each opening, sorted by view, then by time.

    Only the first ISN of a 4-tuple belongs here: a good generator may let the next one of the same 4-tuple
    be foretold (RFC 6528 §3).
    """

    view: Array = column("i8", "from 0", "which view; dense, rising")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when the segment was captured")
    isn: Array = column("u4", "", "SEG.SEQ of the SYN or SYN-ACK")
    peer_isn: Array = column("u4", "", "SYN-ACK: SEG.ACK - 1, the other end's ISN")
    answers: Array = column("?", "", "there is a peer_isn")
    peer: Array = column("i8", "", "the IPv4 address of the other end as a number; -1 for IPv6")
    port: Array = column("u2", "", "the port of the host")
    peer_port: Array = column("u2", "", "the port of the other end")


class Examined(Table):
    """What is known of each view. Only an alarm has a model and what follows from it."""

    samples: Array = column("i8", "ISNs", "how many were looked at")
    evidence_bits: Array = column("f8", "bits", "log2 of the e-value against uniform, independent ISNs")
    model: Array = column("i8", "", "the simplest good explanation, a position in MODELS; -1 for none")
    parameter: Array = column("f8", "by model", "its step, Hz, or bits; nan where it has none")
    share: Array = column("f8", "of 1", "of the connections that the model foretells; nan without a model")
    guesses_p50: Array = column("f8", "guesses", "half of the foretold ISNs took at most this many")
    guesses_p90: Array = column("f8", "guesses", "nine of ten foretold ISNs took at most this many")
    cost: Array = column("f8", "guesses", "guesses_p50 / share: what an ISN costs in the long run")
    effective_bits: Array = column("f8", "bits", "mean length of an ISN that the model leaves, of 32")
    gcd: Array = column("i8", "", "nmap's GCD of the differences; -1 below 4 ISNs")
    isr: Array = column("i8", "", "nmap's ISR, 8 · log2 of the mean rate per second; -1 below 4 ISNs")
    sp: Array = column("i8", "", "nmap's SP, 8 · log2 of the spread of that rate; -1 below 4 ISNs")
    next_low: Array = column("i8", "", "the next ISN, right after the last one, is from here; -1 for unknown")
    next_high: Array = column("i8", "", "… to here, modulo 2**32; -1 for unknown")
    deep: Array = column("?", "", "the known generators were asked, too")
