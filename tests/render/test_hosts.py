"""Hosts and their numbers on a page: it fits, each model has its picture, and little is said of silence."""

import io
from pathlib import Path

import numpy as np
import pytest

from handshake_inspect import Settings, inspect
from handshake_inspect.render import Color, Layout
from handshake_inspect.render.parts.hosts import print_hosts
from tests.isn.captures import capture
from tests.isn.stacks import BAD, GOOD, MIXED
from tests.render.pages import SAMPLES, Terminal, acting, too_long
from tests.rules.servers import many

pytestmark = pytest.mark.usefixtures("plain")

STACKS = {stack.name: stack for stack in (*BAD, *MIXED, *GOOD)}

COUNTING = """\
2 hosts with three 4-tuples or more: 1 predictable, 1 without evidence.

198.51.100.1  predictable
  It adds 64 000 per connection, as 4.4BSD, slirp and VxWorks do; its number can
  be told before it is sent.
  next:      511000
  evidence:  314 bits, a false alarm less than once in 10^12 hosts,
             from 12 SYN-ACKs
  cost:      1 guess in the long run; 0.1 of 32 bits are left
  nmap:      GCD 64000, ISR 154, SP 0

   4294966296│⠉ ⠉   ⠁                                │
             │                                       │
             │                                       │
             │                                       │
             │                                 +64000│⠁ ⠈  ⠁ ⠈  ⠁ ⠈  ⠁ ⠈  ⠁ ⠈ ⠈
             │                                       │
             │                                       │
        63000│         ⡀  ⡀ ⢀ ⡀ ⢀  ⢀  ⢀              │
              ISN over 18.4 s                         step from one to the next

192.0.2.1  no-evidence
  No evidence in 12 SYNs. That does not mean that it is secure.
  nmap:      GCD 1, ISR 264, SP 258
"""
"The page of a sample, down to the picture of the client, which has a good generator."


class Latin(io.TextIOWrapper):
    """A stream that can encode no Braille."""

    def __init__(self) -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding="ascii", newline="\n")

    def getvalue(self) -> str:
        """What was written."""
        self.flush()
        return self.bytes.getvalue().decode("ascii")


def page(
    path: Path,
    out: io.StringIO | Latin | None = None,
    color: Color = "never",
    limit: int = 20,
    only: int | None = None,
) -> str:
    """The page of a capture's hosts, or of the first so many."""
    report = inspect(path, settings=Settings(select=("ISN",), thorough=True))
    out = out or io.StringIO()
    print_hosts(report, report.numbers.known.tolist()[:only], out, Layout(color=color, limit=limit))
    return out.getvalue()


def played(name: str, n: int, tmp_path: Path) -> Path:
    """A capture of n connections of a simulated stack."""
    path = tmp_path / "stack.pcap"
    path.write_bytes(capture(STACKS[name].play(np.random.default_rng(6), n)))
    return path


