"""The notation: what parses to what, what prints as what, and what is refused with its line."""

import ast
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import handshake_inspect.script as package
from handshake_inspect.errors import ScriptError
from handshake_inspect.script import End, Line, Pair, Quote, Script, Segment, parse
from handshake_inspect.script.model import MAX_OPTIONS_BYTES
from handshake_inspect.script.options import decode, encode
from tests.script.strategies import option_fields, scripts

SYN = "+0 > S 0:0(0)\n"


@settings(deadline=None)
@given(scripts())
def test_printed_form_parses_back(script: Script) -> None:
    """Any script, printed and parsed, is the same script."""
    assert script == parse(str(script))


@settings(deadline=None)
@given(scripts())
def test_printed_form_is_stable(script: Script) -> None:
    """Printing what was parsed from a printed script changes nothing."""
    assert str(script) == str(parse(str(script)))


@settings(deadline=None)
@given(option_fields)
@example(bytes((2,)) + bytes(MAX_OPTIONS_BYTES - 1))
def test_any_option_field_has_words(field: bytes) -> None:
    """Any bytes at all, as options, have words that encode to the same bytes."""
    assert field == (encode(decode(field)) if field else b"")


@settings(deadline=None)
@given(
    st.text()
    | st.text(alphabet="+-0123456789.:()<>[]# SFRP.UEWAackwintlid,mss\n").map("+0 > S 0:0(0)".__add__)
)
def test_any_text_is_a_script_or_a_script_error(text: str) -> None:
    """Whatever is typed, the answer is a script that prints and parses, or a ScriptError with its line."""
    try:
        script, complaint = parse(text), ""
    except ScriptError as error:
        script, complaint = Script(()), str(error)
    assert script == parse(str(script))
    assert not complaint or complaint.startswith("line ")


def test_a_full_line() -> None:
    """Each word of a line lands in its field."""
    line = "+1.5 [3] < SP. -5:95(100) ack 7 win 512 <mss 1460,nop,wscale 7> ttl 63 id 9 # SYN001 RST012"
    expected = Line(
        gap_ns=1_500_000_000,
        by_client=False,
        content=Segment("SP.", -5, 100, 7, 512, bytes.fromhex("020405b401030307")),
        connection=3,
        ttl=63,
        id=9,
        expect=("SYN001", "RST012"),
    )
    assert parse(line).lines == (expected,)


def test_order_of_the_words_is_free() -> None:
    """The words behind the range stand in any order."""
    assert parse("+0 > . 1:1(0) id 4 ack 1 ttl 3 win 2") == parse("+0 > . 1:1(0) ack 1 win 2 ttl 3 id 4")


def test_expected_counts_frames_not_lines() -> None:
    """An expectation names the packet's frame, whatever comments and declarations stand before it."""
    script = parse(f"# a comment\n\nclient 192.0.2.7:1\n{SYN}   # another\n+1 > S 0:0(0)  # SYN001\n")
    assert script.expected == [("SYN001", 2)]


def test_comment_for_people_is_no_expectation() -> None:
    """A trailing comment that does not begin like a code is not one."""
    assert parse("+0 > S 0:0(0) # the first SYN").expected == []


def test_defaults_wrap() -> None:
    """Undeclared, the server's first byte wraps, and each connection has a client port of its own."""
    script = parse(SYN)
    assert script.pair(1).server.isn == 2**32 - 1
    assert (script.pair(1).client.port, script.pair(3).client.port) == (40000, 40002)


def test_what_a_declaration_leaves_out_is_as_beside_connection_1() -> None:
    """A later connection takes the missing end from the first, and draws the missing numbers anew."""
    script = parse(
        "client [2001:db8::1]:50 isn 5\nserver [2001:db8::2]:22\n[2] client [2001:db8::3]:60\n" + SYN
    )
    second, fourth = script.pair(2), script.pair(4)
    assert second == Pair(
        End("2001:db8::3", 60, second.client.isn), End("2001:db8::2", 22, second.server.isn)
    )
    assert fourth == Pair(
        End("2001:db8::1", 53, fourth.client.isn), End("2001:db8::2", 22, fourth.server.isn)
    )
    numbers = {end.isn for pair in map(script.pair, range(1, 100)) for end in (pair.client, pair.server)}
    assert len(numbers) == 198


def test_address_is_kept_in_one_form() -> None:
    """Two ways to write an address are one address."""
    text = "client [{}]:1\nserver [2001:db8::2]:2\n"
    assert parse(text.format("2001:0DB8::0:1")) == parse(text.format("2001:db8::1"))


def test_error_without_numbers_quotes_the_last_segment() -> None:
    """An ICMP error quotes the last segment of the end it goes to, on its own connection."""
    script = parse(SYN + "+0 [2] > S 9:9(0)\n+0 < . 4:4(0) ack 4\n+0 < icmp net-unreachable")
    assert script.quoted(3) == (1, Segment("S", 0))


def test_error_with_numbers_quotes_the_last_segment_with_them() -> None:
    """The numbers choose among segments; the last of copies is quoted."""
    script = parse(SYN + SYN + "+0 > P. 1:5(4) ack 1\n+0 < icmp net-unreachable (0:0)")
    assert script.quoted(3) == (2, Segment("S", 0))


