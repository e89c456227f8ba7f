"""The size at which httpx2 gives up on an event: ours and its own, at the same byte and chunk."""

from __future__ import annotations

import pytest

from playhead.clients import Client, Raised, Seen, Unseen, UnseenReason, read_as, standard

from .real_clients import At, decoded

LIMIT = 1024 * 1024
LINE = b"data: " + b"x" * 993 + b"\n"  # 999 bytes and its end
CASES = {
    "one line at the limit": [b"data: " + b"x" * (LIMIT - 6) + b"\n\n"],
    "one line over it": [b"data: " + b"x" * (LIMIT - 5) + b"\n\n"],
    "an unfinished line over it": [b"data: a\n\n", b"data: " + b"x" * (LIMIT - 6), b"x", b"\n\n"],
    "many lines at it": [LINE] * (LIMIT // 999) + [b"d" * (LIMIT % 999), b"\n\n"],
    "many lines over it": [LINE] * (LIMIT // 999) + [b"d" * (LIMIT % 999 + 1), b"\n\n"],
    "comments do not count": [b": " + b"x" * 500_000 + b"\n"] * 3 + [b"data: a\n\n"],
    "an unfinished comment does": [b":" + b"x" * 600_000, b"x" * 600_000, b"\n\n"],
    "text counts, not bytes": [b"data: " + b"\xff" * (LIMIT // 3), b"\n\n"],
    "a blank line starts anew": [b"data: " + b"x" * 900_000 + b"\n\n"] * 2,
}


@pytest.mark.parametrize("chunks", CASES.values(), ids=CASES.keys())
def test_httpx2_gives_up_where_it_does(chunks: list[bytes]) -> None:
    real = decoded(Client.HTTPX2, chunks)
    outcomes = list(read_as(Client.HTTPX2, chunks))
    assert [seen.data for seen in outcomes if isinstance(seen, Seen)] == [event.data for event in real.items]
    raised = [
        (each.error, each.message, At(each.chunk, False)) for each in outcomes if isinstance(each, Raised)
    ]
    assert raised == ([tuple(real.error)] if real.error else [])


def test_httpx_sse_has_no_limit() -> None:
    chunks = [b"data: " + b"x" * 2 * LIMIT + b"\n\n"]
    (event,) = decoded(Client.HTTPX_SSE, chunks).items
    (seen,) = read_as(Client.HTTPX_SSE, chunks)
    assert isinstance(seen, Seen)
    assert seen.data == event.data


def test_behind_the_error_all_is_unread() -> None:
    chunks = [b"data: a\n\n", b"data: " + b"x" * LIMIT, b"\n\ndata: b\n\n"]
    first, raised, rest = read_as(Client.HTTPX2, chunks)
    assert isinstance(first, Seen)
    assert isinstance(raised, Raised)
    assert (raised.start, raised.end, raised.chunk) == (9, 9 + 6 + LIMIT, 2)
    assert (rest.start, rest.end) == (9, sum(map(len, chunks)))
    assert rest.reason is UnseenReason.UNREAD


def test_each_line_that_counts_for_nothing_is_looked_at_twice_at_most(monkeypatch) -> None:
    """Many comments in one chunk: none is gone over again for each frame."""
    looked = 0

    class Counted(Unseen, frozen=True):
        def __getattribute__(self, name: str) -> object:
            nonlocal looked
            looked += name == "end"
            return super().__getattribute__(name)

    monkeypatch.setattr(standard, "Unseen", Counted)
    outcomes = list(read_as(Client.STANDARD, [b": c\n\n" * 500 + b"data: a\n\n"]))
    assert len(outcomes) == 501
    assert 0 < looked <= 4 * len(outcomes)