def test_page_of_a_counter() -> None:
    """The page of a sample is what it was when somebody last looked at it."""
    assert page(SAMPLES / "isn_counting.pcap").startswith(COUNTING)


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize("name", [*STACKS])
def test_page_fits(name: str, columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the page, none ends in blanks, and what was found is in its first line."""
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = page(played(name, 40, tmp_path))
    assert too_long(shown, columns) == []
    assert [line for line in shown.splitlines() if line != line.rstrip()] == []
    assert " ".join(shown.split()).startswith("1 host with three 4-tuples or more: 1 ")
    assert acting(shown) == set()


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_ascii(columns: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without Braille gets stars in the same places, and the same words."""
    monkeypatch.setenv("COLUMNS", str(columns))
    path = played("RFC 793 clock", 40, tmp_path)
    braille, stars = page(path), page(path, Latin())
    assert "*" in stars
    assert len(stars.splitlines()) == len(braille.splitlines())
    assert too_long(stars, columns) == []
    words = [line for line in braille.splitlines() if "│" not in line]
    assert words == [line for line in stars.splitlines() if "|" not in line]


def test_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal has colours, unless it is asked not to; without them the words are the same."""
    path = played("constant", 12, tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    colored = page(path, Terminal(), "auto")
    assert "\x1b[" in colored
    monkeypatch.setenv("NO_COLOR", "1")
    assert page(path, Terminal(), "auto") == page(path)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("fixed step 64000", "step from one to the next"),
        ("RFC 793 clock", "step by the time it took"),
        ("echo of the peer's ISN", "ISN by the one it answers"),
        ("Mirai", "ISN by the peer's address"),
        ("16-bit values", "set bits, from 31 to 0"),
        ("low byte zero", "set bits, from 31 to 0"),
        ("random", "step from one to the next"),
    ],
)
def test_picture_of_a_model(name: str, title: str, tmp_path: Path) -> None:
    """The second picture is the one in which the model is a line."""
    assert title in page(played(name, 60, tmp_path))


def right(shown: str) -> list[str]:
    """The lines of the second picture, without its axis."""
    return [line.split("│")[2] if line.count("│") == 2 else "" for line in shown.splitlines() if "│" in line]


@pytest.mark.parametrize("name", ["RFC 793 clock", "echo of the peer's ISN", "Mirai"])
def test_line_is_a_line(name: str, tmp_path: Path) -> None:
    """Where a model holds, its picture rises from the lower left to the upper right, and has nothing else."""
    drawn = [line for line in right(page(played(name, 200, tmp_path))) if line]
    columns = [(len(line) - len(line.lstrip()), len(line)) for line in drawn]
    assert len(columns) == 8
    assert columns == sorted(columns, reverse=True)
    assert all(end - begin <= 5 for begin, end in columns)


def test_bits_are_seen(tmp_path: Path) -> None:
    """Bits that are never set lie on the floor of their picture, the others around its middle."""
    drawn = right(page(played("16-bit values", 200, tmp_path)))
    width = 80
    assert len(drawn[-1].strip()) >= 10
    assert len(drawn[-1].rstrip()) < width // 4
    assert "".join(drawn[:2] + drawn[6:7]).strip() == ""
    assert "".join(drawn[3:5]).strip()


def test_constant_has_one_label(tmp_path: Path) -> None:
    """A number that never changes stands once beside its picture, level with its points."""
    shown = page(played("constant", 12, tmp_path))
    (line,) = [line for line in shown.splitlines() if "+0│" in line]
    number = line.split("│")[0].strip()
    assert shown.count(number) == 2
    assert f"It repeats one ISN, {number}, as raw-socket tools" in " ".join(shown.split())
    assert "next:" not in shown


@pytest.mark.parametrize(
    ("name", "n", "said"),
    [
        ("one counter, 4 random hosts", 200, "of its numbers take 16 guesses each."),
        ("FNET", 60, "guesses in half of the cases, 2"),
        ("24-bit values", 60, "It keeps the 8 highest bits; its number takes 2^23 guesses."),
        ("RFC 793 clock", 12, ", plus the ticks until then"),
        ("random", 5, "Too few to say anything: 5 SYN-ACKs."),
        ("random", 12, "No evidence in 12 SYN-ACKs. That does not mean that it is secure."),
        ("Mirai", 12, "its number can be told before it is sent."),
    ],
)
def test_sentences(name: str, n: int, said: str, tmp_path: Path) -> None:
    """What is said is a sentence, whatever share of the numbers it holds for."""
    assert said in " ".join(page(played(name, n, tmp_path)).split())


def test_no_host(tmp_path: Path) -> None:
    """Without a host there is one line."""
    assert page(played("random", 2, tmp_path)) == (
        "No host has three different 4-tuples: too few to say anything.\n"
    )


def test_few_are_drawn_and_many_are_rows(tmp_path: Path) -> None:
    """Of many hosts those without an alarm are rows of a table; of four, all are drawn."""
    path = tmp_path / "many.pcap"
    path.write_bytes(many(9, 12, None))
    few, all_ = page(path, only=4), page(path)
    assert few.count("ISN over") == 4
    assert "evidence  nmap" not in few
    assert all_.count("ISN over") == 0
    assert all_.count("no-evidence") == all_.count("  0 bits  ") == 9
    assert "9 hosts with three 4-tuples or more: 9 without evidence." in all_


def test_worst_first(tmp_path: Path) -> None:
    """Hosts that can be foretold come before those that nothing can be said against."""
    shown = page(SAMPLES / "isn_clock.pcap")
    assert shown.index("198.51.100.1  predictable") < shown.index("192.0.2.1  no-evidence")
