"""Real captures: the rows are tshark's, where both are at hand."""

import shutil
import subprocess
from decimal import Decimal

import pytest

from handshake_inspect.capture import open_capture
from tests.capture.builders import columns
from tests.corpus import CORPUS

CAPTURES = sorted(path for path in CORPUS.glob("*") if ".pcap" in path.name) if CORPUS.is_dir() else []
TSHARK = shutil.which("tshark")
FIELDS = ("frame.number", "frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_id")

pytestmark = pytest.mark.skipif(not (CAPTURES and TSHARK), reason="needs the shared corpus and tshark")


def shown(path):
    """What tshark says of each frame; of a cut file it says it for all whole frames and fails."""
    command = [
        TSHARK,
        "-n",
        "-r",
        str(path),
        "-T",
        "fields",
        *(word for name in FIELDS for word in ("-e", name)),
    ]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    for line in lines:
        number, time, captured, original, interface = line.split("\t")
        yield int(number), int(Decimal(time) * 10**9), int(captured), int(original), int(interface or 0)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_rows_are_those_of_tshark(path):
    """Numbers, times, lengths and interfaces of all frames are tshark's, in batches of any size."""
    frames = columns(open_capture(path, batch_bytes=997))
    names = ("number", "time_ns", "captured_bytes", "original_bytes", "interface")
    ours = list(zip(*(getattr(frames, name).tolist() for name in names), strict=True))
    assert ours == list(shown(path))
