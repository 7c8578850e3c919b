"""What the tests ask of every page."""

import io
import unicodedata
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"
CAPTURES = sorted(file for file in SAMPLES.iterdir() if {".pcap", ".pcapng"} & set(file.suffixes))


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def acting(text: str) -> set[str]:
    """The characters of a page that would act instead of being seen, but for its own line ends."""
    return {
        sign for sign in text if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


def too_long(page: str, width: int) -> list[str]:
    """The lines wider than the page, but for display filters, which are there to be copied."""
    return [line for line in page.splitlines() if len(line) > width and "Wireshark:" not in line]


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wish of the environment about colours or widths."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
