"""The tutorial is true: its files, its commands and what they answer, from the first block to the last."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pytest

from .pages import Shell, blocks, compare, free_port, write

DOCS = Path(__file__).parents[2] / "docs"


def test_the_tutorial(tmp_path: Path) -> None:
    pytest.importorskip("mitmproxy")
    assert shutil.which("bash"), "the page's commands are for a shell"
    install, *rest = blocks(DOCS / "tutorial.md")
    for name in re.findall(r"[a-z]+", install.text.removeprefix("pip install").replace("[all]", "")):
        assert importlib.util.find_spec(name), f"the page installs {name}"
    ports = {port: str(free_port()) for port in ("8089", "8090")}
    shell, said = Shell(tmp_path), ""
    try:
        for block in rest:
            text = re.sub("|".join(ports), lambda found: ports[found[0]], block.text)
            if block.language == "sh":
                said = shell.run(text)
            elif block.language:
                write(tmp_path, block)
            else:
                compare(block, said)
    finally:
        shell.close()
