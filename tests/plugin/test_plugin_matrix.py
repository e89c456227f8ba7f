"""`matrix=`: a test for each point, with names to run it again by, and what cannot be meant."""

from __future__ import annotations

import hashlib
import shutil
import xml.etree.ElementTree as ElementTree

import pytest

import playhead

from .inner import Suite
from .provider import Provider

HEAD = """
import asyncio, httpx, httpx2, playhead as core, pytest

URL = "https://anywhere.test/v1"
"""
TEXT = "data: h\xe4h\xe4\n\ndata: two\n\n".encode()


@pytest.fixture
def matrix(suite: Suite) -> Suite:
    """With a cassette of two streams, and one of a test's own name."""
    chunks = [TEXT[:12], TEXT[12:]]
    suite.cassette("cassettes/two.cassette.jsonl", b'{"turn":1}', b'{"turn":2}', chunks=chunks)
    suite.cassette("cassettes/test_it/test_own.cassette.jsonl", chunks=chunks)
    return suite


SPLIT = (
    HEAD
    + """
@pytest.mark.playhead("two", matrix="split")
def test_careful(playhead):
    with playhead.httpx_client() as client:
        for turn in (1, 2):
            assert client.post(URL, json={"turn": turn}).text.startswith("data: h\\xe4h\\xe4")

@pytest.mark.playhead("two", matrix="split", patch=True)
def test_careless():
    for turn in (1, 2):
        with httpx2.stream("POST", URL, json={"turn": turn}) as response:
            text = "".join(part.decode(errors="replace") for part in response.iter_bytes())
            assert text.startswith("data: h\\xe4h\\xe4")
"""
)


def test_every_way_to_divide_the_chunks(matrix: Suite) -> None:
    matrix.write("test_it.py", SPLIT)
    ran = matrix.run("-o", "junit_family=xunit1")
    names = [f"split-{case}" for case in playhead.matrix("split")]
    ran.passed(*(f"test_careful[{name}]" for name in names))
    assert len(ran.outcomes) == 2 * len(names)
    assert "assert" in ran.failed("test_careless[split-utf-8]")
    assert "assert" in ran.failed("test_careless[split-1-bytes]")
    ran.passed("test_careless[split-whole]", "test_careless[split-event]")
    told = {
        case.attrib["name"]: case.find("properties/property")
        for case in ElementTree.parse(matrix.folder / "report.xml").iter("testcase")
    }
    point = told["test_careless[split-1-bytes]"]
    assert point is not None
    assert point.attrib == {"name": "playhead.point", "value": "rechunk every 1 bytes"}


@pytest.mark.parametrize(
    ("chosen", "count"),
    [
        (("test_it.py::test_careless[split-utf-8]",), 1),
        (("-k", "split-random-3"), 2),
        (("-k", "test_careful and whole"), 1),
    ],
)
def test_a_point_is_run_again_by_its_name(matrix: Suite, chosen: tuple[str, ...], count: int) -> None:
    matrix.write("test_it.py", SPLIT)
    assert len(matrix.run(*chosen).outcomes) == count


def test_workers_collect_the_same_points(matrix: Suite) -> None:
    matrix.write("test_it.py", SPLIT)
    ran = matrix.run("-n2", plugins=["xdist"])
    assert len(ran.outcomes) == 2 * len(playhead.matrix("split"))
    ran.passed("test_careful[split-utf-8]")


POINTS = (
    HEAD
    + """
class Cut(Exception): pass

def careful(client, retry=False):
    for turn in (1, 2):
        text = client.post(URL, json={"turn": turn}).text
        if retry and "two" not in text:
            text = client.post(URL, json={"turn": turn}).text
        if "two" not in text:
            raise Cut

@pytest.mark.playhead("two", matrix="cut")
def test_cut(playhead):
    with pytest.raises(Cut):
        careful(playhead.httpx_client())

@pytest.mark.playhead("two", matrix="cut", patch=True)
def test_tries_again():
    with httpx.Client() as client:
        careful(client, retry=True)

@pytest.mark.playhead("two", matrix="stall")
def test_stall(playhead):
    with pytest.raises(httpx.ReadTimeout):
        careful(playhead.httpx_client(timeout=20))
    assert playhead.elapsed == 20

@pytest.mark.playhead("two", matrix="cut", unplayed="fail")
def test_unplayed(playhead):
    with pytest.raises(Cut):
        careful(playhead.httpx_client())

@pytest.mark.playhead("two", matrix=[core.cut("reset", chunk=1), core.status(529), core.status(529), "split"])
def test_listed(playhead):
    try:
        answer = playhead.httpx_client().post(URL, json={"turn": 1})
    except httpx.ReadError:
        return
    assert answer.status_code in (200, 529)
    playhead.httpx_client().post(URL, json={"turn": 2})
"""
)


