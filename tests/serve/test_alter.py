"""`playhead serve --alter`: what goes wrong on purpose, over real sockets."""

from __future__ import annotations

import http.client
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

import playhead
from playhead import Cassette
from playhead.replay.server import ServerThread

Make = Callable[..., Cassette]
Serve = Callable[..., Any]
BODY = [(b"data: 1\n\n", None), (b"data: 2\n\n", None), (b"data: 3\n\n", None)]


def get(url: str) -> bytes:
    with urllib.request.urlopen(url + "/events", timeout=30) as response:
        return bytes(response.read())


def test_alterations_follow_one_another(make: Make, serve: Serve) -> None:
    served = serve(
        make(BODY).name, "--speed", "max", "--alter", "cut:event=2", "--alter", "inject:comment,event=1"
    )
    for _ in range(2):
        assert get(served.url) == b"data: 1\n\n: injected\n\ndata: 2\n\n"


def test_a_cut_is_seen(make: Make, serve: Serve) -> None:
    served = serve(make(BODY).name, "--speed", "max", "--alter", "cut:fin,event=2")
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(served.url)
    assert caught.value.partial == b"data: 1\n\ndata: 2\n\n"


def test_a_status(make: Make, serve: Serve) -> None:
    served = serve(make(BODY).name, "--speed", "max", "--alter", "status:529,retry-after=2")
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(served.url)
    with caught.value as error:
        assert (error.code, error.headers["retry-after"]) == (529, "2")


@pytest.mark.parametrize(("method", "code"), [("HEAD", 429), ("GET", 204), ("GET", 304)])
def test_a_status_that_has_no_body_leaves_the_connection_whole(make: Make, method: str, code: int) -> None:
    recorded = make(BODY, targets=("/events", "/events"), method=method)
    with ServerThread(playhead.altered(recorded, playhead.status(code)), speed="max") as server:
        parts = urlsplit(server.url)
        client = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        for _ in range(2):
            client.request(method, "/events")
            with client.getresponse() as response:
                assert (response.status, response.read()) == (code, b"")
            assert client.sock is not None
        client.close()


def test_a_point_that_is_not_there_is_said(make: Make, serve: Serve) -> None:
    served = serve(make(BODY).name, "--speed", "max", "--alter", "cut:event=9")
    with pytest.raises((http.client.HTTPException, OSError)):
        get(served.url)
    assert "no event 9: the body has 3" in served.line(2)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("inject:event,event=1,data=\udcff", "no character of UTF-8"),
        ("cat", "no such alteration: 'cat'"),
        ("cut:x", "no such way to cut"),
    ],
)
def test_what_is_no_alteration(make: Make, text: str, why: str) -> None:
    command = [sys.executable, "-m", "playhead", "serve", make(BODY).name, "--alter", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert why in done.stderr
