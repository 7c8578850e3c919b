"""What Zeek would write of a connection: the table is read off the documentation of its conn.log."""

from pathlib import Path

import pytest

from handshake_inspect import inspect, script

OPENED = """
    +0.00 > S 0:0(0)
    +0.01 < S. 0:0(0) ack 1
    +0.01 > . 1:1(0) ack 1
"""
TALKED = (
    OPENED
    + """
    +0.01 > P. 1:101(100) ack 1
    +0.01 < . 1:1(0) ack 101
    +0.01 < P. 1:301(300) ack 101
    +0.01 > . 101:101(0) ack 301
"""
)

STORIES = {
    "attempt seen, no reply": ("+0 > S 0:0(0)", "S0", "S"),
    "a SYN of the same number is written once": ("+0 > S 0:0(0)\n+1 > S 0:0(0)", "S0", "S"),
    "a SYN of another number is written again, a RST stays a RST": (
        """
        +0.00 > S -5000:-5000(0)
        +0.10 > S 0:0(0)
        +0.01 < S. 0:0(0) ack -4999
        +0.01 > R -4999:-4999(0)
        +0.01 < S. 7000:7000(0) ack 1
        +0.01 > . 1:1(0) ack 7001
        """,
        "RSTO",
        "SShRhA",
    ),
    "the SYN-ACK is enough to be established": ("+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1", "S1", "Sh"),
    "established, not terminated": (TALKED, "S1", "ShADad"),
    "normal establishment and termination": (
        TALKED
        + """
        +0.01 > F. 101:101(0) ack 301
        +0.01 < F. 301:301(0) ack 102
        +0.01 > . 102:102(0) ack 302
        """,
        "SF",
        "ShADadFf",
    ),
    "a FIN at the same number is written once": (
        OPENED
        + """
        +0.01 > F. 1:1(0) ack 1
        +0.30 > F. 1:1(0) ack 1
        +0.01 < . 1:1(0) ack 2
        """,
        "S2",
        "ShAFa",
    ),
    "close attempt by the responder alone": (OPENED + "+0.01 < F. 1:1(0) ack 1", "S3", "ShAf"),
    "attempt rejected": ("+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1", "REJ", "Sr"),
    "both reset and nothing was said": (
        OPENED + "+0.01 < R. 1:1(0) ack 1\n+0.01 > R 1:1(0)",
        "REJ",
        "ShArR",
    ),
    "the originator aborted": (TALKED + "+0.01 > R. 101:101(0) ack 301", "RSTO", "ShADadR"),
    "the responder aborted": (TALKED + "+0.01 < R. 301:301(0) ack 101", "RSTR", "ShADadr"),
    "a RST of another number is written again, of the same not": (
        TALKED + "+0.01 < R 301:301(0)\n+0.01 < R 301:301(0)\n+0.01 < R 302:302(0)",
        "RSTR",
        "ShADadrr",
    ),
    "SYN, then RST, no SYN-ACK": ("+0 > S 0:0(0)\n+0.50 > R 1:1(0)", "RSTOS0", "SR"),
    "SYN-ACK, then RST, no SYN": ("+0 < S. 0:0(0) ack 1\n+0.50 < R 1:1(0)", "RSTRH", "^hr"),
    "SYN, then FIN, no SYN-ACK": ("+0 > S 0:0(0)\n+0.50 > F. 1:1(0) ack 1", "SH", "SF"),
    "SYN-ACK, then FIN, no SYN": ("+0 < S. 0:0(0) ack 1\n+0.50 < F. 1:1(0) ack 1", "SHR", "^hf"),
    "midstream traffic": ("+0 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101", "OTH", "Da"),
    "a lone answer of the server": ("+0 < P. 1:101(100) ack 1", "OTH", "^d"),
    "a FIN with payload is F and no D": (OPENED + "+0.01 > FP. 1:101(100) ack 1", "S2", "ShAF"),
    "a reset after its own FIN": (
        TALKED + "+0.01 > F. 101:101(0) ack 301\n+0.01 < . 301:301(0) ack 102\n+0.01 > R 102:102(0)",
        "RSTO",
        "ShADadFR",
    ),
    "a reset after both FINs ends nothing": (
        TALKED
        + """
        +0.01 > F. 101:101(0) ack 301
        +0.01 < F. 301:301(0) ack 102
        +0.01 > R 102:102(0)
        """,
        "SF",
        "ShADadFfR",
    ),
    "several control bits": ("+0 > SF 0:0(0)", "SH", "Q"),
    "FIN and RST at once": (OPENED + "+0.01 > FR. 1:1(0) ack 1", "RSTO", "ShAI"),
    "payload again": (TALKED + "+0.30 > P. 1:101(100) ack 301", "S1", "ShADadT"),
    "a closed window": (TALKED + "+0.01 < . 301:301(0) ack 101 win 0", "S1", "ShADadw"),
    "the window of a RST tells nothing": (OPENED + "+0.01 > R. 1:1(0) ack 1 win 0", "RSTO", "ShAR"),
    "acknowledged, but never captured": (TALKED + "+0.01 < . 301:301(0) ack 501", "S1", "ShADadG"),
    "the end that sent a SYN-ACK first had been asked": (
        "+0 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1",
        "S1",
        "^hA",
    ),
}


def zeek(text: str, tmp_path: Path) -> tuple[str, str]:
    """(conn_state, history) of the only connection of a packet script."""
    capture = tmp_path / "zeek.pcap"
    capture.write_bytes(script.to_pcap(script.parse(text)))
    (connection,) = inspect(capture).connections()
    return connection.zeek.conn_state, connection.zeek.history


@pytest.mark.parametrize("what", STORIES)
def test_as_documented(what: str, tmp_path: Path) -> None:
    """conn_state and history are what Zeek's documentation says of this exchange."""
    text, state, letters = STORIES[what]
    assert zeek(text, tmp_path) == (state, letters)


@pytest.mark.parametrize(("again", "letters"), [(1, 1), (9, 1), (10, 2), (99, 2), (100, 3), (101, 3)])
def test_counted_letters(again: int, letters: int, tmp_path: Path) -> None:
    """T and w stand at the first, the tenth and the hundredth time, kept segments or not."""
    lines = ["+0.01 > P. 1:101(100) ack 301", "+0.01 < . 301:301(0) ack 101 win 0"] * again
    _, history = zeek(TALKED + "\n".join(lines), tmp_path)
    assert history.count("T") == letters
    assert history.count("w") == letters


def test_one_row_for_one_connection(tmp_path: Path) -> None:
    """A simultaneous open is one connection here, where Zeek's documentation knows no such state."""
    text = """
        +0.00 > S 0:0(0)
        +0.00 < S 0:0(0)
        +0.02 > S. 0:0(0) ack 1
        +0.00 < S. 0:0(0) ack 1
    """
    assert zeek(text, tmp_path) == ("S1", "Ss")
