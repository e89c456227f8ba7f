"""The pytest plugin: hooks and fixtures. Imports what replays when the first test asks for it.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from playhead.testing import settings

if TYPE_CHECKING:
    from playhead.testing.player import Player
    from playhead.testing.running import Run

_USED = "playhead_used"
_RUN: pytest.StashKey[Run] = pytest.StashKey()
_REFUSED = "playhead_refused"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("playhead", "replay of recorded streams")
    group.addoption(
        "--playhead-unplayed",
        dest=settings.UNPLAYED,
        choices=[each.value for each in settings.Unplayed],
        help="what a test does that passes without playing every exchange (default: fail)",
    )
    group.addoption(
        "--playhead-record",
        dest=settings.RECORD,
        choices=[each.value for each in settings.RecordMode],
        help="record cassettes, or compare them with what comes now (default: none); wins over markers",
    )
    group.addoption(
        "--playhead-used",
        dest=_USED,
        metavar="FILE",
        help="write to FILE, as JSON, which cassettes the collected tests replay (`playhead orphans` asks)",
    )
    parser.addini(settings.UNPLAYED, "the default of --playhead-unplayed")
    parser.addini(settings.RECORD, "the default of --playhead-record, and of markers")
    parser.addini(settings.POLICY, "a redaction policy (TOML, relative to the root) for what is recorded")
    parser.addini(settings.VERIFY, "what the mode verify compares: everything (default), or the shape")
    parser.addini(
        settings.VERIFY_IGNORE,
        "headers and JSON members that do not count in the mode verify, instead of the usual ones",
        type="args",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "playhead(name=None, *, patch=False, speed='max', max_gap=None, virtual=False, match_on=None, "
        "ignore=(), repeats='fail', scope='function', unplayed=None, matrix=None, record_mode=None, "
        "upstream=None): replay the cassette NAME to this test, or record it",
    )
    settings.default_unplayed(config)
    settings.record_mode(config, settings.Asked())
    settings.verified(config)
    if (file := config.getoption(_USED)) is not None:
        from playhead.testing.used import check

        check(file)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist's workers are not told how tests are dealt out to them."""
    node.workerinput["playhead_dist"] = node.config.getoption("dist", "no")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """End a run whose worker has refused a marker as it ends without workers."""
    if refused := getattr(node, "workeroutput", {}).get(_REFUSED):
        raise pytest.UsageError(refused)


@pytest.hookimpl(trylast=True)  # so that the point ends the name
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker(settings.MARKER) is None:
        return
    try:
        asked = settings.asked_by(metafunc.definition)
        if asked.matrix is None:
            return
        settings.check_matrix(metafunc.definition, asked)
    except pytest.UsageError:
        return  # told when all tests are collected
    from playhead.testing.points import parametrise

    parametrise(metafunc, asked)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    dist = getattr(config, "workerinput", {}).get("playhead_dist", "no")
    output: dict[str, object] | None = getattr(config, "workeroutput", None)
    try:
        _collected(items, dist)
    except pytest.UsageError as error:
        if output is None:
            raise
        # xdist loses what a worker raises here: the controller raises it, when the worker has nothing to do.
        output[_REFUSED] = str(error)
        items.clear()
        return
    if (file := config.getoption(_USED)) is not None:
        from playhead.testing.used import write

        write(file, items)


def _collected(items: list[pytest.Item], dist: str) -> None:
    """Raise `pytest.UsageError` where markers cannot be meant; a marked test takes our fixture."""
    marked = [item for item in items if item.get_closest_marker(settings.MARKER) is not None]
    if not marked:
        return
    from playhead.testing.fixtures import ordered
    from playhead.testing.places import check

    for item in marked:
        settings.check(item, dist)
        check(item, settings.asked_by(item).name)
        if hasattr(item, "fixturenames"):
            # A marked test replays whether or not it takes the fixture.
            item.fixturenames = ordered(item, settings.asked_by(item))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Answer what a fixture sends, as it is set up and as it ends, that belongs to a shared cassette."""
    run = None if fixturedef.scope == "function" else _shared_run(fixturedef, request)
    if run is None:
        return (yield)
    ending = ExitStack()
    fixturedef.addfinalizer(ending.close)  # the last comes first: this one behind the fixture's own
    try:
        with run.answering():
            return (yield)
    finally:
        fixturedef.addfinalizer(lambda: ending.enter_context(run.answering()))


def _shared_run(fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest) -> Run | None:
    """The replay that a fixture's requests belong to; `None` where no patch would answer them."""
    item = getattr(request, "_pyfuncitem", None)
    if item is None or item.get_closest_marker(settings.MARKER) is None:
        return None
    asked = settings.asked_by(item)
    if not asked.patch or asked.scope is settings.Scope.FUNCTION:
        return None
    from playhead.testing.fixtures import is_shared, shared

    name = shared(asked.scope)
    if fixturedef.argname == name or not is_shared(fixturedef.scope, asked.scope):
        return None
    run: Run = request.getfixturevalue(name).joined(item, asked)
    return run


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fail for what the code under test has swallowed, and for what it left undone."""
    run = item.stash.get(_RUN, None)
    if run is None:
        return (yield)
    from playhead.testing.running import judged

    return (yield from judged(run, item))


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Tell where two messages, exchanges or streams differ."""
    if op != "==" or "playhead.frames" not in sys.modules:  # who has opened no cassette compares none
        return None
    from playhead.testing.comparing import explained

    return explained(left, right)


@pytest.fixture
def playhead(request: pytest.FixtureRequest) -> Iterator[Player]:
    """The cassette of this test, replayed: `playhead.httpx2_client()`, `playhead[1].final()`."""
    from playhead.testing import running

    item = request.node
    asked = settings.asked_by(item)
    if asked.scope is settings.Scope.FUNCTION:
        run = running.started(item, asked)
    else:
        shared: running.Shared = request.getfixturevalue(f"_playhead_{asked.scope.value}")
        run = shared.joined(item, asked)
    item.stash[_RUN] = run
    try:
        with run.active() as player:
            yield player
    finally:
        del item.stash[_RUN]


@pytest.fixture(name=settings.POINT)
def _playhead_point(request: pytest.FixtureRequest) -> object:
    return request.param


@pytest.fixture
def playhead_server(playhead: Player) -> Iterator[str]:
    """The base URL of a server that replays or records the cassette; the providers' variables lead there."""
    with playhead.serving() as url:
        yield url


@pytest.fixture(scope="class")
def _playhead_class() -> Iterator[object]:
    yield from _shared()


@pytest.fixture(scope="module")
def _playhead_module() -> Iterator[object]:
    yield from _shared()


def _shared() -> Iterator[object]:
    from playhead.testing.running import Shared

    shared = Shared()
    yield shared
    shared.check()
