"""Many requests at once, from threads and tasks: each gets an answer of its own, and nobody another's."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import httpx2
import pytest
import trio

import playhead
import playhead.httpx
import playhead.httpx2
from playhead import EndingKind, Request, Response

URL = "https://api.test/v1/messages"
KINDS, EACH = 5, 8
SSE = Response(status=200, headers=(("content-type", "text/event-stream"),))
Kit = tuple[Any, Any]


@pytest.fixture(params=[(httpx, playhead.httpx), (httpx2, playhead.httpx2)], ids=["httpx", "httpx2"])
def kit(request: pytest.FixtureRequest) -> Kit:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five questions, each asked eight times, with forty answers that differ, all in several chunks."""
    path = tmp_path_factory.mktemp("together") / "many.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for turn in range(EACH):
            for kind in range(KINDS):
                out = writer.exchange()
                out.request(Request(method="POST", url=URL, body=json.dumps({"n": kind}).encode()))
                out.response(SSE)
                for piece in range(4):
                    out.chunk(f"data: {kind}/{turn}/{piece}\n\n".encode())
                out.end(EndingKind.COMPLETE, facts={"framing": "chunked"})
    return path


QUESTIONS = [kind for kind in range(KINDS) for _ in range(EACH)]


def check(answers: list[tuple[int, list[bytes]]]) -> None:
    """`answers` to `QUESTIONS`: each to its question, whole, in its own chunks, and none given twice."""
    seen: Counter[tuple[int, int]] = Counter()
    for asked, chunks in answers:
        kind, turn, _ = (int(part) for part in chunks[0].removeprefix(b"data: ").split(b"/"))
        assert kind == asked
        assert chunks == [f"data: {kind}/{turn}/{piece}\n\n".encode() for piece in range(4)]
        seen[kind, turn] += 1
    assert set(seen.values()) == {1}
    assert len(seen) == KINDS * EACH


def test_threads(kit: Kit, recorded: Path) -> None:
    library, adapter = kit
    gate = Barrier(8)

    def ask(kind: int) -> tuple[int, list[bytes]]:
        with client.stream("POST", URL, json={"n": kind}) as response:
            return kind, list(response.iter_raw())

    def ask_some(kinds: list[int]) -> list[tuple[int, list[bytes]]]:
        gate.wait(30)
        return [ask(kind) for kind in kinds]

    with (
        library.Client(transport=adapter.ReplayTransport(recorded)) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        check([each for some in pool.map(ask_some, [QUESTIONS[at::8] for at in range(8)]) for each in some])


async def all_at_once(
    kit: Kit,
    recorded: Path,
    pause: Callable[[], Awaitable[None]],
    group: Any,
    start: Callable[[Any, Callable[[], Any]], Any],
) -> None:
    """Every response is open before the first is read, and they are read chunk by chunk in turns."""
    library, adapter = kit
    answers: list[tuple[int, list[bytes]]] = []

    async def ask(client: Any, kind: int) -> None:
        async with client.stream("POST", URL, json={"n": kind}) as response:
            await pause()
            chunks: list[bytes] = []
            async for chunk in response.aiter_raw():
                chunks.append(chunk)
                await pause()
            answers.append((kind, chunks))

    transport = adapter.ReplayTransport(recorded)
    async with library.AsyncClient(transport=transport) as client, group() as tasks:
        for kind in QUESTIONS:
            start(tasks, partial(ask, client, kind))
    check(answers)


def test_tasks_of_asyncio(kit: Kit, recorded: Path) -> None:
    def start(tasks: asyncio.TaskGroup, ask: Callable[[], Any]) -> None:
        tasks.create_task(ask())

    asyncio.run(all_at_once(kit, recorded, lambda: asyncio.sleep(0), asyncio.TaskGroup, start))


def test_tasks_of_trio(kit: Kit, recorded: Path) -> None:
    def start(nursery: trio.Nursery, ask: Callable[[], Any]) -> None:
        nursery.start_soon(ask)

    trio.run(all_at_once, kit, recorded, lambda: trio.sleep(0), trio.open_nursery, start)
