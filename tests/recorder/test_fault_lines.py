"""An error of ours at every line that traffic passes, one at a time: the bytes, and the others' recordings.

Scripted flows of mitmproxy's run through the addon's hooks as mitmproxy calls them; each line that a flow
comes to raises once, in a flow of its own. The errors are injected into the code itself (`fault_lines`).
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import time
import warnings

import pytest

import playhead

pytest.importorskip("mitmproxy")

with warnings.catch_warnings():
    # mitmproxy's filter language calls pyparsing by its old names.
    warnings.simplefilter("ignore")
    from mitmproxy import connection, http
    from mitmproxy import flow as flow_module
    from mitmproxy.connection import ConnectionState
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData
    from mitmproxy.test import taddons, tflow, tutils

from playhead.capture import (
    audience,
    backlog,
    endings,
    entry,
    heads,
    items,
    meter,
    recording,
    shelves,
    writer,
)
from playhead_recorder import addon
from playhead_recorder.options import selection
from playhead_recorder.output import told
from playhead_recorder.traffic import connects, crashes, evidence, exchanges, guard, pauses, tap, upload

from .fault_lines import Lines, in_thread
from .options_of import options_of

SECONDS = 60.0
EVENTS = [b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n"]
BODY = b"".join(EVENTS)
LOOP = (
    addon,
    guard,
    exchanges,
    tap,
    upload,
    evidence,
    connects,
    crashes,
    selection,
    pauses,
    told,
    backlog,
    items,
)
WRITER = (writer, recording, entry, shelves, heads, meter, backlog, items, audience, endings)


PLAIN = (("content-type", "text/event-stream"),)
GZIPPED = (*PLAIN, ("content-encoding", "gzip"))


class Nobody:
    """A finisher that leaves what it is given as it is."""

    def __init__(self, *_):
        self.jobs = []

    def hand_over(self, job):
        self.jobs.append(job)

    def stop(self, _seconds):
        return True


class Heard(told.Told):
    """Knows what became of exchanges."""

    def __init__(self):
        super().__init__()
        self.all_finished = []

    def finished(self, finished):
        self.all_finished.append(finished)
        super().finished(finished)


class Told(logging.Handler):
    """What was logged by Playhead."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


class Stage:
    """A recorder in mitmproxy's test context, and flows through it."""

    def __init__(self, folder, finisher, **options):
        self.heard, self.finisher = Heard(), finisher
        self.recorder = addon.Recorder(self.heard)
        self.folder = folder
        self._number = 0

        async def prepare():
            return taddons.context(self.recorder)

        chosen = options_of(dir=str(folder), **options)
        asyncio.run(prepare()).configure(self.recorder, **chosen)
        self.recorder.running()

    def flow(self, headers=PLAIN, *, streamed=False):
        self._number += 1
        response = tutils.tresp(
            headers=http.Headers([(a.encode(), b.encode()) for a, b in headers]), content=None
        )
        flow = tflow.tflow(resp=response)
        flow.request.path = f"/{self._number}"
        flow.request.stream = streamed
        flow.server_conn.state = ConnectionState.OPEN
        return flow

    def settle(self):
        """Until the writer thread has nothing to do."""
        thread, queue = self.recorder._press._writer, self.recorder._backlog

        def is_idle():
            in_hand = thread._gathered or thread._next < len(thread._batch or ())
            # The count alone may be wrong for a moment: a line that corrects it may be the one that raised.
            return not (queue._items or queue._mine or queue._waiting or in_hand)

        self.wait(is_idle)

    def wait(self, condition):
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline
            time.sleep(0.001)

    def stop(self):
        self.recorder.done()
        self.recorder.wait()

    def exchanges(self):
        """By path: those that were recorded to their end."""
        found = {}
        for job in self.finisher.jobs:
            exchange = playhead.load(job.unfinished)[1]
            found[exchange.request.url.rpartition("/")[2]] = exchange
        return found


@pytest.fixture
def stage(tmp_path, monkeypatch):
    finisher = Nobody()
    monkeypatch.setattr("playhead_recorder.output.press.Child", lambda *_: finisher)
    monkeypatch.setattr(writer, "_REST_SECONDS", 0.001)
    stages = []

    def make(**options):
        stages.append(Stage(tmp_path / str(len(stages)), finisher, **options))
        return stages[-1]

    make.finisher = finisher
    yield make
    for each in stages:
        each.stop()


