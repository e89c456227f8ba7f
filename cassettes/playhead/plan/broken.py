"""Bodies whose content encoding broke off while they were recorded: encoded anew as far as it went.

The chunks before were decoded, those behind are raw. A client must meet what broke: it is given the first as
the encoding has them, and then the raw ones. Knows chunks and encoders; nothing of how a body ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from playhead.errors import PlayheadError
from playhead.model import header

if TYPE_CHECKING:
    from playhead.exchange import Exchange
    from playhead.plan.alterations.encoding import Encoder


def is_broken(exchange: Exchange) -> bool:
    """Whether the body is decoded at first and raw in the end, and can be encoded as it was."""
    chunks = exchange.chunks
    if not len(chunks) or chunks.at_hand is not None or exchange.response is None:
        return False
    if header(exchange.response.headers, "content-encoding") is None:
        return False
    # Once decoding has failed, every later chunk is raw.
    return chunks[-1].undecoded and not chunks[0].undecoded and Broken.of(exchange) is not None


class Broken:
    """Gives the chunks of a body as a client gets them that has not decoded them yet."""

    def __init__(self, coding: str, encoders: list[Encoder]) -> None:
        from playhead.encodings import ContentDecoder

        self._encoders = encoders
        self._decoder = ContentDecoder(coding)
        self._is_raw = False

    @classmethod
    def of(cls, exchange: Exchange) -> Self | None:
        """`None` where the coding is not known, or is not installed."""
        from playhead.plan.alterations.encoding import codings_of, encoder

        assert exchange.response is not None
        coding = header(exchange.response.headers, "content-encoding")
        try:
            return cls(coding or "", [encoder(name) for name in codings_of(coding)])
        except PlayheadError:
            return None

    def feed(self, data: bytes, *, undecoded: bool) -> bytes | None:
        """The bytes of a chunk; `None` where a client would not notice that they are broken."""
        if undecoded:
            # The first raw chunk holds what had been delivered before, where that had decoded to nothing.
            notices = self._is_raw or self._decoder.feed(data).undecoded
            self._is_raw = True
            return data if notices else None
        if not data:
            return b""
        for each in self._encoders:
            data = each.feed(data)
        self._decoder.feed(data)
        return data
