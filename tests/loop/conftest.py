"""One recorder process before an origin for each worker, in plain HTTP and in TLS with HTTP/2."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from . import certificates
from .clients import CLIENTS, Client
from .origin import Origin
from .recorder import Recorder, environment


@pytest.fixture(scope="session")
def recorder_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where mitmproxy finds its certificates made."""
    pytest.importorskip("mitmproxy")
    home = tmp_path_factory.mktemp("home")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mitmproxy.certs import CertStore

        CertStore.from_store(home / ".mitmproxy", "mitmproxy", 2048)
    return environment(home)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mitmproxy")
    return certificates.make(tmp_path_factory.mktemp("certificate") / "origin.pem")


@pytest.fixture(scope="session")
def origin() -> Iterator[Origin]:
    """HTTP/1 without TLS."""
    with Origin() as made:
        yield made


@pytest.fixture(scope="session")
def tls_origin(certificate: Path) -> Iterator[Origin]:
    """HTTP/2, and HTTP/1 where the client does not offer it."""
    with Origin(certificates.server_context(certificate)) as made:
        yield made


@pytest.fixture(scope="session")
def recorder(
    origin: Origin, recorder_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recorder]:
    """A recorder before `origin`; a client that speaks TLS to it may speak HTTP/2."""
    started = Recorder(origin.url, tmp_path_factory.mktemp("recordings"), recorder_env)
    yield started
    assert started.stop() == 0
    assert "Traceback" not in "".join(started.lines)


@pytest.fixture(scope="session")
def tls_recorder(
    tls_origin: Origin,
    certificate: Path,
    recorder_env: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Recorder]:
    """A recorder before `tls_origin`."""
    folder = tmp_path_factory.mktemp("tls-recordings")
    started = Recorder(tls_origin.url, folder, recorder_env, ca=certificate)
    yield started
    assert started.stop() == 0
    assert "Traceback" not in "".join(started.lines)


@pytest.fixture
def start_recorder(recorder_env: dict[str, str]) -> Iterator[Callable[..., Recorder]]:
    """`start_recorder(upstream, folder, **options)` is a recorder of the test's own."""
    started: list[Recorder] = []

    def start(*arguments: Any, **options: Any) -> Recorder:
        started.append(Recorder(*arguments, recorder_env, **options))
        return started[-1]

    yield start
    for recorder in started:
        recorder.stop(9)


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def client(request: pytest.FixtureRequest) -> Client:
    """Each client library, blocking and on both event loops."""
    return request.param


@pytest.fixture(autouse=True)
def _scripts_went_well(request: pytest.FixtureRequest) -> Iterator[None]:
    """An assertion in a script of the origin fails the test."""
    yield
    for name in ("origin", "tls_origin"):
        if name in request.fixturenames:
            errors = request.getfixturevalue(name).errors
            found = errors[:]
            errors.clear()
            assert not found
