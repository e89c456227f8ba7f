"""The viewer steps through lines of JSON as through events."""

from __future__ import annotations

import playhead

LINES = b'{"n":1}\n{"n":2}\n{"n":3}'


def test_lines_are_frames(path, read):
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://h/x", t=0.0))
        head = (("content-type", "application/x-ndjson"),)
        exchange.response(playhead.Response(status=200, headers=head, t=0.1))
        exchange.chunk(LINES, 1.0)
        exchange.end(playhead.EndingKind.COMPLETE, 2.0)
    stream = read(path)
    assert len(stream) == 3
    assert ['{"n":2}' in stream.row(number).preview for number in (1, 2, 3)] == [False, True, False]
    assert b"".join(stream.frames.content(*stream.frames.span(at)) for at in range(3)) == LINES


def test_a_long_line_is_previewed_by_its_beginning(path, read):
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        head = (("content-type", "application/x-ndjson"),)
        exchange.response(playhead.Response(status=200, headers=head, t=0.1))
        exchange.chunk(b'{"n":"' + b"x" * 5_000_000 + b'"}\n', 1.0)
        exchange.end(playhead.EndingKind.COMPLETE, 2.0)
    stream = read(path)
    assert stream.row(1).preview.startswith('{"n":"xxx')
