"""One report that every format is held to: two captures, several findings, a cut file, and a hostile name.

python -m tests.render.shared     write the golden files anew, when a change of theirs is meant
"""

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from handshake_inspect import Settings, inspect, script
from handshake_inspect.render import Layout, formats, render
from handshake_inspect.report.report import Report

GOLDEN = Path(__file__).resolve().parent / "golden"

HOSTILE = '=1+1,"<b>|[x](y)@me\x1b[31m\u202e%0A::error::\n{0} www.a.b.pcap'
"a name that means something to spreadsheets, Markdown, HTML, GitHub, SARIF and terminals"

CUT = "cut short.pcap"

RULES = ("SYN", "RST011", "CAP001", "FIN010")
"What is asked: enough to find something, few enough to be read."

UNANSWERED_AND_REFUSED = """
[2] client [2001:db8::6]:50000 isn 5
[2] server [2001:db8::7]:443 isn 9
+0.000     > S 0:0(0) win 64240 <mss 1460,sackOK,wscale 7>
+0.010 [2] > S 0:0(0)
+0.010 [2] < R. 0:0(0) ack 1
+0.980     > S 0:0(0) win 64240 <mss 1460,sackOK,wscale 7>
+2.000     > S 0:0(0) win 64240 <mss 1460,sackOK,wscale 7>
+9.000 [2] > . 1:1(0) ack 1
"""

LOST_AND_CUT = """
client 192.0.2.20:40000 isn 1000
server 198.51.100.2:80 isn 4294967295
+0.000 > S 0:0(0)
+1.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.100 > P. 1:101(100) ack 1
+0.010 < . 1:1(0) ack 101
+0.010 < R. 1:1(0) ack 101
"""


def write_captures(folder: Path) -> list[str]:
    """Make the two captures; their names."""
    exchange = script.parse(UNANSWERED_AND_REFUSED)
    folder.joinpath(HOSTILE).write_bytes(script.to_pcap(exchange))
    folder.joinpath(CUT).write_bytes(script.to_pcap(script.parse(LOST_AND_CUT))[:-9])
    return [HOSTILE, CUT]


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Work in that folder for a while: names in reports are as they were given."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def report(folder: Path) -> Report:
    """The report on both captures, made in the folder they are in."""
    return inspect(*write_captures(folder), settings=Settings(select=RULES))


def written(read: Report, name: str, layout: Layout | None = None) -> str:
    """The report in that format."""
    out = io.StringIO()
    render(name, read, out, layout or Layout(status=1))
    return out.getvalue()


def golden(name: str, text: str) -> str:
    """What of a report is kept: SARIF's rules are the rules' pages, and have tests of their own."""
    if not name.startswith("sarif"):
        return text
    log = json.loads(text)
    log["runs"][0]["tool"]["driver"]["rules"] = []
    return json.dumps(log, indent=2) + "\n"


def main() -> None:
    """Write the golden files."""
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        read = report(Path(folder))
        for name in formats():
            GOLDEN.joinpath(f"{name}.txt").write_text(
                golden(name, written(read, name)), "utf-8", newline="\n"
            )


if __name__ == "__main__":
    main()
