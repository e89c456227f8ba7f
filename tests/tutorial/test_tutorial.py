"""The tutorial is true: its files, its commands and what they answer, from the first block to the last."""

from __future__ import annotations

import importlib.util
import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from .pages import Shell, blocks, compare, kept_port, write

DOCS = Path(__file__).parents[2] / "docs"


def test_the_tutorial(tmp_path: Path) -> None:
    pytest.importorskip("mitmproxy")
    assert shutil.which("bash"), "the page's commands are for a shell"
    install, *rest = blocks(DOCS / "tutorial.md")
    for name in re.findall(r"[a-z]+", install.text.removeprefix("pip install").replace("[all]", "")):
        assert importlib.util.find_spec(name), f"the page installs {name}"
    said = ""
    with kept_port() as first, kept_port() as second, closing(Shell(tmp_path)) as shell:
        ports = {"8089": first, "8090": second}
        for block in rest:
            text = re.sub("|".join(ports), lambda found: ports[found[0]], block.text)
            if block.language == "sh":
                said = shell.run(text)
            elif block.language:
                write(tmp_path, block)
            else:
                compare(block, said)


def test_what_every_page_fences_in_ends() -> None:
    root = DOCS.parent
    pages = [root / "README.md", root / "CHANGELOG.md", *DOCS.rglob("*.md"), *root.glob("[cr]*/**/*.md")]
    assert len(pages) > 10
    for page in pages:
        fence, begun = "", 0
        for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
            found = re.match(r"\s*(`{3,}|~{3,})(.*)", line)
            if found is None:
                continue
            if not fence:
                fence, begun = found[1], number
            elif found[1].startswith(fence) and not found[2].strip():
                fence = ""
        assert not fence, f"{page.relative_to(root)}:{begun} begins a block that does not end"
