"""Packet scripts: packetdrill's notation, as an observer on the wire sees an exchange.

    client 192.0.2.1:40000 isn 1000
    server 198.51.100.1:80 isn 4294967295
    # a comment
    +0.000 > S 0:0(0) win 64240 <mss 1460,sackOK,wscale 7>
    +0.010 < S. 0:0(0) ack 1 win 65160 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    +0.100 > P. 1:101(100) ack 1 ttl 63 id 7
    +0.010 < icmp host-unreachable (1:101) from 192.0.2.254
    +1.000 [2] > S 0:0(0)                              # SYN002

A packet line is the seconds since the line before, `>` from client to server or `<` back, and a segment:

* the flags SYN, FIN, RST, PSH, ACK, URG, ECE, CWR, AE as `SFRP.UEWA`, in that order, or `-` for none;
* `start:end(len)`, relative to the initial number of its sender, so that 0 is the SYN; `end` is `start` plus
  the payload, without SYN and FIN;
* `ack N`, relative to the initial number of the other end, exactly when the flags have `.`;
* if wanted `win N` (as written, not scaled), options in `<…>`, `ttl N` and `id N`.

Options are `mss N`, `sackOK`, `wscale N`, `TS val N ecr N`, `nop`, `eol`, `FO`, `md5`, `ao` and `mptcp` with
hexadecimal digits, and `raw` with the digits of anything else, however broken. An ICMP error quotes the last
segment of the end it goes to, or the last one with the numbers in brackets.

`[n]` puts a line on another connection. Its ends are those of the first with a client port n - 1 higher, or
are declared: `[2] client 192.0.2.9:50000 isn 5`. Declarations come first. Initial numbers that are left out
are as above for the first connection, and look drawn for every other one, the same in every run.

A comment behind a packet that consists of rule codes names the rules which should point at that packet.
Other comments are for people, and are not kept.

`parse` reads this, `str` of a script writes it, and `to_pcap` makes a capture of it. What an exchange means
is not known here: a script can say anything that fits into packets, right or wrong.
"""

from handshake_inspect.script.model import End, Line, Pair, Quote, Segment
from handshake_inspect.script.packets import frames, to_pcap
from handshake_inspect.script.parse import parse
from handshake_inspect.script.script import Script

__all__ = ["End", "Line", "Pair", "Quote", "Script", "Segment", "frames", "parse", "to_pcap"]
