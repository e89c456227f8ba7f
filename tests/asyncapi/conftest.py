"""What the tests of AsyncAPI share: exchanges made of events, documents, the official schemas."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import playhead
from playhead import asyncapi
from playhead.documents import document
from playhead.findings import Finding

FOLDER = Path(__file__).parent


def sse(*events: tuple[str | None, object] | str) -> bytes:
    """A stream of events, each a name and a payload; text is taken as it is."""
    parts = []
    for event in events:
        if isinstance(event, str):
            parts.append(event)
            continue
        name, payload = event
        data = payload if isinstance(payload, str) else json.dumps(payload)
        lines = "".join(f"data: {line}\n" for line in data.split("\n"))
        parts.append((f"event: {name}\n" if name is not None else "") + lines + "\n")
    return "".join(parts).encode()


@pytest.fixture
def cassette_of(tmp_path: Path) -> Callable[..., Path]:
    """`cassette_of(event, …, url=…)` writes a cassette of one exchange; `url=None`: request unknown."""
    made = 0

    def make(
        *events: Any, url: str | None = "https://api.test/v1/stream", content_type: str = "text/event-stream"
    ) -> Path:
        nonlocal made
        made += 1
        path = tmp_path / f"made-{made}.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            if url is not None:
                exchange.request(playhead.Request(method="POST", url=url, t=0.0))
            exchange.response(playhead.Response(status=200, headers=(("content-type", content_type),), t=0.1))
            exchange.chunk(sse(*events), 0.2)
            exchange.end(playhead.EndingKind.COMPLETE, 0.3)
        return path

    return make


@pytest.fixture
def exchange_of(cassette_of: Callable[..., Path]) -> Callable[..., playhead.Exchange]:
    """The exchange in such a cassette."""
    return lambda *events, **facts: playhead.load(cassette_of(*events, **facts))[1]


@pytest.fixture
def findings(exchange_of: Callable[..., playhead.Exchange]) -> Callable[..., list[Finding]]:
    """`findings(document, event, …)`: what validation says of these events. `channel=` names the channel."""

    def run(described: Any, *events: Any, channel: str | None = None, **facts: Any) -> list[Finding]:
        loaded = described if isinstance(described, asyncapi.Document) else load(described)
        return list(asyncapi.validate(exchange_of(*events, **facts), loaded, channel=channel))

    return run


def load(value: object) -> asyncapi.Document:
    """A document given as a Python value."""
    return asyncapi.load(json.dumps(value).encode(), "made.json")


@pytest.fixture(scope="session")
def shipped() -> Callable[[str], asyncapi.Document]:
    """`shipped("anthropic-messages")`, read once a worker."""
    return cache(lambda name: asyncapi.load(document(name).read_bytes(), name))


@pytest.fixture(scope="session")
def official() -> Callable[[object], list[str]]:
    """What the AsyncAPI Initiative's own JSON Schema says of a document, by its version."""

    @cache
    def validator(version: str) -> Any:
        schema = json.loads((FOLDER / "official" / f"{version}.json").read_bytes())
        return jsonschema.Draft7Validator(schema)

    def check(value: Any) -> list[str]:
        errors = validator(value["asyncapi"]).iter_errors(value)
        return [f"{error.json_path}: {error.message[:200]}" for error in errors]

    return check


@pytest.fixture
def run(tmp_path: Path, run_here: Callable[..., Any]) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """`run(ARG…)` calls `playhead ARG…` in the test's folder."""
    return partial(run_here, cwd=tmp_path)
