"""All benchmarks, one after another: `uv run --group bench --group company python benchmarks`.

Each is a script of its own that takes `--help`. Figures are ratios within one run: read them as such.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPTS = (
    "decoding",
    "store",
    "reading",
    "replay",
    "testing",
    "installed",
    "peers",
    "sweeps",
    "server",
    "proxy",
    "startup",
    "viewer",
)

for name in SCRIPTS:
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, str(Path(__file__).with_name(f"{name}.py"))], check=True)
