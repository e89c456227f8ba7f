"""One recording: what a test, or the tests of a scope, send and receive, and what becomes of it at their end.

Knows modes, files and the tape; no client. A cassette is written whole under its name, or not at all.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import pytest

from playhead.errors import CannotRun, PlayheadError
from playhead.exchange import Exchange
from playhead.matching import Rules
from playhead.redaction.policy import Policy
from playhead.store import lock
from playhead.store.cassette import load, open_data
from playhead.store.files import packed, write_whole
from playhead.testing.recording.splicing import spliced
from playhead.testing.recording.tape import Tape
from playhead.testing.recording.verifying import told
from playhead.testing.recording.written import Stamp, Written
from playhead.testing.settings import RecordMode

_WAIT_SECONDS: Final = 10.0
"""For another worker that puts a cassette into the same folder: it takes milliseconds."""
_AGAIN_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be recorded, and where it goes."""

    mode: RecordMode
    path: Path
    shown: str
    """The path as messages name it."""
    test: str
    """Who records, by node id; of a scope the first of its tests."""
    policy: Policy
    rules: Rules
    ignored: Iterable[str] = ()
    """What does not count when `verify` compares: names of headers and JSON members."""
    is_shape: bool = False
    """Whether it compares what answers are made of, and not their words."""


class Take:
    """A recording while it is made. `playhead[1]` is read from it."""

    def __init__(self, plan: Plan, written: Written) -> None:
        self.plan: Plan = plan
        self._written = written
        self.tape: Tape = Tape(plan.policy)
        self.was_called: bool = False
        """Whether a test came to its end, passed or not: what was only set up is not kept."""
        self.was_interrupted: bool = False
        self.has_failed: bool = False
        """Whether a test failed: its exchanges are kept, but nothing is verified."""
        self.is_empty: bool = False
        """Whether there was nothing to write in the end, and no cassette before."""
        self._before = _stamp(plan.path)
        self._old = self._kept()
        self._seen: tuple[int, Mapping[int, Exchange]] | None = None
        self._is_verified = False

    @property
    def known(self) -> int | None:
        """The highest number of an exchange that no test of this run has recorded; `None`: none has."""
        return self._written.before(self.plan.path, self._before)

    @property
    def tests(self) -> int:
        """How many tests of this run have recorded what the cassette holds now."""
        return self._written.tests(self.plan.path, _stamp(self.plan.path))

    def exchanges(self) -> Mapping[int, Exchange]:
        """What the cassette holds if the recording ends here."""
        changes = self.tape.changes
        if self._seen is None or self._seen[0] != changes:
            text = self._text()
            self._seen = changes, open_data(text, self.plan.shown) if text else {}
        return self._seen[1]

    def check(self) -> None:
        """When a test is over: fail where what came is not what was recorded. Waits for what is open."""
        if self.plan.mode is RecordMode.VERIFY and not self.has_failed and not self.tape.streaming:
            self._verify()

    def finish(self) -> int:
        """Write the cassette, or compare it. Tells how many exchanges were open; fails the test otherwise."""
        try:
            left = self.tape.stop()
            if not self.was_called or self.was_interrupted:
                return 0
            if self.plan.mode is RecordMode.VERIFY:
                if not self._is_verified and not self.has_failed:
                    self._verify()
                return 0
            self._write()
            return left
        finally:
            self.tape.discard()

    def _kept(self) -> bytes:
        """What stands before this recording."""
        if self.plan.mode is RecordMode.ALL:
            return self._written.text(self.plan.path, self._before, but=self.plan.test)
        return _text_of(self.plan.path) if self.plan.mode is RecordMode.NEW_EPISODES and self._before else b""

    def _write(self) -> None:
        shown = self.plan.shown
        if self.tape.failures:
            _fail(f"{shown} is not written: {'; '.join(self.tape.failures)}")
        try:
            new = self.tape.text()
            if not new:
                self.is_empty = self._before is None
                return
            self._put(new)
        except PlayheadError as error:
            raise pytest.fail.Exception(f"{shown} is not written: {error}", pytrace=False) from None
        except OSError as error:
            raise pytest.fail.Exception(f"{shown} is not written: {error.strerror}", pytrace=False) from None

    def _put(self, new: bytes) -> None:
        path = self.plan.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent):
            stamp = _stamp(path)
            if stamp != self._before and self.plan.mode is RecordMode.ALL:
                self._before = stamp
                self._old = self._kept()  # another test of this run has recorded meanwhile
            elif stamp != self._before:
                _fail(
                    f"{self.plan.shown} was recorded by another test at the same time. That recording stays, "
                    "and this one is thrown away.\nGive each test a cassette of its own, let them share one "
                    'with scope="class" or scope="module", or run them one after another.'
                )
            text = spliced(self._old, new) if self._old else new
            write_whole(path, packed(path, [text]), overwrite=True)
            is_added = self.plan.mode is RecordMode.NEW_EPISODES and self._old
            before = max(open_data(self._old, self.plan.shown), default=0) if is_added else 0
            self._written.add(path, self.plan.test, new, was=stamp, now=_stamp(path), before=before)

    def _verify(self) -> None:
        self._is_verified = True
        if self.tape.failures:
            _fail(f"{self.plan.shown} is not verified: {'; '.join(self.tape.failures)}")
        recorded = b"".join(load(self.plan.path).lines())
        plan = self.plan
        differences = told(
            recorded, self.tape.text(), plan.shown, plan.rules, plan.ignored, is_shape=plan.is_shape
        )
        if differences:
            _fail(differences)

    def _text(self) -> bytes:
        new = self.tape.text()
        return spliced(self._old, new) if self._old and new else new or self._old


def _fail(why: str) -> NoReturn:
    pytest.fail(why, pytrace=False)


def _text_of(path: Path) -> bytes:
    """The lines of a cassette as they stand. Raises what `load` raises, `CannotRun` where its end is torn."""
    cassette = load(path)
    text = b"".join(cassette.lines())
    if cassette.torn is not None:
        raise CannotRun(f"{path} is cut off in its last line", hint=f"Mend it: playhead recover {path}")
    return text


def _stamp(path: Path) -> Stamp:
    try:
        info = path.stat()
    except FileNotFoundError:
        return None
    return info.st_ino, info.st_mtime_ns, info.st_size


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """While no other worker looks at a cassette in `folder` and then writes it.

    Raises `CannotRun` where another has been at it for too long: both would write.
    """
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        yield
        return
    try:
        deadline = time.monotonic() + _WAIT_SECONDS
        while lock.claim(fd) is lock.Claim.HELD:
            if time.monotonic() > deadline:
                raise CannotRun(
                    f"another process has kept its folder locked for {_WAIT_SECONDS:g} s",
                    hint="Look for a test run that hangs, end it, and record again.",
                )
            time.sleep(_AGAIN_SECONDS)
        yield
    finally:
        lock.release(fd)
        os.close(fd)
