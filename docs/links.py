"""The documents as they are to stand on the site: links lead from page to page, not from file to file.

It knows where a file of the checkout stands on the site, and nothing of how the site is built. The one idea:
documents are written for the checkout, where everybody reads them first.
"""

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

START = "README.md"
"The document that is the first page of the site."

LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
"A Markdown link's path, without its anchor; no address of another site."

CODE = re.compile(r"`[^`\n]+`")
FENCE = re.compile(r"^(```.*?^```)$", re.M | re.S)


def place(path: str) -> str:
    """Where a file of the checkout stands on the site."""
    return "index.md" if path == START else path.removeprefix("docs/")


def turned(markdown: str, path: str) -> str:
    """The text of the document at this path of the checkout, as it is to stand on the site."""
    folder, here = posixpath.dirname(path), posixpath.dirname(place(path))

    def turn(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[1]))
        # A link to a folder means the document in it.
        if (ROOT / target).is_dir():
            target = posixpath.join(target, "README.md")
        return posixpath.relpath(place(target), here or ".")

    parts = FENCE.split(markdown)
    # Every second part is a fenced block, in which nothing is a link.
    parts[::2] = [LINK.sub(turn, CODE.sub(_unescaped, part)) for part in parts[::2]]
    return "".join(parts)


def _unescaped(code: re.Match[str]) -> str:
    """Code with its bars bare. In a table GitHub needs them escaped, and Python-Markdown shows the escape."""
    return code[0].replace("\\|", "|")