def test_error_may_quote_what_nobody_sent() -> None:
    """Numbers that no segment has make a quote of their own."""
    assert parse(SYN + "+0 < icmp net-unreachable (50:60)").quoted(1) == (0, Segment(".", 50, 10, 0))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("+0 > S 0:1(0)", "line 1: 0:1 is 1 bytes long, not 0"),
        ("+0 > S. 0:0(0)", "acknowledgement number stands if and only if"),
        ("+0 > S 0:0(0) ack 1", "acknowledgement number stands if and only if"),
        ("+0 > FS 0:0(0)", "flags 'FS'"),
        ("+0 > SS 0:0(0)", "flags 'SS'"),
        ("+0 > X 0:0(0)", "flags 'X'"),
        (SYN + "+0 = S 0:0(0)", "line 2: no packet"),
        (SYN + "client 192.0.2.1:1", "line 2: ends are declared before"),
        ("hello", "line 1: neither a packet"),
        ("client 192.0.2.1", "192.0.2.1 is no address with a port"),
        ("client 192.0.2.300:1", "192.0.2.300 is no IP address"),
        ("client 192.0.2.1:65536", "port 65536"),
        ("client 192.0.2.1:1 isn 4294967296", "isn 4294967296"),
        ("client [192.0.2.1]:1", "brackets are for IPv6"),
        ("client [2001:db8::1]:1", "line 1: 2001:db8::1 and 198.51.100.1 are of different IP versions"),
        ("client 192.0.2.1:1\nclient 192.0.2.1:2", "line 2: the client of connection 1 is declared twice"),
        ("[0] client 192.0.2.1:1", "connection 0"),
        ("+0 [0] > S 0:0(0)", "connection 0"),
        ("client 192.0.2.1:65535\n+0 [2] > S 0:0(0)", "line 2: port 65536"),
        ("+0 > S 0:0(0) win 65536", "win 65536"),
        ("+0 > S 0:0(0) win -1", "win -1"),
        ("+0 > S 0:0(0) win x", "x is no whole number"),
        ("+0 > S 0:0(0) win 1 win 2", "'win' is said twice"),
        ("+0 > S 0:0(0) ttl 256", "ttl 256"),
        ("+0 > S 0:0(0) id 65536", "id 65536"),
        ("+0 > S 0:0(0) from 192.0.2.9", "'from' has no place"),
        ("+0 > S 0:0(0) hello", "'hello' is not understood"),
        ("+0 > S 0:65456(65456)", "payload length 65456"),
        ("+0 > S 4294967296:4294967296(0)", "sequence number 4294967296"),
        ("+0 > S 0:0(0) <mss>", "the option 'mss' is not known"),
        ("+0 > S 0:0(0) <mss 65536>", "65536 is no number of 2 bytes"),
        ("+0 > S 0:0(0) <wscale -1>", "-1 is no number of 1 bytes"),
        ("+0 > S 0:0(0) <FO abc>", "abc is no even number"),
        ("+0 > S 0:0(0) <>", "the option '' is not known"),
        ("+0 > S 0:0(0) <TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,TS val 1 ecr 1,nop>", "length 41"),
        ("+0 > S 0:0(0) # SYN1", "SYN1 is no rule code"),
        ("+0 > S 0:0(0) # SYN001, SYN002", "SYN001, is no rule code"),
        ("+0 > icmp net-unreachable", "line 1: the ICMP error has no segment to quote"),
        (SYN + "+0 < icmp no-such-thing", "line 2: no-such-thing is no ICMP error"),
        (SYN + "+0 < icmp 3/256", "ICMP code 256"),
        (SYN + "+0 < icmp net-unreachable (5:1)", "quoted payload length -4"),
        (SYN + "+0 < icmp net-unreachable win 5", "'win' has no place"),
        (SYN + "+0 < icmp net-unreachable from 2001:db8::1", "2001:db8::1 is of another IP version"),
        ("+9999999999 > S 0:0(0)", "time since the line before"),
        ("+600000000 > S 0:0(0)\n+600000000 > S 0:0(0)", "line 2: the script is longer than"),
    ],
)
def test_nonsense_is_refused_with_its_line(text: str, complaint: str) -> None:
    """A line that makes no sense is a ScriptError that says which line, and why."""
    with pytest.raises(ScriptError, match=r"^line \d+: ") as caught:
        parse(text)
    assert complaint in str(caught.value)


@pytest.mark.parametrize("words", ["+0 > S 0:0(0) id 5", "+0 > S 0:0(0)\n+0 < icmp source-quench"])
def test_ipv6_has_its_own_limits(words: str) -> None:
    """What IPv6 has no field or message for cannot be said of it."""
    with pytest.raises(ScriptError, match=r"IPv6|ICMPv6"):
        parse(f"client [2001:db8::1]:1\nserver [2001:db8::2]:2\n{words}")


def test_a_script_made_in_code_is_checked_too() -> None:
    """A script that could not be compiled cannot be built from values either."""
    with pytest.raises(ScriptError, match="packet 1: the ICMP error has no segment"):
        Script((Line(0, True, Quote("net-unreachable")),))


def test_ends_of_a_connection_that_cannot_be_named_are_refused() -> None:
    """Ends are declared for connections that a line can name."""
    with pytest.raises(ScriptError, match="connection 0 "):
        Script((), {0: Pair(End("192.0.2.1", 1, 1), End("192.0.2.2", 2, 2))})


def test_package_imports_nothing_of_ours_but_errors_and_seq() -> None:
    """Packet scripts stand on their own, so that they can test every layer."""
    folder = Path(package.__file__).parent
    trees = [ast.parse(file.read_text()) for file in folder.glob("*.py")]
    imported = {
        node.module or ""
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("handshake_inspect")
    }
    foreign = {module for module in imported if not module.startswith(package.__name__ + ".")}
    assert foreign == {"handshake_inspect.errors", "handshake_inspect.seq"}


def test_the_documented_example_is_a_script() -> None:
    """The example in the package's docstring parses, and its expectation is the one it shows."""
    example = [line.strip() for line in (package.__doc__ or "").splitlines() if line.startswith("    ")]
    assert parse("\n".join(example)).expected == [("SYN002", 6)]
