"""Writes the table of docs/sweeps.md: what today's clients make of streams that break.

`uv run python docs/make_sweeps.py` replaces what stands between the two marks. Everything is replayed from
the shipped samples: no key, no network.
"""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx
import httpx2
import openai
from httpx_sse import connect_sse

import playhead
import playhead.httpx
import playhead.httpx2
from playhead import SweepFailed
from playhead.matching import Rules
from playhead.replay.session import Session
from playhead.sweeps import Outcome, Report, sweep

PAGE = Path(__file__).with_name("sweeps.md")
BEGIN, END = "<!-- made by make_sweeps.py -->\n", "<!-- until here -->\n"
MESSAGES: Any = [{"role": "user", "content": "?"}]
SWEEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("clean end", "cut", {}),
    ("FIN", "cut", {"by": "fin"}),
    ("reset", "cut", {"by": "reset"}),
    ("silence", "stall", {}),
    ("other chunks", "rechunk", {}),
]

Code = Callable[[Session], Any]


def _anthropic(session: Session) -> anthropic.Anthropic:
    http = httpx2.Client(transport=playhead.httpx2.ReplayTransport(session), timeout=60)
    return anthropic.Anthropic(api_key="x", http_client=http)


def _openai(session: Session) -> openai.OpenAI:
    http = httpx2.Client(transport=playhead.httpx2.ReplayTransport(session), timeout=60)
    return openai.OpenAI(api_key="x", http_client=http)


def anthropic_events(session: Session) -> Any:
    with _anthropic(session) as client:
        stream = client.messages.create(model="m", max_tokens=9, messages=MESSAGES, stream=True)
        return [event.to_dict() for event in stream]


def anthropic_helper(session: Session) -> Any:
    with (
        _anthropic(session) as client,
        client.messages.stream(model="m", max_tokens=9, messages=MESSAGES) as stream,
    ):
        return stream.get_final_message().to_dict()


def openai_chunks(session: Session) -> Any:
    with _openai(session) as client:
        stream = client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
        return [chunk.to_dict() for chunk in stream]


def openai_helper(session: Session) -> Any:
    with (
        _openai(session) as client,
        client.chat.completions.stream(model="m", messages=MESSAGES) as stream,
    ):
        return stream.get_final_completion().to_dict()


def httpx_sse(session: Session) -> Any:
    transport = playhead.httpx.ReplayTransport(session)
    with (
        httpx.Client(transport=transport, timeout=60) as client,
        connect_sse(client, "POST", "http://h/v1/messages") as source,
    ):
        return [(event.event, event.data) for event in source.iter_sse()]


def httpx2_event_source(session: Session) -> Any:
    transport = playhead.httpx2.ReplayTransport(session)
    with (
        httpx2.Client(transport=transport, timeout=60) as client,
        client.stream("POST", "http://h/v1/messages") as response,
    ):
        return [(event.event, event.data) for event in httpx2.EventSource(response)]


CLIENTS: list[tuple[str, str, str, Code]] = [
    ("anthropic", "events of `create(stream=True)`", "anthropic-tools", anthropic_events),
    ("anthropic", "`messages.stream`, its final message", "anthropic-tools", anthropic_helper),
    ("openai", "chunks of `create(stream=True)`", "openai-tools", openai_chunks),
    ("openai", "`chat.completions.stream`, its final completion", "openai-tools", openai_helper),
    ("httpx-sse", "events", "anthropic-tools", httpx_sse),
    ("httpx2", "`EventSource`", "anthropic-tools", httpx2_event_source),
]


def swept(sample: str, code: Code, kind: str, options: dict[str, Any]) -> Report:
    """The report of one sweep, over one sample."""
    exchange = playhead.load(playhead.sample(sample))[1]
    session = Session((exchange,), sample, rules=Rules.of(("method",), ()))
    points = sweep(kind, session, **options)
    try:
        for point in points:
            with point:
                point.result = code(session)
    except SweepFailed:
        pass  # the report has it
    assert points.report is not None
    return points.report


def cell(report: Report) -> str:
    """Outcomes with the points at which they come."""
    parts = []
    for outcome in (Outcome.SILENT, Outcome.LOUD, Outcome.RECOVERED, Outcome.UNAFFECTED, Outcome.UNPLAYED):
        if found := report.of(outcome):
            properties = dict(report.properties())
            where = properties[f"playhead.sweep.{report.kind.value}.{outcome.value}.at"].partition(":")[2]
            every = len(found) == len(report.findings)
            parts.append(f"{outcome.value} {'everywhere' if every else where}")
    return "; ".join(parts)


def table() -> str:
    """The table, a row for each client."""
    head = ["client", "read by", "events", *(name for name, _, _ in SWEEPS)]
    rows = [head, ["---"] * len(head)]
    for library, how, sample, code in CLIENTS:
        reports = [swept(sample, code, kind, options) for _, kind, options in SWEEPS]
        print(f"{library}, {how}: {len(reports[0].findings)} points", file=sys.stderr)
        version = importlib.metadata.version(library)
        rows.append([f"{library} {version}", how, str(len(reports[0].findings)), *map(cell, reports)])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def main() -> None:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, behind = rest.partition(END)
    PAGE.write_text(before + BEGIN + table() + END + behind, encoding="utf-8")


if __name__ == "__main__":
    main()
