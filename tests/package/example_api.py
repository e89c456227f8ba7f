"""Uses every public name once, as a user's code would. Type-checked, and run by `test_public_api`."""

from __future__ import annotations

from pathlib import Path

import playhead


def record(path: Path, ending: playhead.EndingKind = playhead.EndingKind.SERVER_CLOSED) -> None:
    """Write a cassette of one exchange."""
    writer: playhead.CassetteWriter
    with playhead.open_writer(path, clock="monotonic", facts={"source": "example"}) as writer:
        exchange: playhead.ExchangeWriter = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://h/events", body=b"{}", t=0.1))
        exchange.response(
            playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.2)
        )
        exchange.chunk(b"event: hello\ndata: one\n\n", 0.3)
        how = "clean" if ending is playhead.EndingKind.COMPLETE else "fin"
        exchange.end(ending, 0.4, facts={"how": how, "framing": "chunked"})


def read(path: Path) -> list[str]:
    """Every event's data of a cassette, and how it ended."""
    cassette: playhead.Cassette = playhead.load(path)
    found: list[str] = []
    exchange: playhead.Exchange
    for exchange in cassette.exchanges:
        chunk: playhead.Chunk = exchange.chunks[0]
        assert len(chunk.data) <= exchange.size
        frame: playhead.Frame
        for frame in exchange.frames:
            if frame.kind is playhead.FrameKind.EVENT and frame.data is not None:
                found.append(frame.data)
        ending: playhead.Ending = exchange.ending
        assert isinstance(ending.how, playhead.How)
        assert isinstance(ending.framing, playhead.Framing)
        losses: tuple[playhead.Loss, ...] = exchange.losses
        assert losses == ()
        found.append(ending.kind.value)
    return found


def watch(path: Path) -> list[tuple[int, int]]:
    """Each frame's exchange and first byte, as they come."""
    follower: playhead.Follower
    with playhead.follow(path) as follower:
        return [(exchange.number, frame.start) for exchange, frame in follower]


def decode(data: bytes) -> list[str]:
    """The kinds of the frames in a stream."""
    decoder = playhead.Decoder()
    frames = [*decoder.feed(data), *decoder.close()]
    return [frame.kind.value for frame in frames]


def as_client(data: bytes) -> list[str]:
    """What the OpenAI SDK would make of a stream."""
    found: list[str] = []
    for outcome in playhead.read_as(playhead.Client.OPENAI, [data]):
        match outcome:
            case playhead.Seen(fate=playhead.Fate.YIELDED):
                found.append(outcome.data)
            case playhead.Seen(raised=playhead.Raised() as raised) | (playhead.Raised() as raised):
                found.append(raised.error)
            case playhead.Unseen(reason=playhead.UnseenReason.UNREAD):
                found.append(f"{outcome.end - outcome.start} bytes unread")
    return found


def judge(path: Path) -> list[str]:
    """The rules of which something was found that is no mere information."""
    found: list[playhead.Finding] = playhead.check(playhead.load(path)[1], select=["framing"])
    return [finding.rule for finding in found if finding.severity is not playhead.Severity.INFO]


def clock(path: Path) -> dict[str, float | None]:
    """When things happened in the first exchange, in seconds since the request was complete."""
    timing: playhead.Timing = playhead.measure(playhead.load(path)[1], stall=0.05)
    moments: playhead.Moments = timing.moments
    assert moments.first_event == 0.3
    since: playhead.Latencies = timing.since(playhead.Anchor.REQUEST_COMPLETE)
    gaps: playhead.Gaps = timing.content_gaps
    histogram: playhead.Histogram = gaps.histogram
    assert sum(histogram.counts) == gaps.count == 0
    block: playhead.BlockTiming
    for block in timing.blocks:
        assert block.first_content == 0.3
    stall: playhead.Stall
    for stall in timing.stalls:
        assert isinstance(stall.phase, playhead.StallPhase)
        assert stall.cause is playhead.StallCause.TRANSPORT_SILENT
    return {"first content": since.first_content, "stalled": sum(stall.seconds for stall in timing.stalls)}


