"""What is known of a host's initial sequence numbers, in parts of sentences.

It knows how a number is said, and not where. Its one idea: significance and cost are two statements. The
evidence says that the numbers are not drawn; the guesses say what that is worth.
"""

import math

from handshake_inspect import seq, units
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.series import MOST
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.words import hertz, words

MOST_HOSTS = 10**12
"One false alarm in so many hosts: no more is claimed, for no other assumption here is as good."
MOST_BITS = 40
"2^40 is a little more."

MANY = 1_000_000
"More guesses than this are said as a power of two."

LEFT_OUT = {
    "retransmissions": ("retransmission", "retransmissions"),
    "copies": ("copy of a packet", "copies of packets"),
    "reused": ("on a 4-tuple used before", "on 4-tuples used before"),
    "beyond": (f"after the first {units.number(MOST)}",) * 2,
}
"Segments that do not count, one and several."

COUNTED = {Sight.SYN: "SYN", Sight.SYN_ACK: "SYN-ACK", Sight.BOTH: "number"}
"What the numbers of a view are from."


def does(host: Host) -> str:
    """What its model does: 'adds 64 000 per connection'."""
    return words(host.model or "", math.nan if host.parameter is None else host.parameter)


def foretold(host: Host) -> str:
    """What that is worth: 'its number takes 32 768 guesses'."""
    every = host.share is None or host.share > 0.995
    whose, takes = ("its number", "takes") if every else (f"{host.share:.0%} of its numbers", "take")
    half, most = host.guesses_p50 or 0, host.guesses_p90 or 0
    each = "" if every else " each"
    if most <= 1:
        return f"{whose} can be told before {'it is' if every else 'they are'} sent"
    if guesses(half) == guesses(most):
        return f"{whose} {takes} {guesses(half)}{each}"
    return f"{whose} {takes} {guesses(half)}{each} in half of the cases, {guesses(most)} in nine of ten"


def guesses(number: float) -> str:
    """'1 guess', '32 769 guesses', '2^27 guesses'."""
    if number > MANY:
        return f"2^{math.log2(number):.0f} guesses"
    return "1 guess" if number <= 1 else f"{units.number(number)} guesses"


def upcoming(host: Host) -> str | None:
    """Where the next number lies: '64000', 'one of 3 from 64000 on'; None where nothing new is to be said."""
    # Of a constant, the model says it.
    if host.next is None or host.model == Model.CONSTANT:
        return None
    low, high = host.next
    said = str(low) if low == high else f"one of {units.number(seq.add(high, -low) + 1)} from {low} on"
    return f"{said}, plus the ticks until then" if host.model == Model.CLOCK else said


def false_alarm(host: Host) -> int:
    """Of how many good hosts at most one comes to such evidence, by Ville's inequality; 10^12 for more."""
    return int(min(2 ** min(host.evidence_bits, MOST_BITS), MOST_HOSTS))


def evidence(host: Host) -> str:
    """How sure it is: '30 bits, a false alarm at most once in 1 073 741 824 hosts'."""
    hosts = false_alarm(host)
    often = "less than once in 10^12" if hosts == MOST_HOSTS else f"at most once in {units.number(hosts)}"
    return f"{host.evidence_bits:.0f} bits, a false alarm {often} hosts,"


def used(host: Host) -> str:
    """How many numbers count."""
    return units.counted(len(host.rows), COUNTED[host.sight])


def left_out(host: Host) -> str:
    """How many do not, and why: '3 retransmissions, 1 on a 4-tuple used before'."""
    return ", ".join(
        f"{units.number(count)} {LEFT_OUT[reason][count > 1]}" for reason, count in host.dropped.items()
    )


def reused(host: Host) -> str:
    """What it makes of 4-tuples used before: '9 connections on 4-tuples used before, 2 as Linux opens …'."""
    said = f"{units.counted(host.reused, 'connection')} on 4-tuples used before"
    if host.time_wait:
        some = "all" if host.time_wait == host.reused else units.number(host.time_wait)
        said += f", {some} as Linux opens out of TIME-WAIT"
    if host.clock_hz:
        said += f", their numbers by a clock of {hertz(host.clock_hz)}, as RFC 6528 wants it"
    return said


def compared(host: Host) -> str:
    """nmap's numbers."""
    return f"GCD {host.gcd}, ISR {host.isr}, SP {host.sp}"
