"""The sections and interfaces of a pcapng file, read block by block: there are few.

It knows the Section Header, Interface Description and Interface Statistics Blocks
(draft-ietf-opsawg-pcapng §4.1, §4.2, §4.6) and no packet. The one idea: an interface keeps one number for
the whole capture, while each section counts its own from 0.
"""

from struct import unpack_from

from dpkt import pcapng as ng
from msgspec import Struct, field

from handshake_inspect.capture.clock import Clock
from handshake_inspect.capture.frames import Interface
from handshake_inspect.capture.options import OptionsError, read_number, read_options

BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
"By the byte-order magic of a Section Header Block."

SECTION_TYPE = b"\x0a\x0d\x0d\x0a"
"The type of a Section Header Block, the same in both byte orders."

SECTION_HEADER_BYTES = 28
"A Section Header Block without options."

IF_DROP, OS_DROP = 5, 7
"isb_ifdrop and isb_osdrop: packets lost since the capture began, by the interface and by the system"


class BlockError(ValueError):
    """A block does not hold what its type promises; the text follows 'block at byte N'."""


class Losses(Struct):
    """What a capture says was lost at one interface, in the two ways it can say so."""

    between: int | None = None
    "the sum of what packets say was lost before them"
    total: int | None = None
    "what the last statistics say was lost in all"

    def dropped(self) -> int | None:
        """The larger of the two, for both count the same losses."""
        return max((count for count in (self.between, self.total) if count is not None), default=None)


class Described(Struct):
    """An interface, with what is needed to read its packets."""

    interface: Interface
    clock: Clock
    losses: Losses = field(default_factory=Losses)


def section_order(block: bytes) -> str:
    """The byte order of the section whose header begins with these 16 bytes or more; raises BlockError."""
    order = BYTE_ORDERS.get(block[8:12])
    if order is None:
        raise BlockError(f"begins a section of no known byte order ({block[8:12].hex(' ')})")
    major, minor = unpack_from(f"{order}HH", block, 12)
    if major != 1:
        raise BlockError(f"begins a section of pcapng version {major}.{minor}, and only 1 can be read")
    return order


def read_interface(block: bytes, order: str) -> Described:
    """What an Interface Description Block says; raises BlockError."""
    if len(block) < 20:
        raise BlockError(f"describes an interface in {len(block)} bytes, and needs 20")
    link_type, snap_bytes = unpack_from(f"{order}HxxI", block, 8)
    options = _options(block[16:-4], order)
    resolution = read_number(options, ng.PCAPNG_OPT_IF_TSRESOL, 1, order)
    offset = read_number(options, ng.PCAPNG_OPT_IF_TSOFFSET, 8, order) or 0
    fcs = read_number(options, ng.PCAPNG_OPT_IF_FCSLEN, 1, order) or 0
    name = options.get(ng.PCAPNG_OPT_IF_NAME)
    interface = Interface(
        link_type=link_type,
        name=None if name is None else name.rstrip(b"\0").decode("utf-8", "replace"),
        snap_bytes=snap_bytes,
        fcs_bytes=_fcs_bytes(fcs),
    )
    signed = offset - (1 << 64) if offset >> 63 else offset
    return Described(interface, Clock.of(6 if resolution is None else resolution, signed))


def read_statistics(block: bytes, order: str) -> tuple[int, int | None]:
    """The interface of an Interface Statistics Block, and its losses in all; raises BlockError."""
    if len(block) < 24:
        raise BlockError(f"gives the statistics of an interface in {len(block)} bytes, and needs 24")
    options = _options(block[20:-4], order)
    counts = [read_number(options, code, 8, order) for code in (IF_DROP, OS_DROP)]
    said = [count for count in counts if count is not None]
    (interface,) = unpack_from(f"{order}I", block, 8)
    return interface, sum(said) if said else None


def _options(body: bytes, order: str) -> dict[int, bytes]:
    try:
        return read_options(body, order)
    except OptionsError as error:
        raise BlockError(f"has options that run past its end: {error}") from error


def _fcs_bytes(length: int) -> int:
    """if_fcslen in bytes: the draft's text says bits and its example says 4, so both are written.

    No FCS has 16 bytes, and none has 15 bits.
    """
    return length // 8 if length >= 16 else length
