"""Captures of hosts whose truth is known, through the command line: what users are told of them is true."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handshake_inspect.cli.main import run
from tests.isn.captures import capture
from tests.isn.oracle import address_number, cases
from tests.isn.stacks import GOOD, Openings, Stack

CASES = cases()
pytestmark = pytest.mark.usefixtures("no_wishes")

RIGHT = {
    "predictable": {"predictable"},
    "weak": {"predictable", "weak"},
    "random": {"no-evidence"},
    "unpredictable": {"no-evidence"},
    "undecidable": {"insufficient"},
}
"The verdicts that are right, by what the case says of the cost of a guess."

CODES = {
    "predictable": {"ISN001", "ISN004", "ISN005"},
    "weak": {"ISN002"},
    "no-evidence": set(),
    "insufficient": set(),
}
"The rules of which one must speak, by verdict."

NUMBERS = {f"ISN00{n}" for n in range(1, 6)}


@pytest.fixture
def no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """No wish of the environment about colours and widths."""
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


def opened(case: dict[str, Any]) -> Openings:
    """The openings of a case, all of one kind and of one host."""
    time, source, port, peer, peer_port, isn = zip(*case["samples"], strict=True)
    answers = np.array([kind == "synack" for kind in case["kinds"]])
    acks = [0 if ack is None else (ack - 1) % (1 << 32) for ack in case["acks"]]
    return Openings(
        time_ns=np.array([round(seconds * 1e6) * 1000 for seconds in time]),
        isn=np.array(isn, np.uint32),
        peer_isn=np.array(acks, np.uint32) * answers,
        answers=answers,
        address=np.array([*map(address_number, source)]),
        peer=np.array([*map(address_number, peer)]),
        port=np.array(port, np.uint16),
        peer_port=np.array(peer_port, np.uint16),
    )


def tier(case: dict[str, Any]) -> str:
    """What a guess costs, as the case says it."""
    # With connections that nobody captured, the increments of lwIP's tick are several at a time.
    if case["generator"] == "lwip_default" and "unseen" in case["name"]:
        return "weak"
    return "undecidable" if case["truth"] == "undecidable" else str(case["tier"])


def document(capsys: pytest.CaptureFixture[str], status: int | None, *args: str | Path) -> Any:
    """What the command writes as JSON, run in this process; with this exit status, if one is given."""
    assert run([*map(str, args), "--format", "json"]) == status or status is None
    written = capsys.readouterr()
    assert written.err == ""
    return json.loads(written.out)


def told(capsys: pytest.CaptureFixture[str], path: Path, address: str) -> dict[str, Any] | None:
    """What `isn` says of a host; None where it says nothing."""
    by_address = {host["address"]: host["isn"] for host in document(capsys, 0, "isn", path)["hosts"]}
    found: dict[str, Any] | None = by_address.get(address)
    return found


def accused(capsys: pytest.CaptureFixture[str], path: Path) -> dict[str, set[str]]:
    """The codes of the rules about foretold numbers that `check` raises, by the host they are about."""
    found: dict[str, set[str]] = {}
    for finding in document(capsys, None, "check", "--select", "ISN", path)["findings"]:
        if finding["code"] in NUMBERS:
            found.setdefault(finding["message"].split()[0], set()).add(finding["code"])
    return found


@pytest.mark.skipif(not CASES, reason="the cases are not here")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verdict on the host of a case is the truth, one rule speaks of it, and nobody else is accused."""
    path = tmp_path / "case.pcap"
    scans = case["generator"] == "nmap -sS"
    path.write_bytes(capture(opened(case), completes=not scans))
    address = case["samples"][0][1]
    host = told(capsys, path, address)
    verdict = "insufficient" if host is None else host["verdict"]
    assert verdict in RIGHT[tier(case)]
    codes = accused(capsys, path)
    assert set(codes) == ({address} if CODES[verdict] else set())
    assert codes.get(address, set()) <= CODES[verdict]
    assert len(codes.get(address, ())) == bool(CODES[verdict])
    if host is not None and CODES[verdict]:
        assert host["tool"] == scans
        assert host["does"]


@pytest.mark.parametrize("stack", GOOD, ids=lambda stack: stack.name)
@pytest.mark.parametrize("completes", [True, False], ids=["whole", "half-open"])
def test_good_stack(
    stack: Stack, completes: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No good stack is accused, whether its connections open or not."""
    path = tmp_path / "good.pcap"
    played = stack.play(np.random.default_rng(11), 60)
    if not completes:
        # Who calls and gets no answer has chosen the numbers itself.
        played = played._replace(answers=np.zeros(60, bool), peer_isn=np.zeros(60, np.uint32))
    path.write_bytes(capture(played, completes=completes))
    assert accused(capsys, path) == {}
    verdicts = {host["isn"]["verdict"] for host in document(capsys, 0, "isn", path)["hosts"]}
    assert verdicts <= {"no-evidence", "insufficient"}
