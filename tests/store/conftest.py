"""What the tests of files share: a cassette as plain values, to be compared."""

from __future__ import annotations

import pytest

import playhead


@pytest.fixture
def model_of():
    """`model_of(cassette)`: everything a reader can learn from it, as comparable values."""

    def model(cassette: playhead.Cassette) -> object:
        return (
            cassette.header,
            [
                (
                    exchange.number,
                    exchange.request,
                    exchange.responses,
                    list(exchange.chunks),
                    exchange.ending,
                    exchange.losses,
                    list(exchange.frames),
                )
                for exchange in cassette.exchanges
            ],
            cassette.torn,
        )

    return model
