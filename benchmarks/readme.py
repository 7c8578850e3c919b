"""The place in the README that holds the last measured tables, and how it is rewritten."""

from pathlib import Path

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def replace_measured(text: str, measured: str) -> str:
    """`text` with what stands between the markers replaced.

    Raises ValueError unless both markers stand there once, in order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"the text needs one {BEGIN} and, after it, one {END}")
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{measured.strip()}\n\n{END}{rest.split(END)[1]}"


def write_measured(measured: str, path: Path = README) -> None:
    """Replace the measured tables in the file at `path`. Raises as `replace_measured` does, and OSError."""
    path.write_text(replace_measured(path.read_text("utf-8"), measured), "utf-8")
