"""`playhead record --view`: recorder and viewer in one terminal, each in a process of its own.

Knows processes, signals and where cassettes grow; nothing of traffic, and no widget. The viewer
reads the file that the recorder writes: what is on the screen never keeps the traffic waiting. What the
recorder says goes to the terminal before the viewer is there and after it has left. Both end with this
process, whatever it is that ends it: they hold a pipe that closes with it.
"""

from __future__ import annotations

import contextlib
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from playhead.cli import lifeline
from playhead.cli.extras import need_view
from playhead.errors import CannotRun
from playhead.store.files import PARTIAL
from playhead.store.places import UNFINISHED
from playhead_recorder.output import one_file

_POLL = 0.02
_LINES_KEPT = 1000
_LISTENS = "recording the traffic of "
"""How the recorder's line begins that is its last about a listener; see `embed`."""
_INTERRUPTED = 130
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class _Voice:
    """What the recorder says: passed on at once, or kept while the viewer has the terminal.

    What is waited for is said when `listeners` of its servers listen.
    """

    def __init__(self, lines: Iterator[bytes], say: Callable[[str], None], listeners: int) -> None:
        self._lines = lines
        self._say = say
        self._listeners = listeners
        self._to_come = max(listeners, 1)
        self._kept: deque[str] = deque(maxlen=_LINES_KEPT)
        self._is_quiet = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._listen, name="playhead-recorder-says", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        for line in self._lines:
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            with self._lock:
                if self._is_quiet:
                    self._kept.append(text)
                else:
                    self._say(text)
                    self._say_what_is_waited_for(text)

    def _say_what_is_waited_for(self, text: str) -> None:
        self._to_come -= text.startswith(_LISTENS)
        if self._to_come == 0:
            self._to_come = -1
            which = "one of the addresses" if self._listeners > 1 else "the address"
            what = "base URL" if self._listeners else "proxy (HTTPS_PROXY)"
            self._say("Waiting for the first request; the viewer opens with it. Ctrl-C ends.")
            self._say(f"Give your client, in another terminal, {which} above as its {what}.")

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Keep what is said meanwhile, and say it then."""
        with self._lock:
            self._is_quiet = True
        try:
            yield
        finally:
            with self._lock:
                self._is_quiet = False
                for text in self._kept:
                    self._say(text)
                self._kept.clear()

    def join(self) -> None:
        self._thread.join()


def run(arguments: Sequence[str], output: Path, say: Callable[[str], None], listeners: int = 0) -> int:
    """Record as `playhead record ARGUMENTS` does, show it, and stop when the viewer is left.

    `output` is the folder where its cassettes go, or the one cassette; `listeners` stand before a server
    each, none is a forward proxy. Returns the exit code: the recorder's, or the viewer's where that failed.
    Raises `CannotRun` without a terminal or where the recorder was killed, `MissingExtra` without the viewer.
    """
    need_view("`playhead record --view`")
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise CannotRun(
            "--view needs a terminal to draw on", hint="Elsewhere: playhead view --follow on its file"
        )
    known = set(_unfinished(output))
    with lifeline.held() as line, _Leaving() as leaving:
        recorder = _started(arguments, line)
        assert recorder.stderr is not None
        voice = _Voice(iter(recorder.stderr), say, listeners)
        code = 0
        try:
            leaving.may_now()
            path = _first(output, known, recorder)
            if path is not None:
                with voice.quiet():
                    code = _view(path, line)
        except KeyboardInterrupt:
            pass  # Ctrl-C before anything was recorded ends it as it does without a viewer
        finally:
            leaving.as_before()
            with contextlib.suppress(ProcessLookupError):
                recorder.send_signal(signal.SIGINT)
            recorder.wait()
            voice.join()
            recorder.stderr.close()
    if recorder.returncode == -signal.SIGINT:
        return _INTERRUPTED  # it was ended before it was ready to end by itself
    if recorder.returncode < 0:
        left = [path for path in _unfinished(output) if path not in known]
        hint = f"Save what it recorded: playhead recover {shlex.join(map(str, left))}" if left else None
        raise CannotRun(f"the recorder was ended by {_named(-recorder.returncode)}", hint=hint)
    if code < 0:
        raise CannotRun(f"the viewer was ended by {_named(-code)}")
    return recorder.returncode or code


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _started(arguments: Sequence[str], line: int) -> subprocess.Popen[bytes]:
    # In a group of its own: what is typed in the terminal, Ctrl-C too, is for the viewer.
    return subprocess.Popen(
        [sys.executable, "-m", "playhead", "record", lifeline.FLAG, str(line), *arguments],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        process_group=0,
        pass_fds=(line,),
    )


class _Leaving:
    """What ends this process, a terminal that is closed too: the recorder in its own group must not stay.

    What comes while the recorder starts is kept until somebody knows the recorder, and can end it.
    """

    def __enter__(self) -> _Leaving:
        self._came: list[int] = []
        self._before = {number: signal.signal(number, self._keep) for number in (signal.SIGINT, *_ENDING)}
        return self

    def __exit__(self, *_: object) -> None:
        self.as_before()

    def may_now(self) -> None:
        """From here on the process is left, by what was kept first."""
        signal.signal(signal.SIGINT, self._before[signal.SIGINT])
        for number in _ENDING:
            signal.signal(number, _leave)
        for kept in self._came:
            signal.raise_signal(kept)

    def as_before(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _keep(self, number: int, _frame: object) -> None:
        self._came.append(number)


def _leave(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _view(path: Path, line: int) -> int:
    command = [sys.executable, "-m", "playhead", "view", lifeline.FLAG, str(line), "--follow", str(path)]
    viewer = subprocess.Popen(command, pass_fds=(line,))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is the viewer's, which asks for two
    try:
        return viewer.wait()
    finally:
        signal.signal(signal.SIGINT, before)
        if viewer.poll() is None:
            viewer.terminate()
            viewer.wait()


def _first(output: Path, known: set[Path], recorder: subprocess.Popen[bytes]) -> Path | None:
    """The first cassette that grows and was not there before; `None` where the recorder ended without one."""
    while recorder.poll() is None:
        for path in _unfinished(output):
            if path not in known and _has_header(path):
                return path
        time.sleep(_POLL)
    return None


def _unfinished(output: Path) -> list[Path]:
    if one_file.is_one(output):
        return [path for path in (one_file.growing(output),) if path.exists()]
    return sorted((output / UNFINISHED).glob(f"*{PARTIAL}"))


def _has_header(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.readline().endswith(b"\n")
    except OSError:
        return False
