"""Ours against the installed mcp SDK: our streams, and streams nobody would write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .reads import canonical, read

pytest.importorskip("mcp", exc_type=ImportError)

from .mcp_sdk import messages_of
from .test_mcp_streams import STREAMS


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("size", [None, 5])
def test_the_installed_sdk_says_the_same(path: Path, size: int | None) -> None:
    body = path.read_bytes()
    assert canonical(read(body, "mcp", size=size).final().message) == canonical(messages_of(body, size=size))


values = st.sampled_from([None, True, 0, 7, 1.0, 1.5, "", "a", "5", [], {}, {"a": [None]}, [1]])
errors = st.fixed_dictionaries(
    {}, optional={"code": values, "message": values, "data": values, "more": values}
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "2.0", "2.0", "1.0", 2.0]),
        "id": values,
        "method": values,
        "params": values,
        "result": values,
        "error": errors | values,
        "more": values,
    },
)
likely = st.sampled_from(
    [
        {"jsonrpc": "2.0", "method": "notifications/x", "params": {}},
        {"jsonrpc": "2.0", "id": 1, "result": {}},
        {"jsonrpc": "2.0", "id": 1, "method": "ping"},
        {"jsonrpc": "2.0", "id": 1, "error": {"code": -1, "message": "m"}},
    ]
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    blocks: list[str] = []
    for message in draw(st.lists(envelopes | likely, max_size=5)):
        lines = draw(
            st.lists(
                st.sampled_from(["id: 1", "id: b", "id:", "retry: 20", "event: message", "event: x", ": c"]),
                max_size=2,
            )
        )
        data: Any = draw(st.sampled_from([json.dumps(message)] * 5 + ["", "no", None]))
        blocks.append("\n".join(lines + ([f"data: {data}"] if data is not None else [])))
    return "\n\n".join([*blocks, ""]).encode()


def agree(body: bytes) -> None:
    reading = read(body, "mcp", size=3)
    assert "reader_failed" not in [remark.kind.value for remark in reading.remarks]
    assert canonical(reading.final().message) == canonical(messages_of(body))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(streams())
def test_random_streams(body: bytes) -> None:
    agree(body)


@pytest.mark.soak
def test_random_streams_at_length(soak: bool) -> None:
    many = settings(
        max_examples=10_000 if soak else 20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    many(given(streams())(agree))()
