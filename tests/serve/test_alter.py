"""`playhead serve --alter`: what goes wrong on purpose, over real sockets."""

from __future__ import annotations

import http.client
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from playhead import Cassette

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


def test_a_point_that_is_not_there_is_said(make: Make, serve: Serve) -> None:
    served = serve(make(BODY).name, "--speed", "max", "--alter", "cut:event=9")
    with pytest.raises((http.client.HTTPException, OSError)):
        get(served.url)
    assert "no event 9: the body has 3" in served.line(2)


@pytest.mark.parametrize(
    ("text", "why"), [("cat", "no such alteration: 'cat'"), ("cut:x", "no such way to cut")]
)
def test_what_is_no_alteration(make: Make, text: str, why: str) -> None:
    command = [sys.executable, "-m", "playhead", "serve", make(BODY).name, "--alter", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert why in done.stderr
