"""What an installed Playhead costs every start of pytest, beside other plugins.

`uv run python benchmarks/installed.py [--rounds N]`. Builds the wheel and has pip install it, and each of the
others, into an empty environment beside pytest; then runs one empty test in each, in turn. Processor time,
and what is more than pytest's own. An editable installation would tell nothing: pytest goes through each file
of a distribution that has a plugin, to mark its modules for assertion rewriting, and such a one lists few.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import venv
from importlib.metadata import version
from pathlib import Path

from measure import interleaved, table

HERE = Path(__file__).parents[1]
OTHERS = (
    "pytest-recording==0.14.1",
    "respx==0.23.1",
    "pytest-httpx==0.36.2",
    "cassetter==0.16.1",
    "hypothesis==6.170.15",
    "pytest-asyncio==1.3.0",
)
FILES = """
import importlib.metadata, sys, time
took = []
for _ in range(21):
    start = time.process_time()
    files = importlib.metadata.distribution(sys.argv[1]).files
    took.append(time.process_time() - start)
print(len(files), sorted(took)[10] * 1e3)
"""
"""What pytest does for each distribution that has a plugin: how many files, and milliseconds."""
QUIET = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def installed(folder: Path, *packages: str) -> Path:
    """The Python of a new environment; pip compiles what it installs."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pytest = f"pytest=={version('pytest')}"
    subprocess.run([python, "-m", "pip", "install", "-q", pytest, *packages], env=QUIET, check=True)
    return python


def started(python: Path, cwd: Path, *arguments: str, **environ: str) -> float:
    """Seconds of processor time of a pytest of one empty test."""
    hidden = ("PYTEST_", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=cwd,
        env={**kept, **environ},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # pytest-asyncio has advice for everybody
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def listing(python: Path, requirement: str) -> list[str]:
    """How many files of it are listed, and milliseconds of going through them."""
    name = requirement.partition("==")[0]
    ran = subprocess.run([python, "-c", FILES, name], capture_output=True, text=True, check=True)
    files, took = ran.stdout.split()
    return [files, f"{float(took):.1f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure pytest's start with Playhead installed.")
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        suite = root / "suite"
        suite.mkdir()
        (suite / "pytest.ini").write_text("[pytest]\n")
        (suite / "test_it.py").write_text("def test_it(): pass\n")
        build = [sys.executable, "-m", "venv", root / "build"]
        subprocess.run(build, check=True)
        wheel = [root / "build" / "bin" / "python", "-m", "pip", "wheel", "-q", "--no-deps", "-w", root, HERE]
        subprocess.run(wheel, env=QUIET, check=True)
        (made,) = root.glob("*.whl")
        alone = installed(root / "alone")
        ours = installed(root / "ours", str(made))
        environments = {"playhead": ours}
        plugin = ("-p", "playhead.testing.plugin")
        contenders = {
            "pytest": lambda: started(alone, suite),
            "playhead": lambda: started(ours, suite),
            "playhead, without autoload": lambda: started(ours, suite, *plugin, **ALONE),
        }
        for number, other in enumerate(OTHERS):
            python = installed(root / f"other-{number}", other)
            environments[other] = python
            contenders[other] = lambda python=python: started(python, suite)
        for start in contenders.values():
            start()  # what pytest compiles for itself, it compiles once
        medians = interleaved(contenders, rounds)
        base = medians["pytest"]
        rows = [
            (name, f"{took * 1e3:.1f}", f"{(took - base) * 1e3:+.1f}", f"{took / base:.2f}")
            for name, took in medians.items()
        ]
        table("pytest's start, processor time", rows, ("", "ms", "ms more", "× pytest"))
        listed = [(name, *listing(python, name)) for name, python in environments.items()]
        table("of that, going through the files that pip lists", listed, ("", "files", "ms"))


if __name__ == "__main__":
    main()
