"""A disk that a test makes slow, full or dead while a recorder writes to it.

`os.write` and `os.fdatasync` of the recorder's writer thread are replaced by a `sitecustomize` in its
environment, which asks a file what to do. Where real disks can be had (a small tmpfs), tests take those.
"""

from __future__ import annotations

from pathlib import Path

_SITECUSTOMIZE = """
import errno, os, threading, time

_real_write = os.write

def _asked():
    try:
        with open({control!r}) as file:
            return file.read().split()
    except OSError:
        return []

def _write(fd, data):
    if threading.current_thread().name != "playhead-writer":
        return _real_write(fd, data)
    while True:
        asked = _asked()
        if asked[:1] != ["hang"]:
            break
        time.sleep(0.005)
    if asked[:1] == ["slow"]:
        time.sleep(float(asked[1]))
    if asked[:1] == ["fail"]:
        number = getattr(errno, asked[1])
        raise OSError(number, os.strerror(number))
    return _real_write(fd, data)

os.write = _write
"""


class Disk:
    """What the writer threads of the recorders meet that are started with `environment`."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self._control = folder / "disk"
        site = folder / "site"
        site.mkdir(parents=True)
        (site / "sitecustomize.py").write_text(_SITECUSTOMIZE.format(control=str(self._control)))
        self.environment: dict[str, str] = {**env, "PYTHONPATH": str(site)}

    def slow(self, seconds: float) -> None:
        """Every write takes so long."""
        self._be(f"slow {seconds}")

    def hang(self) -> None:
        """No write comes back before something else is asked for."""
        self._be("hang")

    def fail(self, name: str = "ENOSPC") -> None:
        """Every write fails with this error."""
        self._be(f"fail {name}")

    def heal(self) -> None:
        self._be("")

    def _be(self, what: str) -> None:
        beside = self._control.with_name("disk.new")
        beside.write_text(what)
        beside.replace(self._control)
