"""In which VLANs the flows of a recording were met, where any frame of it bore a tag.

It knows tags as `decode.segments.Tags` packs them, and asks nothing: whether tags part connections is decided
by `network`.
"""

from typing import NamedTuple

from handshake_inspect.columns import Array

BITS = 12


class Vlans(NamedTuple):
    """The tags of the flows of a recording."""

    first: Array
    "of each flow the tag of its first packet, 0 for none"
    all: dict[int, tuple[int, ...]]
    "every tag of a flow, rising, of those flows whose 4-tuple means other ends elsewhere"


def numbers(tag: int) -> list[int]:
    """The VLANs of a tag, the outer before the inner; none of 0."""
    return [vlan for vlan in (tag >> BITS, tag & (1 << BITS) - 1) if vlan]
