"""What was read of one capture."""

from collections import Counter

from msgspec import Struct, field

from handshake_inspect.capture.frames import Batch, Capture
from handshake_inspect.capture.steps import Steps
from handshake_inspect.decode.segments import Decoded
from handshake_inspect.integers import distinct
from handshake_inspect.report.model import CaptureInfo, Stop
from handshake_inspect.rules.case import CaptureFacts


class Captured(Struct):
    """Grows while the capture is read."""

    path: str
    capture: Capture
    base: int
    "frames of the captures before it: what its own frame numbers are counted on from"
    frames: int = 0
    segments: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    link_types: set[int] = field(default_factory=set)
    first_time_ns: int | None = None
    last_time_ns: int | None = None
    steps: Steps = field(default_factory=Steps)
    last_record: tuple[int, int] | None = None
    "(byte, bytes) of the last record that could be read"

    def add(self, batch: Batch, decoded: Decoded) -> None:
        """Take note of a batch."""
        frames = batch.frames
        if not len(frames):
            return
        self.frames += len(frames)
        self.segments += len(decoded.segments)
        self.skipped.update(decoded.skipped)
        self.link_types.update(distinct(frames.link_type).tolist())
        if self.first_time_ns is None:
            self.first_time_ns = int(frames.time_ns[0])
        self.last_time_ns = int(frames.time_ns[-1])
        self.steps.add(frames)
        self.last_record = (int(frames.record_byte[-1]), int(frames.record_bytes[-1]))

    def facts(self) -> CaptureFacts:
        """What rules may ask."""
        stopped = self.capture.stopped
        last = None
        if self.last_record is not None:
            last = (self.base + self.frames, *self.last_record, self.last_time_ns or 0)
        return CaptureFacts(
            self.path,
            self.frames,
            stopped.byte if stopped else None,
            stopped.reason if stopped else "",
            last,
            self.skipped,
            self.capture.interfaces,
            self.steps,
        )

    def info(self) -> CaptureInfo:
        """What the report says of it."""
        stopped = self.capture.stopped
        return CaptureInfo(
            path=self.path,
            format=self.capture.format,
            link_types=sorted(self.link_types),
            frames=self.frames,
            segments=self.segments,
            skipped=dict(sorted(self.skipped.items())),
            first_time_ns=self.first_time_ns,
            last_time_ns=self.last_time_ns,
            stopped=Stop(stopped.byte, stopped.reason) if stopped else None,
            compression=self.capture.compression,
        )
