"""Unfinished cassettes for tests of finishing: as a recorder leaves them, bodies raw."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import playhead
from playhead.capture.finishing.finisher import Job
from playhead.capture.shelves import facts_of
from playhead.model import Request, Response
from playhead.redaction.policy import Policy
from playhead.store import places
from playhead.store.writer import CassetteWriter, open_writer

SECRET = "sk-ant-api03-" + "Qm7xK2vT9bWzR4nL8cYdF6hJ3pGsA5eU" * 3 + "AA"
START = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
_HEADERS = (("content-type", "text/event-stream"),)
_seconds = itertools.count()


def name(of: str = "api.test", seconds: float | None = None) -> str:
    """A recorder's name, each a second after the last."""
    at = next(_seconds) if seconds is None else seconds
    return places.new_name(START + datetime.timedelta(seconds=at), of)


def event(text: str) -> bytes:
    return b"event: note\ndata: " + json.dumps({"text": text}).encode() + b"\n\n"


def write(
    root: Path,
    *,
    texts: tuple[str, ...] = ("hello", f"the key is {SECRET} here", "bye"),
    ends: bool = True,
    compressed: bool = False,
    file: str | None = None,
    policy: Policy | None = None,
) -> Job:
    """An unfinished cassette of one exchange, closed, and the job that finishes it."""
    writer, job = grow(root, compressed=compressed, file=file, policy=policy)
    exchange = writer.exchange()
    body = json.dumps({"prompt": "hi", "password": "hunter2hunter2"}).encode()
    exchange.request(Request(method="POST", url="https://api.test/v1", body=body, t=0.001))
    exchange.response(Response(status=200, headers=_HEADERS, t=0.002))
    for at, text in enumerate(texts):
        exchange.chunk(event(text), 0.01 * (at + 1))
    if ends:
        exchange.end(playhead.EndingKind.COMPLETE, 1.0 + len(texts))
    writer.abandon()
    return job


def grow(
    root: Path, *, compressed: bool = False, file: str | None = None, policy: Policy | None = None
) -> tuple[CassetteWriter, Job]:
    """A cassette that is being written; under `policy`, as a recorder says it."""
    file = file or name()
    path = places.unfinished(root, file)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = places.finished(root, file, dated=False, compressed=compressed)
    writer = open_writer(
        path.with_suffix(""),
        created="2026-11-20T09:00:00.000000Z",
        facts={"source": "proxy", "redaction": "heads"} if policy is None else facts_of("proxy", policy),
    )
    return writer, Job(unfinished=path, target=target)


def until(what: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


def let_tick() -> None:
    """Wait until a file gets a later time than now: files have theirs by a clock that is a tick behind."""
    now = time.time()
    with tempfile.TemporaryFile() as probe:

        def is_younger() -> bool:
            os.utime(probe.fileno())
            return os.fstat(probe.fileno()).st_mtime > now

        until(is_younger)


def inside(root: Path) -> list[str]:
    """What lies in a recorder's folder: finished ones, and what is not."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
