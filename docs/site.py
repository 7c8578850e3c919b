"""What the site has beside docs/: README.md as its first page, other folders' pages, the samples, all rules.

These are mkdocs' hooks, named in mkdocs.yml. They know mkdocs, and no page's text.
"""

import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from docs.generate import MARK
from docs.links import ROOT, START, place, turned

PAGES = (START, "CHANGELOG.md", "benchmarks/README.md", "sample_pcaps/README.md")
"Pages outside docs/, by their path in the checkout."

DOWNLOADS = ("LICENSE", "action.yml", "sample_pcaps/*.pcap*", "sample_pcaps/*.script")
"Files outside docs/ that can be loaded from the site."

PLACES = {place(path): path for path in PAGES}
FAMILY = re.compile(r"([A-Z]+)\d+\.md")


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
    found: list[Path] = [ROOT / path for path in PAGES]
    found += [path for pattern in DOWNLOADS for path in sorted(ROOT.glob(pattern))]
    for path in found:
        there = place(path.relative_to(ROOT).as_posix())
        if path.suffix == ".md":
            files.append(File.generated(config, there, content=path.read_text("utf-8")))
        else:
            files.append(File.generated(config, there, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of one page."""
    there = page.file.src_uri
    # mkdocs takes a page's title from its first line.
    return turned(markdown.removeprefix(MARK).lstrip(), PLACES.get(there, f"docs/{there}"))
