"""Which exchange answers, and what a miss says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from playhead import Cassette, ReplayMiss, Request
from playhead.replay.session import Repeats, session_of

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"


def test_exchanges_answer_in_order_whatever_the_host(make: Make) -> None:
    session = session_of(make(copies=3))
    assert session.take("POST", TARGET).number == 1
    assert session.take("POST", f"https://api.example:8443{TARGET}").number == 2
    assert session.take("POST", f"http://[::1]:80{TARGET}#part").number == 3


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", TARGET), ("POST", "/v1/messages"), ("POST", "/v1/messages?beta=1"), ("POST", "/")],
)
def test_method_path_and_query_must_be_equal(make: Make, method: str, target: str) -> None:
    cassette = make(copies=2)
    with pytest.raises(ReplayMiss) as caught:
        session_of(cassette).take(method, target)
    message = str(caught.value)
    assert f"No exchange of {cassette.name} answers {method} {target}" in message
    assert f"1. POST {TARGET} (not played yet)" in message
    assert "2 of 2 are left to play" in message


def test_one_request_too_many_is_said_to_be_one(make: Make) -> None:
    session = session_of(make())
    session.take("POST", TARGET)
    with pytest.raises(ReplayMiss, match="more often than recorded") as caught:
        session.take("POST", TARGET)
    assert f"1. POST {TARGET} (played)" in str(caught.value)
    assert "0 of 1 are left to play" in str(caught.value)


def test_an_import_answers_any_request(make: Make) -> None:
    session = session_of(make(request=None))
    assert session.take("DELETE", "/what/ever?x=1").number == 1
    with pytest.raises(ReplayMiss, match=r"1\. any request \(played\)"):
        session.take("GET", "/")


def test_the_root_may_be_written_without_a_slash(make: Make) -> None:
    session = session_of(make(request=Request(method="GET", url="http://host"), copies=2))
    assert session.take("GET", "/").number == 1
    with pytest.raises(ReplayMiss):
        session.take("GET", "/?q")


def test_a_loop_starts_over_for_each_request(make: Make) -> None:
    session = session_of(make(copies=2), repeats=Repeats.LOOP)
    assert [session.take("POST", TARGET).number for _ in range(5)] == [1, 2, 1, 2, 1]
    with pytest.raises(ReplayMiss):
        session.take("GET", TARGET)


def test_a_path_and_an_exchange_will_do(make: Make) -> None:
    cassette = make(copies=2)
    assert session_of(cassette.name).take("POST", TARGET).number == 1
    assert session_of(cassette[2]).take("POST", TARGET).number == 2


def test_concurrent_requests_never_share_an_exchange(make: Make) -> None:
    session = session_of(make(copies=64))
    gate = threading.Barrier(8)

    def take_some(_: int) -> list[int]:
        gate.wait()
        return [session.take("POST", TARGET).number for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        taken = [number for some in pool.map(take_some, range(8)) for number in some]
    assert sorted(taken) == list(range(1, 65))


def test_a_long_cassette_is_listed_in_part(make: Make) -> None:
    with pytest.raises(ReplayMiss, match="and 5 more"):
        session_of(make(copies=25)).take("GET", "/")
