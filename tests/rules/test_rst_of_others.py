"""Which rule tells a RST that its named sender did not send, where several of them meet."""

from pathlib import Path

from tests.rules.exchanges import found, only

TALKED = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.010 > P. 1:101(100) ack 1
+0.010 < P. 1:301(300) ack 101
+0.001 > . 101:101(0) ack 301
"""


def test_a_reset_that_hits_after_some_that_missed(tmp_path: Path) -> None:
    """Of a sweep of forged RSTs, RST005 tells those that missed and RST007 the one that hit."""
    missed = "+0.1 > R 900000:900000(0) ttl 44\n+0.001 > R 1800000:1800000(0) ttl 44\n"
    hit = "+0.001 > R 101:101(0) ttl 44\n+1 > P. 101:141(40) ack 301\n+0.01 < R 301:301(0)"
    told = {f.code: f for f in found(TALKED + missed + hit, tmp_path)}
    assert told.keys() == {"RST003", "RST005", "RST007"}
    assert [e.frame for e in told["RST005"].evidence] == [7, 10, 8]
    assert [e.frame for e in told["RST007"].evidence] == [9, 1, 10, 11]


def test_a_reset_that_hits_after_one_that_was_challenged(tmp_path: Path) -> None:
    """A challenged RST is told by ACK002 even where another one ended the connection, which is RST007."""
    missed = "+0.1 > R 1101:1101(0) ttl 44\n+0 < . 301:301(0) ack 101\n+0.01 > . 101:101(0) ack 301\n"
    hit = "+0.1 > R 101:101(0) ttl 44\n+1 > P. 101:141(40) ack 301\n+0.01 < R 301:301(0)"
    told = {f.code: f for f in found(TALKED + missed + hit, tmp_path)}
    assert told.keys() == {"ACK002", "RST003", "RST007"}
    assert told["ACK002"].evidence[0].frame == 7
    assert told["RST007"].evidence[0].frame == 10


def test_another_box_forgot_the_connection(tmp_path: Path) -> None:
    """A box that answers for an end is told by RST007, with the silence before, and not by RST003 as well."""
    finding = only(TALKED + "+900 > P. 101:141(40) ack 301\n+0.001 < R 301:301(0) ttl 63", tmp_path)
    assert finding.code == "RST007"
    assert finding.message == (
        "a RST in the name of 198.51.100.1:80 to 192.0.2.1:40000 was sent by another box: its TTL is 63 "
        "where that end's other segments have 64; it answered data sent 900 s after 198.51.100.1:80 "
        "was last heard"
    )


def test_a_reset_in_syn_received(tmp_path: Path) -> None:
    """A forged RST that ends a request before its third segment comes is told like any other."""
    forged = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.001 > R 1:1(0) ttl 200\n+0.03 > . 1:1(0) ack 1\n"
    told = {f.code: f for f in found(forged + "+0 < R 1:1(0)\n+0.01 > P. 1:11(10) ack 1", tmp_path)}
    assert told["RST007"].evidence[0].frame == 3
    same = found((forged + "+0 < R 1:1(0)").replace("ttl 200", "ttl 64"), tmp_path)
    assert "RST007" not in {f.code for f in same}
