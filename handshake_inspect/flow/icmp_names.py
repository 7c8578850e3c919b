"""What ICMP and ICMPv6 errors are called (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7, RFC 4443)."""

_UNREACHABLE = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    4: "fragmentation needed",
    5: "source route failed",
    6: "network unknown",
    7: "host unknown",
    8: "source host isolated",
    9: "network administratively prohibited",
    10: "host administratively prohibited",
    11: "network unreachable for this type of service",
    12: "host unreachable for this type of service",
    13: "communication administratively prohibited",
    14: "host precedence violation",
    15: "precedence cutoff",
}
_UNREACHABLE_6 = {
    0: "no route to destination",
    1: "communication administratively prohibited",
    2: "beyond scope of source address",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address failed policy",
    6: "route rejected",
}
_OTHERS = {4: "source quench", 5: "redirect", 11: "time exceeded", 12: "parameter problem"}
_OTHERS_6 = {2: "packet too big", 3: "time exceeded", 4: "parameter problem"}


def icmp_name(version_6: bool, kind: int, code: int) -> str:
    """The error's name, or its numbers where it has none."""
    unreachable, codes, others = (1, _UNREACHABLE_6, _OTHERS_6) if version_6 else (3, _UNREACHABLE, _OTHERS)
    if kind == unreachable and code in codes:
        return codes[code]
    return others.get(kind, f"type {kind} code {code}")
