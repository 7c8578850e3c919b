"""The coverage table names every rule, and what it says of captures can be made again."""

import json
import shutil
from pathlib import Path

import pytest

from docs.pages import coverage
from handshake_inspect.rules.registry import rules


def test_every_rule_has_its_row() -> None:
    """There is one row for each rule, which leads to its page."""
    rows = [line for line in coverage.pages()["coverage.md"].splitlines() if line.startswith("| [")]
    assert [row[3:].partition("]")[0] for row in rows] == [rule.code for rule in rules()]
    assert all(f"](rules/{rule.code}.md)" in row for rule, row in zip(rules(), rows, strict=True))


def test_kept_codes_exist() -> None:
    """What is kept of captures speaks of rules that there are."""
    assert json.loads(coverage.FIRED.read_text("utf-8")).keys() <= {rule.code for rule in rules()}


def test_looking_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder's captures are inspected; a file that is none, or that cannot be read, is passed over."""
    for name in ("refused.pcap", "cut_mid_record.pcap"):
        shutil.copy(coverage.SAMPLES / name, tmp_path)
    (tmp_path / "README.md").write_text("no capture")
    (tmp_path / "empty.pcap").write_bytes(b"")
    kept = tmp_path / "fired.json"
    monkeypatch.setattr(coverage, "FIRED", kept)
    coverage.look_again(tmp_path)
    fired = json.loads(kept.read_text("utf-8"))
    assert fired["SYN007"] == ["refused"]
    assert fired["CAP001"] == ["cut_mid_record"]
    assert set(coverage._raised(tmp_path)) == set(fired)
