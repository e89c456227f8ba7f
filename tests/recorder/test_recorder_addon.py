"""The addon's hooks under mitmproxy's own test context, with faults injected into every part of ours."""

from __future__ import annotations

import asyncio
import warnings
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, How

pytest.importorskip("mitmproxy")

with warnings.catch_warnings():
    # mitmproxy's filter language calls pyparsing by its old names.
    warnings.simplefilter("ignore")
    from mitmproxy import connection, exceptions, http
    from mitmproxy import flow as flow_module
    from mitmproxy.connection import ConnectionState
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData
    from mitmproxy.test import taddons, tflow, tutils

from playhead.capture import recording, shelves
from playhead.capture.backlog import Backlog
from playhead.capture.finishing.here import Here
from playhead_recorder.addon import Recorder
from playhead_recorder.traffic import exchanges as exchanges_module
from playhead_recorder.traffic.tap import Tap

SSE = http.Headers(content_type="Text/Event-Stream; charset=utf-8")


def make_flow(headers=SSE, **response):
    flow = tflow.tflow(resp=tutils.tresp(headers=headers.copy(), content=None, **response))
    flow.server_conn.state = ConnectionState.OPEN
    return flow


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Recorders in a context, configured to write into `tmp_path/out`, finished in this process."""

    def here(policy, _files, _retention, on_done):
        return Here(policy, on_done)

    def start(**options):
        made = Recorder()
        made.folder = tmp_path / "out"
        started.append(made)

        async def prepare():
            return taddons.context(made)

        asyncio.run(prepare()).configure(made, playhead_dir=str(made.folder), **options)
        return made

    started = []
    monkeypatch.setattr("playhead_recorder.output.press.Child", here)
    yield start
    for made in started:
        stop(made)


@pytest.fixture
def recorder(start):
    return start()


def stop(recorder):
    recorder.done()
    recorder.wait()


def begin(recorder, flow):
    recorder.requestheaders(flow)
    recorder.request(flow)
    recorder.responseheaders(flow)
    return flow.response.stream


def cassettes(recorder):
    """Every cassette, once the recorder has stopped."""
    stop(recorder)
    return [playhead.load(path) for path in sorted(recorder.folder.glob("*.cassette.jsonl"))]


def test_a_stream_is_recorded(recorder):
    flow = make_flow()
    stream = begin(recorder, flow)
    assert [stream(b"data: 1\n\n"), stream(b""), stream(b"data: 2\n\n"), stream(b"")] == [
        b"data: 1\n\n",
        b"",
        b"data: 2\n\n",
        b"",
    ]
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    exchange = cassette[1]
    assert [chunk.data for chunk in exchange.chunks] == [b"data: 1\n\n", b"data: 2\n\n"]
    assert exchange.request.body == flow.request.raw_content
    assert exchange.request.facts["connection"] == flow.client_conn.id
    assert exchange.ending.kind is EndingKind.COMPLETE


def test_a_response_that_mitmproxy_holds_is_one_chunk(recorder):
    flow = make_flow(http.Headers(content_type="application/json"))
    assert begin(recorder, flow) is False
    flow.response.data.content = b'{"a": 1}'
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert [chunk.data for chunk in cassette[1].chunks] == [b'{"a": 1}']
    assert cassette[1].response.status == 200
    assert not cassette[1].is_sse


def test_only_streams_leaves_others_out(start):
    recorder = start(playhead_only_streams=True)
    flow = make_flow(http.Headers(content_type="application/json"))
    assert begin(recorder, flow) is False
    recorder.response(flow)
    stream = make_flow()
    begin(recorder, stream)(b"data: 1\n\n")
    recorder.response(stream)
    [cassette] = cassettes(recorder)
    assert cassette[1].body == b"data: 1\n\n"


def test_a_run_without_what_is_no_stream_has_no_trace_of_it(start):
    recorder = start(playhead_only_streams=True, playhead_per="run")
    flow, stream = make_flow(http.Headers(content_type="application/json")), make_flow()
    flow.request.path = "/dropped"
    begin(recorder, flow)
    begin(recorder, stream)(b"data: 1\n\n")
    recorder.response(flow)
    recorder.response(stream)
    [cassette] = cassettes(recorder)
    assert [exchange.body for exchange in cassette.exchanges] == [b"data: 1\n\n"]
    assert "/dropped" not in Path(cassette.name).read_text()


def test_a_run_shares_a_cassette(start):
    recorder = start(playhead_per="run")
    flows = [make_flow(), make_flow(), make_flow()]
    streams = [begin(recorder, flow) for flow in flows]
    for number, stream in enumerate(streams * 2):
        stream(b"data: %d\n\n" % number)
    for flow in flows:
        recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert [exchange.body for exchange in cassette.exchanges] == [
        b"data: 0\n\ndata: 3\n\n",
        b"data: 1\n\ndata: 4\n\n",
        b"data: 2\n\ndata: 5\n\n",
    ]


def test_a_header_groups_exchanges(start):
    recorder = start(playhead_per="header:X-Session")
    for name in ("a", "b", "a", None):
        flow = make_flow()
        if name is not None:
            flow.request.headers["x-session"] = name
        begin(recorder, flow)(b"data: %a\n\n" % name)
        recorder.response(flow)
    bodies = sorted([exchange.body for exchange in each.exchanges] for each in cassettes(recorder))
    assert bodies == [[b"data: 'a'\n\n"] * 2, [b"data: 'b'\n\n"], [b"data: None\n\n"]]


def test_a_filter_keeps_an_exchange_out(start):
    recorder = start(playhead_hosts=["*.example.com"])
    flow = make_flow()
    assert begin(recorder, flow) is False
    recorder.response(flow)
    assert cassettes(recorder) == []


def test_a_server_that_cannot_be_reached_leaves_the_request(recorder):
    flow = make_flow()
    flow.response = None
    recorder.requestheaders(flow)
    recorder.request(flow)
    message = "[Errno 111] Connect call failed ('127.0.0.1', 1)"
    server = connection.Server(address=("127.0.0.1", 1))
    server.error = message
    recorder.server_connect_error(ServerConnectionHookData(server=server, client=flow.client_conn))
    flow.error = flow_module.Error(message)
    recorder.error(flow)
    [cassette] = cassettes(recorder)
    exchange = cassette[1]
    assert exchange.response is None
    assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.SERVER_CLOSED, How.REFUSED)
    assert exchange.ending.facts["error"] == message


def test_a_flow_that_is_not_live_is_ignored(recorder):
    flow = make_flow()
    flow.live = False
    assert begin(recorder, flow) is False
    recorder.response(flow)
    assert cassettes(recorder) == []


def test_a_response_that_another_addon_made_is_one_chunk(recorder):
    flow = make_flow()
    flow.response.data.content = b"data: made up\n\n"
    begin(recorder, flow)
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert [chunk.data for chunk in cassette[1].chunks] == [b"data: made up\n\n"]


def test_done_ends_what_is_open_and_later_errors_are_not_believed(recorder):
    flow = make_flow()
    stream = begin(recorder, flow)
    stream(b"data: 1\n\n")
    stop(recorder)
    assert stream(b"data: late\n\n") == b"data: late\n\n"
    flow.error = tflow.terr("peer closed connection")
    recorder.error(flow)
    late = make_flow()
    assert begin(recorder, late) is False
    [cassette] = cassettes(recorder)
    assert cassette[1].body == b"data: 1\n\n"
    assert cassette[1].ending.kind is EndingKind.RECORDER_STOPPED


def test_a_killed_flow_blames_nobody(recorder):
    flow = make_flow()
    begin(recorder, flow)(b"data: 1\n\n")
    flow.kill()
    recorder.error(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].ending.kind is EndingKind.UNKNOWN


def test_without_transports_the_states_alone_decide(recorder):
    flow = make_flow()
    begin(recorder, flow)(b"data: 1\n\n")
    flow.server_conn.state = ConnectionState.CLOSED
    flow.error = tflow.terr("incomplete chunked read")
    recorder.error(flow)
    [cassette] = cassettes(recorder)
    ending = cassette[1].ending
    assert (ending.kind, ending.facts["how"]) == (EndingKind.SERVER_CLOSED, "unknown")


def test_a_chained_callable_decides_what_the_client_gets(recorder):
    flow = make_flow()
    got = []

    def other(data):
        got.append(data)
        return [data[:4], data[4:]]

    flow.response.stream = other
    stream = begin(recorder, flow)
    assert stream(b"data: 1\n\n") == [b"data", b": 1\n\n"]
    stream(b"")
    assert got == [b"data: 1\n\n", b""]
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].body == b"data: 1\n\n"


def test_a_wrapper_around_our_callable_is_no_loss(recorder):
    flow = make_flow()
    ours = begin(recorder, flow)
    flow.response.stream = lambda data: ours(data)
    flow.response.stream(b"data: 1\n\n")
    flow.response.stream(b"")
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].body == b"data: 1\n\n"
    assert cassette[1].losses == ()


def test_a_url_and_headers_of_any_bytes(recorder):
    flow = make_flow()
    flow.request.data.path = b"/caf\xc3\xa9 {x}?q=\xff"
    flow.request.headers = http.Headers([(b"x-playhead-odd", b"\xff\xfe"), (b"X-Playhead-Odd", b"again")])
    begin(recorder, flow)
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].request.url.endswith("/caf%C3%A9%20{x}?q=%FF")
    assert cassette[1].request.headers == (("x-playhead-odd", "\xff\xfe"), ("X-Playhead-Odd", "again"))


def test_a_request_body_beyond_the_cap_is_left_out_and_said(start):
    recorder = start(playhead_queue="1MiB")
    flow = make_flow()
    flow.request.data.content = b"x" * (2 << 20)
    begin(recorder, flow)
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].request.body is None
    assert cassette[1].request.facts["body"] == "queue_full"


def test_a_folder_that_cannot_be_used_is_refused(tmp_path, caplog):
    """An error that is logged before it runs makes mitmproxy leave, and has no traceback."""
    (tmp_path / "file").write_text("")

    async def configure():
        recorder = Recorder()
        taddons.context(recorder).configure(recorder, playhead_dir=str(tmp_path / "file"))
        recorder.running()

    asyncio.run(configure())
    (logged,) = caplog.records
    assert (logged.levelname, "Not a directory" in logged.getMessage()) == ("ERROR", True)


def test_what_cannot_change_any_more_is_refused(recorder, tmp_path):
    recorder.running()

    async def configure():
        taddons.context(recorder).configure(recorder, playhead_dir=str(tmp_path / "other"))

    with pytest.raises(exceptions.OptionsError, match="cannot change once it records"):
        asyncio.run(configure())


def broken(*_args, **_kwargs):
    raise ZeroDivisionError("injected")


@pytest.mark.parametrize("method", ["deliver", "put", "has_room"])
def test_a_broken_backlog_never_reaches_the_client(recorder, monkeypatch, method):
    flow = make_flow()
    monkeypatch.setattr(Backlog, method, broken)
    stream = begin(recorder, flow)
    if callable(stream):
        assert [stream(b"data: 1\n\n"), stream(b"")] == [b"data: 1\n\n", b""]
    recorder.response(flow)


@pytest.mark.parametrize(
    "target",
    [
        (Tap, "_note"),
        (Tap, "take_lost"),
        (exchanges_module.evidence, "see"),
        (exchanges_module.evidence, "wires_of"),
        (exchanges_module.evidence, "headers_of"),
        (exchanges_module, "judge"),
        (exchanges_module, "Tap"),
        (shelves, "open_writer"),
        (recording.Recording, "__init__"),
        (recording.Recording, "end"),
    ],
    ids=lambda target: f"{target[0].__name__}.{target[1]}",
)
def test_no_error_of_ours_reaches_mitmproxy(recorder, monkeypatch, target):
    flow = make_flow()
    if target == (Tap, "_note"):
        # What surrounds the queue, not the guard itself.
        monkeypatch.setattr("playhead_recorder.traffic.tap.Delivered", RaisesOnce())
    else:
        monkeypatch.setattr(*target, broken)
    stream = begin(recorder, flow)
    if callable(stream):
        assert [stream(b"data: 1\n\n"), stream(b"")] == [b"data: 1\n\n", b""]
    recorder.response(flow)
    stop(recorder)


def test_a_stream_that_cannot_be_ended_keeps_no_other_from_its_ending(recorder, monkeypatch):
    one, other = make_flow(), make_flow()
    for flow in (one, other):
        begin(recorder, flow)(b"data: 1\n\n")
    real = exchanges_module.evidence.see

    def see(flow, *arguments, **others):
        if flow is one:
            broken()
        return real(flow, *arguments, **others)

    monkeypatch.setattr(exchanges_module.evidence, "see", see)
    endings = [cassette[1].ending for cassette in cassettes(recorder)]
    assert [ending.kind for ending in endings] == [EndingKind.RECORDER_STOPPED] * 2
    assert sorted("error of the recorder" in (ending.detail or "") for ending in endings) == [False, True]


class RaisesOnce:
    def __init__(self):
        self.calls = 0

    def __call__(self, *arguments):
        self.calls += 1
        if self.calls == 1:
            raise ZeroDivisionError("injected")
        from playhead.capture.items import Delivered

        return Delivered(*arguments)


def test_a_delivery_that_an_error_kept_out_is_a_loss_in_its_place(recorder, monkeypatch):
    flow = make_flow()
    stream = begin(recorder, flow)
    stream(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(Backlog, "deliver", broken)
        assert stream(b"two") == b"two"
        assert stream(b"three") == b"three"
    stream(b"four")
    recorder.response(flow)
    [cassette] = cassettes(recorder)
    assert cassette[1].body == b"onefour"
    losses = cassette[1].losses
    assert {loss.detail for loss in losses} == {"exception"}
    assert (sum(loss.chunks for loss in losses), sum(loss.size for loss in losses)) == (2, 8)