def broken() -> list[playhead.Alteration]:
    """Every kind of trouble that a recording can be played with."""
    changed: list[playhead.Alteration] = [
        playhead.cut("reset", event=0),
        playhead.stall(30.0, chunk=0),
        playhead.slow(2.0),
        playhead.inject("comment", event=0),
        playhead.status(529, retry_after=1.5),
        playhead.corrupt("truncated", byte=5),
        playhead.encode("gzip"),
        playhead.cut(byte=7) | playhead.rechunk("utf-8"),
    ]
    return [*changed, *(case.alteration for case in playhead.matrix("split"))]


def altered_text(path: Path, alteration: playhead.Alteration) -> str:
    """What a client gets of a recording that is played otherwise."""
    import httpx2

    from playhead.httpx2 import ReplayTransport

    cassette: playhead.Cassette = playhead.altered(path, alteration)
    exchange: playhead.Exchange = playhead.altered(playhead.load(path)[1], alteration)
    assert cassette[1].body == exchange.body
    with httpx2.Client(transport=ReplayTransport(cassette)) as client:
        return client.post("http://h/events", content=b"{}").text


def careless(path: Path) -> str:
    """The table of a sweep over code that takes whatever comes for the whole."""
    import httpx2

    from playhead.httpx2 import ReplayTransport

    points = playhead.sweep("cut", path, unit="byte", every=8)
    try:
        with httpx2.Client(transport=ReplayTransport(points.session)) as client:
            for point in points:
                with point:
                    point.result = client.post("http://h/events", content=b"{}").text
    except playhead.SweepFailed as failed:
        return str(failed)
    return "nothing was silent"


def wait(seconds: float) -> float:
    """How much virtual time a sleep takes; no wall time passes."""
    import time

    with playhead.virtual_time() as clock:
        time.sleep(seconds)
        return clock.elapsed


def blame(error: BaseException) -> str:
    """Who is to blame for an error."""
    match error:
        case playhead.UsageError():
            return "the caller"
        case playhead.DamagedCassette():
            return f"line {error.line} of {error.path}"
        case playhead.UnsupportedVersion() | playhead.CassetteError() | playhead.InputError():
            return "the file"
        case playhead.MissingExtra():
            return f"an installation without {error.extra}"
        case playhead.CannotRun():
            return "the environment"
        case playhead.RecordingEnded():
            return "nobody"
        case playhead.ReplayMiss():
            return "the code under test"
        case playhead.PlayheadError():
            return "somebody"
        case _:
            return "somebody else"


def record_in_process(path: Path) -> list[str]:
    """A client's own exchange, recorded without a proxy, and replayed."""
    import httpx2

    from playhead.httpx2 import RecordingTransport, ReplayTransport

    answering = httpx2.MockTransport(lambda request: httpx2.Response(200, content=request.read()))
    policy = path.with_name("team.toml")
    policy.write_text('[headers]\nallow = ["x-team"]\n')
    recording = RecordingTransport(path, answering, policy=policy)
    with httpx2.Client(transport=recording) as client:
        first = client.post("http://h/echo", content=b"hello").text
    assert (recording.exchanges, recording.failures) == (1, ())
    with httpx2.Client(transport=ReplayTransport(path)) as client:
        return [first, client.post("http://h/echo", content=b"hello").text]


def main(folder: Path) -> None:
    path = folder / f"example-{playhead.__version__}.cassette.jsonl"
    record(path)
    assert record_in_process(folder / "own.cassette.jsonl") == ["hello", "hello"]
    assert read(path) == ["one", "server_closed"]
    assert watch(path) == [(1, 0)]
    assert judge(path) == []
    assert clock(path) == {"first content": 0.2, "stalled": 0.2}
    assert decode(b": hi\n\ndata: x") == ["comment", "tail"]
    assert as_client(b"data: {}\n\nevent: ping\n\ndata: 1") == ["{}", "JSONDecodeError", "7 bytes unread"]
    assert len({str(alteration) for alteration in broken()}) == len(broken())
    assert altered_text(path, playhead.cut(byte=12) | playhead.rechunk(5)) == "event: hello"
    whole = folder / "whole.cassette.jsonl"
    record(whole, playhead.EndingKind.COMPLETE)
    assert "! silent" in careless(whole)
    assert wait(3600.0) == 3600.0
    try:
        playhead.load(playhead.sample("nosuch"))
    except playhead.PlayheadError as error:
        assert blame(error) == "the caller"  # noqa: PT017 - the example shows it as users write it
