"""What the site has beside docs/: README.md as its first page, other folders' pages, the samples, all rules.

It knows where a file of the checkout stands on the site, and no page's text. The one idea: links are written
for the checkout, where everybody reads them first, and are turned to fit the site as it is built.
"""

import os
import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CHANGELOG.md", "benchmarks/README.md", "sample_pcaps/README.md")
"Pages outside docs/, by their path in the checkout."

DOWNLOADS = ("LICENSE", "action.yml", "sample_pcaps/*.pcap*", "sample_pcaps/*.script")
"Files outside docs/ that can be loaded from the site."

FAMILY = re.compile(r"([A-Z]+)\d+\.md")
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^)#\s]+)")
"A Markdown link's path, without its anchor; no address of another site."

FENCE = re.compile(r"^(```.*?^```)$", re.M | re.S)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List every rule below Rules, by family."""
    families: dict[str, list[str]] = {}
    for path in sorted((ROOT / "docs" / "rules").glob("*.md")):
        if found := FAMILY.fullmatch(path.name):
            families.setdefault(found[1], []).append(f"rules/{path.name}")
    nav: list[dict[str, Any]] = config.nav or []
    for section in nav:
        if "Rules" in section:
            section["Rules"] += [{family: pages} for family, pages in families.items()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what lies outside docs/."""
    found = [ROOT / path for path in PAGES]
    found += [path for pattern in DOWNLOADS for path in sorted(ROOT.glob(pattern))]
    for path in found:
        place = site_path(path.relative_to(ROOT).as_posix())
        if path.suffix == ".md":
            files.append(File.generated(config, place, content=path.read_text("utf-8")))
        else:
            files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of one page."""
    parts = FENCE.split(markdown)
    # Every second part is a fenced block, whose text is no link.
    parts[::2] = [turned(part, page.file.src_uri) for part in parts[::2]]
    return "".join(parts)


def site_path(path: str) -> str:
    """Where a file of the checkout stands on the site."""
    return "index.md" if path == "README.md" else path.removeprefix("docs/")


def checkout_path(place: str) -> str:
    """Where a page of the site lies in the checkout."""
    if place == "index.md":
        return "README.md"
    return place if place in PAGES else f"docs/{place}"


def turned(markdown: str, place: str) -> str:
    """The text with its links, which lead from file to file of the checkout, leading from page to page."""
    folder = posixpath.dirname(checkout_path(place))
    here = posixpath.dirname(place)

    def turn(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(folder, link[1]))
        # A link to a folder means the page in it.
        if os.path.isdir(ROOT / path):
            path = posixpath.join(path, "README.md")
        return posixpath.relpath(site_path(path), here or ".")

    return LINK.sub(turn, markdown)
