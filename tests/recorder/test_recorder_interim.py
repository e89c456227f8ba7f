"""Which bytes before an answer are interim heads."""

from __future__ import annotations

import warnings

import pytest

pytest.importorskip("mitmproxy")

with warnings.catch_warnings():
    # mitmproxy's filter language calls pyparsing by its old names.
    warnings.simplefilter("ignore")
    from h11._receivebuffer import ReceiveBuffer

    from playhead_recorder.traffic import interim

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


def left(data):
    buffer = ReceiveBuffer()
    buffer += data
    interim._drop_interim(buffer)
    return bytes(buffer)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 102\r\n\r\n",
        b"HTTP/1.0 103 \r\na: b\r\n c\r\n\r\n",
        b"HTTP/1.1 103\n\n",
        b"HTTP/1.1 103 Early Hints\na: b\n\n",
    ],
)
def test_a_whole_interim_head_goes(head):
    assert left(head) == b""
    assert left(head + ANSWER) == ANSWER
    assert left(head + head + ANSWER[:9]) == ANSWER[:9]


@pytest.mark.parametrize(
    "data",
    [
        ANSWER,
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nmore",
        b"HTTP/1.1 103 Early Hints\r\na: b\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r",
        b"HTTP/1.1 1000 x\r\n\r\n",
        b"",
    ],
)
def test_anything_else_stays(data):
    assert left(data) == data