def test_points_of_the_cassette(matrix: Suite) -> None:
    matrix.write("test_it.py", POINTS)
    ran = matrix.run()
    cuts = [f"exchange-{number}-cut-after-event-{event}-clean" for number in (1, 2) for event in (0, 1)]
    stalls = [
        f"exchange-{number}-stall-after-event-{event}-for-ever" for number in (1, 2) for event in (0, 1)
    ]
    ran.passed(*(f"test_cut[{point}]" for point in cuts))
    ran.passed(*(f"test_tries_again[{point}]" for point in cuts))
    ran.passed(*(f"test_stall[{point}]" for point in stalls))
    assert "1 of 2 exchanges" in ran.failed(f"test_unplayed[{cuts[0]}]")
    ran.passed(f"test_unplayed[{cuts[2]}]")
    ran.passed("test_listed[cut-after-chunk-1-reset]", "test_listed[status-529]", "test_listed[split-utf-8]")
    assert len(ran.outcomes) == 16 + 2 + len(playhead.matrix("split"))


def test_names_of_their_own_and_other_parameters(matrix: Suite) -> None:
    matrix.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead(matrix="split")
def test_own(playhead):
    playhead.httpx_client().post(URL)

@pytest.mark.playhead(matrix=["split", core.rechunk("event"), core.inject(b": 1\\n\\n", chunk=0),
                              core.inject(b": 2\\n\\n", chunk=0)])
@pytest.mark.parametrize("letter", ["b"])
def test_mine(playhead, letter):
    playhead.httpx_client().post(URL)

@pytest.mark.anyio
@pytest.mark.playhead("two", matrix="split")
async def test_awaited(playhead):
    async with playhead.httpx2_async_client() as client:
        for turn in (1, 2):
            await client.post(URL, json={"turn": turn})

@pytest.mark.playhead("two", matrix="split")
class TestAll:
    def test_it(self, playhead):
        for turn in (1, 2):
            playhead.httpx_client().post(URL, json={"turn": turn})
""",
    )
    shutil.copy(
        matrix.folder / "cassettes/test_it/test_own.cassette.jsonl",
        matrix.folder / "cassettes/test_it" / f"{_own_name('test_mine[b]')}.cassette.jsonl",
    )
    ran = matrix.run(plugins=["anyio"])
    ran.passed("test_own[split-utf-8]", "test_mine[b-split-utf-8]", "test_it[split-7-bytes]")
    ran.passed("test_awaited[asyncio-split-utf-8]", "test_awaited[trio-split-utf-8]")
    assert len([name for name in ran.outcomes if name.startswith("test_mine[b-inject")]) == 2
    ran.passed()


def test_parameters_that_come_after_the_point(matrix: Suite) -> None:
    matrix.write(
        "conftest.py",
        """
        import pytest

        @pytest.hookimpl(trylast=True)
        def pytest_generate_tests(metafunc):
            if "again" in metafunc.fixturenames:
                metafunc.parametrize("again", ["x"])
        """,
    )
    matrix.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead(matrix="split")
def test_mine(playhead, again):
    playhead.httpx_client().post(URL)
""",
    )
    own = matrix.folder / "cassettes/test_it/test_own.cassette.jsonl"
    shutil.copy(own, own.with_name("test_mine.cassette.jsonl"))
    digest = hashlib.blake2b(b"test_mine[x]", digest_size=3).hexdigest()
    shutil.copy(own, own.with_name(f"test_mine-x-{digest}.cassette.jsonl"))
    ran = matrix.run()
    ran.passed()
    assert "test_mine[split-utf-8-x]" in ran.outcomes


def _own_name(test: str) -> str:
    """As `places` makes it of a name that no file system takes."""
    return f"test_mine-b-{hashlib.blake2b(test.encode(), digest_size=3).hexdigest()}"


def test_a_cassette_that_is_missing_or_none(matrix: Suite) -> None:
    matrix.write("cassettes/bad.cassette.jsonl", "not a cassette\n")
    matrix.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead("nowhere", matrix="cut")
def test_missing(playhead): pass

@pytest.mark.playhead("nowhere", matrix="split")
def test_missing_split(playhead): pass

@pytest.mark.playhead("bad", matrix="stall")
def test_bad(playhead): pass

@pytest.mark.playhead("late", matrix="cut")
def test_late(playhead, pytestconfig): pass

@pytest.fixture(autouse=True)
def recorded_meanwhile(pytestconfig):
    folder = pytestconfig.rootpath / "cassettes"
    (folder / "late.cassette.jsonl").write_bytes((folder / "two.cassette.jsonl").read_bytes())
""",
    )
    ran = matrix.run()
    text = ran.errored("test_missing")
    assert "There is no cassette for this test. Looked for:\n  cassettes/nowhere.cassette.jsonl" in text
    assert "The points of its matrix are found in it." in text
    assert "There is no cassette for this test." in ran.errored("test_missing_split[split-event]")
    assert "bad.cassette.jsonl" in ran.errored("test_bad")
    assert "came after the tests were collected" in ran.errored("test_late")


RECORDED = """
import anthropic, os, pytest

