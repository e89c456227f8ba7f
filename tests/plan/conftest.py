"""Exchanges for plans: a cassette of one exchange, written with the public writer, opened again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, Exchange, Request, Response

Make = Callable[..., Exchange]
ASKED = Request(method="POST", url="http://h/x", t=1.0)
SSE = Response(status=200, reason="OK", headers=(("content-type", "text/event-stream"),), t=1.5)


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make([(data, t), …], ending=…, facts={…})` is an exchange; `None` leaves a record out."""
    folder = tmp_path_factory.mktemp("plans")
    numbers = itertools.count()

    def exchange(
        chunks: Iterable[tuple[bytes, float | None]] = (),
        *,
        ending: EndingKind | None = EndingKind.COMPLETE,
        facts: Mapping[str, str] | None = None,
        end_t: float | None = 9.0,
        detail: str | None = None,
        trailers: tuple[tuple[str, str], ...] = (),
        request: Request | None = ASKED,
        responses: tuple[Response, ...] = (SSE,),
        more: Callable[[playhead.ExchangeWriter], None] = lambda _: None,
    ) -> Exchange:
        path = Path(folder) / f"{next(numbers)}.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            out = writer.exchange()
            if request is not None:
                out.request(request)
            for response in responses:
                out.response(response)
            for data, t in chunks:
                out.chunk(data, t)
            more(out)
            if ending is not None:
                out.end(ending, end_t, detail=detail, facts=facts, trailers=trailers)
        return playhead.load(path).exchanges[0]

    return exchange
