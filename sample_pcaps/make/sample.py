"""The samples, each declared where it is made: its file, what it shows, and what makes it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from handshake_inspect.script import parse, to_pcap

PREFACE = """\
# Sample captures

Each shows one thing. Those made by *kernel* were recorded between two Linux kernels, joined by a wire that
delays and loses what the sample needs: a round trip takes 20 ms, and the observer sits in the middle unless a
line says otherwise. Those made by *script* are compiled from the packet script beside them, because no kernel
would do it unasked. All addresses are reserved for documentation.

`python -m sample_pcaps.make` in the root of the checkout makes them all again, in little over a minute, and
this table with them; with names, only those. Recording needs Linux, root, iproute2 and nftables. A new
recording has other numbers and times; a script always compiles to the same bytes.

| file | what it shows | made by |
| --- | --- | --- |
"""

FOLDER = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Sample:
    """One capture file."""

    file: str
    shows: str
    "one sentence"
    made_by: str
    "'kernel' or 'script'"
    make: Callable[[], bytes]
    "its content; recording it again gives other bytes, compiling it again does not"

    @property
    def name(self) -> str:
        """The file's name up to the first dot."""
        return self.file.partition(".")[0]


RECORDED: list[Sample] = []


def sample(file: str, shows: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Declare a function that records a sample between two kernels."""

    def declare(make: Callable[[], bytes]) -> Callable[[], bytes]:
        RECORDED.append(Sample(file, shows, "kernel", make))
        return make

    return declare


def compiled() -> list[Sample]:
    """The samples made from the packet scripts in the folder; the first line of each says what it shows."""
    return [_compiled(script) for script in sorted(FOLDER.glob("*.script"))]


def _compiled(script: Path) -> Sample:
    notation = script.read_text()
    shows = notation.partition("\n")[0].removeprefix("#").strip()
    return Sample(f"{script.stem}.pcap", shows, "script", lambda: to_pcap(parse(notation)))


def readme(samples: list[Sample]) -> str:
    """The table of all samples, in Markdown."""
    rows = [
        f"| [{each.file}]({each.file}) | {each.shows} | "
        + (f"[script]({each.name}.script) |" if each.made_by == "script" else "kernel |")
        for each in sorted(samples, key=lambda each: each.file)
    ]
    return PREFACE + "".join(f"{row}\n" for row in rows)
