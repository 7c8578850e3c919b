"""Display filters: what to paste into Wireshark to see what is spoken of.

It knows the names of Wireshark's fields, and nothing of why something is looked for.
"""

from typing import Literal


def host(address: str, side: Literal["addr", "src", "dst"] = "addr") -> str:
    """Everything of this address: 'ip.addr == 192.0.2.1'; or only what comes from it, or goes to it."""
    return f"{'ipv6' if ':' in address else 'ip'}.{side} == {address}"


def endpoint(address: str, port: int) -> str:
    """Everything of this port of an address: 'ip.addr == 192.0.2.1 && tcp.port == 80'."""
    return f"{host(address)} && tcp.port == {port}"
