"""Looks into the built wheel and sdist: what must be there is, what must not is not."""

from __future__ import annotations

import email
import sys
import tarfile
import zipfile
from pathlib import Path

PACKAGES = ("playhead", "playhead_recorder", "playhead_viewer")
EXTRAS = {"all", "convert", "lint", "record", "serve", "view"}


def check(condition: bool, what: str) -> None:
    if not condition:
        sys.exit(f"dist: {what}")


def check_wheel(path: Path) -> None:
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        info = next(name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(wheel.read(info))
    tops = {name.split("/")[0] for name in names}
    check(tops == {*PACKAGES, info.split("/")[0]}, f"the wheel has {sorted(tops)} at its top")
    for package in PACKAGES:
        check(f"{package}/py.typed" in names, f"{package} ships no py.typed")
    check("playhead/samples/cut.cassette.jsonl" in names, "the samples are not shipped")
    check(
        "playhead/documents/anthropic-messages.asyncapi.json" in names,
        "the AsyncAPI documents are not shipped",
    )
    check("playhead_recorder/wrap/node_shim.cjs" in names, "the shim for Node is not shipped")
    check("playhead_viewer/viewer.tcss" in names, "the viewer's style sheet is not shipped")
    check(any(name.endswith("licenses/LICENSE") for name in names), "the licence is not shipped")
    check(set(metadata.get_all("Provides-Extra", [])) == EXTRAS, "the extras are not those promised")
    check(metadata["Requires-Python"] == ">=3.11", "Requires-Python is not >=3.11")
    check(metadata["License-Expression"] == "MIT", "the licence is not named")
    check("# Playhead" in metadata.get_payload(), "the README is not the description")


def check_sdist(path: Path) -> None:
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for name in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "cassettes/FORMAT.md",
        "tests/conftest.py",
    ):
        check(name in names, f"the sdist lacks {name}")
    unwanted = (".venv", "recordings", "dist")
    check(not any(name.startswith(unwanted) for name in names), "the sdist has too much")


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    check_wheel(next(folder.glob("*.whl")))
    check_sdist(next(folder.glob("*.tar.gz")))
    print("wheel and sdist hold what they should")
