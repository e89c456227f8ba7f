"""What cannot be meant is refused before a test runs, with the place and what there is."""

from __future__ import annotations

import pytest

from .inner import Suite


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('"a", "b"', "takes one name, not 2"),
        ('"a", record="once"', "takes no 'record'; there are: ignore, match_on"),
        ('""', "takes a cassette's name, without control characters, not ''"),
        (r'"a\0b"', r"without control characters, not 'a\x00b'"),
        (r'"a/\x1b[31mred"', r"without control characters, not 'a/\x1b[31mred'"),
        ("7", "takes a cassette's name or path as name, not 7"),
        ('"a", patch="yes"', "takes True or False as patch, not 'yes'"),
        ('"a", scope="session"', "scope is one of function, class, module, not 'session'"),
        ('"a", unplayed="never"', "unplayed is one of fail, warn, ignore, not 'never'"),
        ('"a", scope="class"', "stands on a test that is in no class"),
        ('"a", scope="module", speed=1.0, max_gap=[1]', "takes a number of seconds as max_gap, not [1]"),
        ('"a", scope="module", speed=[1]', "takes a number or 'max' as speed, not [1]"),
        ('"a", scope="module", match_on=[{}]', "takes names in match_on, not {}"),
        ('"a", scope="module", ignore=[[1]]', "takes names in ignore, not [1]"),
        ('"a", scope="module", match_on={"path": 1}', "takes a list as match_on, not {'path': 1}"),
        ('"../../weather"', "names a cassette outside of pytest's root"),
        ('"../weather.cassette.jsonl"', "Name one inside, or give an absolute Path"),
        ('"/weather"', "names a cassette outside of pytest's root"),
        ('"a", ignore=(each for each in ["$.a"])', "takes a list as ignore, not <generator"),
        ('"a", match_on=iter(["path"])', "takes a list as match_on, not <list_iterator"),
        ('"n" * 300', "takes a name of at most 220 bytes between slashes, not 'nnnn"),
    ],
)
def test_markers(suite: Suite, marker: str, says: str) -> None:
    suite.write("test_it.py", f"import pytest\n@pytest.mark.playhead({marker})\ndef test_it(): pass\n")
    ran = suite.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert says in ran.out
    assert "test_it.py::test_it" in ran.out
    assert "Traceback" not in ran.out


@pytest.mark.parametrize(
    ("marker", "says"),
    [
        ('"a", repeats="again"', "no such repeats: 'again'"),
        ('"a", speed=0', "no such speed: 0"),
        ('"a", speed=1.0, max_gap=-1', "no such max_gap: -1"),
        ('"a", max_gap=2', 'max_gap shortens waits, and there are none with speed="max"'),
        ('"a", match_on=["paths"]', "requests cannot be matched on 'paths'"),
        ('"a", match_on="path"', "match_on is a list"),
        ('"a", ignore="$.a"', "ignore is a list"),
        ('"a", ignore=["metadata"]', "nothing can be ignored by 'metadata'"),
    ],
)
def test_what_replay_refuses(suite: Suite, marker: str, says: str) -> None:
    suite.write("test_it.py", f"import pytest\n@pytest.mark.playhead({marker})\ndef test_it(): pass\n")
    ran = suite.run("--collect-only")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert says in ran.out
    assert "test_it.py::test_it" in ran.out
    assert "Traceback" not in ran.out


def test_options_and_ini_values(suite: Suite) -> None:
    suite.write("test_it.py", "def test_it(): pass\n")
    ran = suite.run("--playhead-unplayed=sometimes")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "'fail', 'warn', 'ignore'" in ran.out or "fail, warn, ignore" in ran.out
    suite.write("pytest.ini", "[pytest]\nplayhead_unplayed = sometimes\n")
    ran = suite.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "playhead_unplayed is one of fail, warn, ignore, not 'sometimes'" in ran.out


def test_a_path_that_is_too_long(suite: Suite) -> None:
    suite.write("test_it.py", "import pytest\n@pytest.mark.playhead('n/' * 5000)\ndef test_it(): pass\n")
    assert "There is no cassette for this test" in suite.run().errored("test_it")


@pytest.mark.parametrize(("file", "says"), [("nowhere/x", "there is no such folder"), (".", "is a folder")])
@pytest.mark.parametrize("spread", [(), ("-n1",)], ids=["alone", "worker"])
def test_a_file_that_cannot_be(suite: Suite, file: str, says: str, spread: tuple[str, ...]) -> None:
    suite.write("test_it.py", "def test_it(): pass\n")
    ran = suite.run(f"--playhead-used={file}", *spread, plugins=["xdist"] if spread else [])
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert f"--playhead-used={file}: {says}" in ran.out
    assert "INTERNALERROR" not in ran.out
    assert "Traceback" not in ran.out


def test_vcr_and_patch_on_one_test(suite: Suite) -> None:
    suite.write("pytest.ini", "[pytest]\nmarkers = vcr: theirs\n")
    suite.write(
        "test_it.py",
        'import pytest\n@pytest.mark.vcr\n@pytest.mark.playhead("a", patch=True)\ndef test_it(): pass\n',
    )
    ran = suite.run()
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "vcr and playhead(patch=True) would both answer the same requests" in ran.out


SHARED = """
import pytest
pytestmark = pytest.mark.playhead("three", scope="{scope}")

class TestOne:
    def test_a(self, playhead): playhead.httpx_client().post("https://x.test/v1")
    def test_b(self, playhead): playhead.httpx_client().post("https://x.test/v1")
    def test_c(self, playhead):
        playhead.httpx_client().post("https://x.test/v1")
        assert not playhead.unplayed
"""


@pytest.mark.parametrize("scope", ["class", "module"])
@pytest.mark.parametrize("spread", [(), ("-n1", "--dist=loadfile")], ids=["alone", "loadfile"])
def test_a_shared_scope_plays_on(suite: Suite, scope: str, spread: tuple[str, ...]) -> None:
    suite.cassette("cassettes/three.cassette.jsonl", None, None, None)
    suite.write("test_it.py", SHARED.format(scope=scope))
    ran = suite.run(*spread, plugins=["xdist"] if spread else [])
    ran.passed("test_a", "test_b", "test_c")


def test_what_a_shared_scope_leaves_is_found_at_its_end(suite: Suite) -> None:
    suite.cassette("cassettes/three.cassette.jsonl", *[None] * 4)
    suite.write("test_it.py", SHARED.format(scope="module").replace("assert not", "assert"))
    ran = suite.run()
    assert "1 of 4 exchanges of cassettes/three.cassette.jsonl were not played: 4" in ran.errored("test_c")


@pytest.mark.parametrize(
    ("scope", "spread"),
    [
        ("class", "load"),
        ("module", "load"),
        ("module", "loadscope"),
        ("class", "worksteal"),
        ("class", "loadgroup"),
    ],
)
def test_a_shared_scope_needs_its_tests_together(suite: Suite, scope: str, spread: str) -> None:
    suite.cassette("cassettes/three.cassette.jsonl", None, None, None)
    suite.write("test_it.py", SHARED.format(scope=scope))
    ran = suite.run("-n2", f"--dist={spread}", plugins=["xdist"])
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert ran.out.count(f"playhead(scope='{scope}') needs its tests in one worker") == 1
    assert "--dist loadfile" in ran.out
    assert not ran.outcomes
    assert "Traceback" not in ran.out