@pytest.fixture
def said():
    handler = Told()
    logging.getLogger("playhead").addHandler(handler)
    yield handler.lines
    logging.getLogger("playhead").removeHandler(handler)


def request(stage, flow):
    recorder = stage.recorder
    recorder.requestheaders(flow)
    if flow.request.stream:
        passed = flow.request.stream(b"{}") if callable(flow.request.stream) else b"{}"
        assert passed == b"{}"
        flow.request.data.content = None
    recorder.request(flow)


def stream_events(flow):
    """As mitmproxy does it: what the client gets, delivery by delivery."""
    assert flow.response.stream, "mitmproxy would hold the body back"
    for event in [*EVENTS, b""]:
        assert (flow.response.stream(event) if callable(flow.response.stream) else event) == event


def whole(stage, flow):
    request(stage, flow)
    stage.recorder.responseheaders(flow)
    stream_events(flow)
    stage.recorder.response(flow)


def uploaded(stage, flow):
    flow.request.stream = True
    whole(stage, flow)


def cut(stage, flow):
    request(stage, flow)
    stage.recorder.responseheaders(flow)
    stream_events(flow)
    flow.error = flow_module.Error("peer closed connection")
    flow.server_conn.state = ConnectionState.CLOSED
    stage.recorder.error(flow)


def left(stage, flow):
    request(stage, flow)
    stage.recorder.responseheaders(flow)
    stream_events(flow)
    stage.recorder._note_crash(flow.client_conn.peername, "an error of mitmproxy's")
    stage.recorder.client_disconnected(flow.client_conn)


def unreached(stage, flow):
    flow.response = None
    request(stage, flow)
    server = connection.Server(address=("127.0.0.1", 1))
    server.error = "[Errno 111] Connect call failed ('127.0.0.1', 1)"
    stage.recorder.server_connect_error(ServerConnectionHookData(server=server, client=flow.client_conn))
    flow.error = flow_module.Error(server.error)
    stage.recorder.error(flow)


def held(stage, flow):
    """No stream: mitmproxy holds the body, and passes it on at the end."""
    flow.response.headers["content-type"] = "application/json"
    request(stage, flow)
    stage.recorder.responseheaders(flow)
    flow.response.data.content = b"{}"
    stage.recorder.response(flow)
    assert flow.response.data.content == b"{}"


def trailers(stage, flow):
    flow.response.trailers = http.Headers(x_end="1")
    whole(stage, flow)


def early(stage, flow):
    """The answer comes before all of the request has."""
    stage.recorder.requestheaders(flow)
    stage.recorder.responseheaders(flow)
    stream_events(flow)
    stage.recorder.response(flow)


FLOWS = [whole, uploaded, cut, left, unreached, held, trailers, early]
SELECTED = {
    "hosts": ["address"],
    "paths": ["/*"],
    "methods": ["GET"],
    "headers": ["!x-never"],
    "sample": "0.999999",
    "sample_by": "header",
}


@pytest.mark.parametrize(
    ("script", "options"),
    [*((script, {}) for script in FLOWS), (whole, {"only_streams": True}), (whole, SELECTED)],
    ids=[*(script.__name__ for script in FLOWS), "only-streams", "selected"],
)
def test_no_line_on_the_loop_costs_the_client_a_byte(stage, said, script, options):
    stage = stage(**options)
    with Lines(LOOP, in_thread("MainThread")) as lines:
        bystander = stage.flow()
        request(stage, bystander)
        stage.recorder.responseheaders(bystander)
        lines.seen()
        flow = stage.flow()
        script(stage, flow)
        stage.recorder.client_disconnected(flow.client_conn)
        found = lines.seen()
        stage.settle()
        assert len(found) > 30
        flows = {}
        for line in found:
            before = len(said)
            flow = stage.flow()
            lines.arm(line)
            script(stage, flow)
            stage.recorder.client_disconnected(flow.client_conn)
            hit = not lines.is_armed
            lines.arm(None)
            bystander.response.stream(b"data: %d\n\n" % len(flows))
            stage.settle()
            flows[flow.request.path[1:]] = line, len(said) > before
            assert len(said) - before <= 1, (str(line), said[before:])
            assert hit or line.is_by_chance, f"{line} was not come to again"
        stage.recorder.response(bystander)
        stage.stop()
    recorded = stage.exchanges()
    assert recorded["1"].body == b"".join(b"data: %d\n\n" % number for number in range(len(flows)))
    assert recorded["1"].losses == ()
    for path, (line, is_said) in flows.items():
        check_honest(script, path, recorded.get(path), line, is_said)
    assert stage.recorder._exchanges is not None
    assert len(stage.recorder._exchanges) == 0
    assert not stage.recorder._arrivals
    unfinished = set((stage.folder / "unfinished").glob("*.partial"))
    assert unfinished == {job.unfinished for job in stage.finisher.jobs}