@pytest.mark.playhead("agent/weather", matrix="{matrix}")
def test_agent(playhead):
    client = anthropic.Anthropic(
        api_key="x", base_url=os.environ["PROVIDER"], http_client=playhead.httpx2_client(), max_retries=0
    )
    answer = client.messages.create(
        model="m", max_tokens=9, messages=[{{"role": "user", "content": "Rain?"}}], stream=True
    )
    assert [event.type for event in answer][0:1] in (["message_start"], [])
"""


@pytest.mark.parametrize("matrix", ["split", "cut"])
def test_a_test_that_records_is_one(suite: Suite, provider: Provider, matrix: str) -> None:
    suite.write("test_it.py", RECORDED.format(matrix=matrix))
    environ = {"PROVIDER": provider.url}
    first = suite.run("--playhead-record=once", environ=environ)
    first.passed("test_agent")
    assert provider.asked == ["POST /v1/messages"]
    for arguments in (("--playhead-record=once",), ()):
        points = suite.run(*arguments, environ=environ)
        points.passed()
        assert len(points.outcomes) > 3
        assert all(name.startswith("test_agent[") for name in points.outcomes)
    assert len(provider.asked) == 1
    for mode in ("all", "new_episodes", "verify"):
        suite.run(f"--playhead-record={mode}", environ=environ).passed("test_agent")


def test_what_has_no_stream_cannot_be_divided(matrix: Suite) -> None:
    with playhead.open_writer(matrix.folder / "cassettes" / "whole.cassette.jsonl") as writer:
        out = writer.exchange()
        out.request(playhead.Request(method="POST", url="https://api.test/v1", t=0.0))
        out.response(playhead.Response(status=200, headers=(("content-type", "application/json"),), t=0.1))
        out.chunk(b"{}", 0.2)
        out.end(playhead.EndingKind.COMPLETE, 0.3, facts={"how": "clean", "framing": "chunked"})
    matrix.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead("whole", matrix="split")
def test_split(playhead): pass

@pytest.mark.playhead("whole", matrix="cut")
def test_cut(playhead): pass
""",
    )
    ran = matrix.run()
    assert "has no stream of events to divide anew" in ran.errored("test_split[split-event]")
    assert "nothing to sweep: no exchange with a stream of events" in ran.errored("test_cut")


def test_a_sweep_within_a_point_is_refused(matrix: Suite) -> None:
    matrix.write(
        "test_it.py",
        HEAD
        + """
@pytest.mark.playhead("two", matrix=[core.status(500)])
def test_it(playhead): playhead.sweep("cut")
""",
    )
    assert "this test is one point of its matrix already: status 500" in matrix.run().failed(
        "test_it[status-500]"
    )


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('matrix="rechunk"', "takes no matrix 'rechunk'; there are: split, cut, stall, and alterations"),
        ("matrix=[]", "not an empty one"),
        ("matrix=7", "takes split, cut, stall, or a list of these and of alterations, as matrix, not 7"),
        ("matrix=[7]", "takes no matrix 7"),
        ('matrix="split", scope="module"', "takes a matrix or scope='module', not both"),
    ],
)
def test_what_cannot_be_meant(matrix: Suite, marker: str, says: str) -> None:
    matrix.write(
        "test_it.py", f'import pytest\n@pytest.mark.playhead("two", {marker})\ndef test_it(): pass\n'
    )
    ran = matrix.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert says in ran.out
    assert "Traceback" not in ran.out


def test_unittest_takes_no_parameters(matrix: Suite) -> None:
    matrix.write(
        "test_it.py",
        """
        import unittest, pytest

        @pytest.mark.playhead("two", matrix="split")
        class TestIt(unittest.TestCase):
            def test_it(self): pass
        """,
    )
    ran = matrix.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "takes no matrix here: it makes parameters" in ran.out


NOTHING = (
    HEAD
    + """
@pytest.mark.playhead("two", matrix="cut")
def test_nothing(playhead): pass

@pytest.mark.playhead("two", matrix="stall", patch=True)
def test_another():
    httpx.post(URL, json={"turn": 2})

@pytest.mark.playhead("two", matrix=[core.status(529)])
def test_all(playhead): pass

@pytest.mark.playhead("two", matrix="cut", unplayed="ignore")
def test_ignored(playhead): pass

@pytest.mark.playhead("two", matrix="cut", unplayed="warn")
def test_warned(playhead): pass
"""
)


def test_a_point_that_nothing_asks_for_fails(matrix: Suite) -> None:
    matrix.write("test_it.py", NOTHING)
    ran = matrix.run("-W", "always")
    point = "exchange-1-cut-after-event-1-clean"
    text = ran.failed(f"test_nothing[{point}]")
    assert "nothing asked for what this test is to break: exchange 1, cut after event 1 (clean)" in text
    assert "nothing asked for" in ran.failed("test_another[exchange-1-stall-after-event-1-for-ever]")
    assert "nothing asked for" in ran.failed("test_all[status-529]")
    ran.passed(f"test_ignored[{point}]", f"test_warned[{point}]")
    assert "PlayheadWarning: cassettes/two.cassette.jsonl: nothing asked for" in ran.out
