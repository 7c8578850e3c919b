"""The house stands as it was planned: layers, sizes, and what is promised to the outside."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import handshake_inspect

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "handshake_inspect"
MODULES = sorted(PACKAGE.rglob("*.py"))

LAYERS: list[set[str]] = [
    {"errors", "seq", "columns", "integers", "units", "wireshark", "finding", "agreements"},
    {"machine"},
    {"script"},
    {"capture"},
    {"decode"},
    {"flow"},
    {"isn"},
    {"rules"},
    {"config"},
    {"report"},
    {"render", "engine"},
    {"cli", "pytest_plugin"},
]
"From left to right. A module may import its own part of the house, and what stands to the left of it."

PROMISED = {
    "Confidence",
    "Evidence",
    "Expectation",
    "Finding",
    "Ignore",
    "Report",
    "Settings",
    "Severity",
    "__version__",
    "inspect",
}
"What users may import from the package itself."

MOST_LINES = 300


def part_of(module: Path) -> str:
    """The part of the house a file belongs to: its folder or file below the package."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(module: Path) -> Iterator[str]:
    """The parts of the house that a file imports, late imports and names in strings included."""
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide where they lead"
            below = [alias.name for alias in node.names] if node.module == PACKAGE.name else [""]
            names = [f"{node.module}.{name}" for name in below]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names = [node.value] if re.fullmatch(r"handshake_inspect(\.\w+)+", node.value) else []
        for name in names:
            whole, _, rest = name.partition(".")
            if whole == PACKAGE.name and rest not in ("", "__version__"):
                yield rest.partition(".")[0]


def layer(part: str) -> int:
    """Where a part of the house stands, from the left."""
    return next(position for position, parts in enumerate(LAYERS) if part in parts)


INSIDE = [
    module
    for module in MODULES
    if module.name not in ("__init__.py", "__main__.py") or module.parent != PACKAGE
]
"Every module but the two doors, which lead everywhere."


def test_every_part_has_its_layer() -> None:
    """No file or folder of the package stands outside the layers."""
    assert {part_of(module) for module in INSIDE} == set().union(*LAYERS)


@pytest.mark.parametrize("module", INSIDE, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_imports_lead_left(module: Path) -> None:
    """A module imports from its own part and from layers to its left, not from beside it or the right."""
    own = part_of(module)
    wrong = {part for part in imported(module) if part != own and layer(part) >= layer(own)}
    if layer(own) == 0:
        wrong -= LAYERS[0]
    assert not wrong


@pytest.mark.parametrize(("part", "allowed"), [("machine", set()), ("script", {"seq", "errors"})])
def test_ground_floor(part: str, allowed: set[str]) -> None:
    """The state machine stands on nothing of ours, the packet scripts only on numbers and errors."""
    used = {name for module in INSIDE if part_of(module) == part for name in imported(module)}
    assert used - {part} <= allowed


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_modules_are_small(module: Path) -> None:
    """No module is longer than can be read at once. A rule's docstring is a page, so it is not counted."""
    text = module.read_text("utf-8")
    lines = len(text.splitlines())
    if part_of(module) == "rules":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                lines -= len((ast.get_docstring(node) or "").splitlines())
    assert lines <= MOST_LINES


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_modules_say_what_they_are(module: Path) -> None:
    """Every module begins by saying what it is."""
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))


def test_promise() -> None:
    """What can be imported from the package is what is promised, sorted, and each has its explanation."""
    assert set(handshake_inspect.__all__) == PROMISED
    assert list(handshake_inspect.__all__) == sorted(handshake_inspect.__all__)
    fresh = importlib.import_module("handshake_inspect")
    for name in PROMISED - {"__version__"}:
        assert getattr(fresh, name).__doc__
    with pytest.raises(AttributeError):
        _ = fresh.nothing_of_the_kind


def test_help_is_light() -> None:
    """Asking for help loads nothing that only an inspection needs."""
    asked = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "handshake_inspect", "--help"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in asked.stderr.splitlines()}
    assert "click" in loaded
    assert not loaded & {"numpy", "rich", "dask", "dpkt", "msgspec"}