def check_honest(script, path, exchange, line, is_said):
    """A recording is whole, or says that it is not; where there is none, that is said."""
    if exchange is None:
        assert is_said, f"nothing tells that {path} is missing: {line}"
        return
    expected = {held: b"{}", unreached: b""}.get(script, BODY)
    if exchange.body != expected:
        assert exchange.losses or exchange.request is None, (str(line), exchange.body)
        assert is_said, str(line)


def test_no_line_at_the_end_keeps_the_proxy_from_leaving(stage):
    """`done`: whatever line of it raises, it returns, streams pass on, and the others have their endings."""

    def stop(line):
        made = stage()
        flows = [made.flow() for _ in range(3)]
        for flow in flows:
            request(made, flow)
            made.recorder.responseheaders(flow)
            assert flow.response.stream(b"data: 1\n\n") == b"data: 1\n\n"
        lines.seen()
        lines.arm(line)
        made.stop()
        assert not lines.is_armed or line.is_by_chance, f"{line} was not come to again"
        lines.arm(None)
        for flow in flows:
            assert flow.response.stream(b"data: 2\n\n") == b"data: 2\n\n"

    with Lines((addon, guard, exchanges, crashes, backlog, evidence), in_thread("MainThread")) as lines:
        stop(None)
        # `wait` is not mitmproxy's to call.
        found = [line for line in lines.seen() if line.code.co_name != "wait"]
        for line in found:
            before = len(stage.finisher.jobs)
            stop(line)
            if line.code.co_name in _OF_ALL:
                continue  # not all are ended then, and the next recorder finishes what there is
            assert len(stage.finisher.jobs) - before >= 2, str(line)
            for job in stage.finisher.jobs[before:]:
                assert playhead.load(job.unfinished)[1].body == b"data: 1\n\n"


_OF_ALL = {"done", "never_raises", "_stop_press", "_end_all", "flows"}
"""Functions of the end that are about no exchange alone."""


@pytest.mark.parametrize("per", ["exchange", "run"])
def test_no_line_of_the_writer_thread_costs_another_exchange(stage, said, per):
    stage = stage(per=per)
    with Lines(WRITER, in_thread("playhead-writer")) as lines:
        play(stage, lines, None)
        found = lines.seen()
        assert len(found) > 150
        for line in found:
            before = len(said)
            flows = play(stage, lines, line)
            assert stage.recorder._press._writer._thread.is_alive()
            told = said[before:]
            assert len(told) <= 1, (str(line), told)
            if per == "exchange":
                recorded = stage.exchanges()
                bodies = [recorded.get(path) for path in flows]
                broken = [each for each in bodies if each is None or each.body != BODY]
                assert len(broken) <= 1, (str(line), [each and each.body for each in bodies])
                for each in broken:
                    assert told, str(line)
                    assert each is None or each.losses, (str(line), each.body)
                stage.finisher.jobs.clear()
        stage.stop()
    if per == "run":
        [job] = stage.finisher.jobs
        cassette = playhead.load(job.unfinished)
        assert cassette.torn is None
        whole = [each for each in cassette.exchanges if each.body == BODY]
        assert len(whole) >= 2 * len(found)


def play(stage, lines, line):
    """Three streams side by side, in which the writer thread may meet the error anywhere."""
    flows = [stage.flow(headers=GZIPPED if n == 2 else PLAIN) for n in range(3)]
    lines.arm(line)
    for flow in flows:
        request(stage, flow)
    for flow in flows:
        stage.recorder.responseheaders(flow)
    for event in EVENTS:
        for flow in flows:
            wire = gzip.compress(event) if flow is flows[2] else event
            assert flow.response.stream(wire) == wire
    for flow in flows:
        flow.response.trailers = http.Headers(x_end="1")
        stage.recorder.response(flow)
    stage.settle()
    lines.arm(None)
    return [flow.request.path[1:] for flow in flows]
