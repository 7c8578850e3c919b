"""How long a captured frame can be: what libpcap believes (its `max_snaplen_for_dlt`), by link type.

A longer length is damage: no capture program writes it, and libpcap and Wireshark refuse it.
"""

USUAL_BYTES = 262_144
"MAXIMUM_SNAPLEN of libpcap"

LARGER_BYTES = {
    220: 128 << 20,  # USB_LINUX_MMAPPED: a transfer of the host, not a packet of the wire
    231: 128 << 20,  # DBUS: the D-Bus specification's longest message
    249: 128 << 20,  # USBPCAP
    279: 8 << 20,  # EBHSCR
}

LARGEST_BYTES = max(LARGER_BYTES.values())


def longest_frame_bytes(link_type: int) -> int:
    """The longest captured length that is believed for this LINKTYPE number."""
    return LARGER_BYTES.get(link_type, USUAL_BYTES)
