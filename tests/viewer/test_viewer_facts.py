"""What has no content of its own is shown, too: exchanges without events, events that bring facts alone."""

from __future__ import annotations

import json

import pytest

from playhead import EndingKind, Request, Response
from playhead_viewer import layout

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
USAGE = {"input_tokens": 10, "output_tokens": 1}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "model": "m-1",
    "content": [],
    "usage": USAGE,
}
EVENTS = (
    {"type": "message_start", "message": MESSAGE},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word " * 2000}},
    {"type": "content_block_stop", "index": 0},
    {"type": "ping"},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 99}},
    {"type": "message_stop"},
    {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
)


@SIZES
def test_an_exchange_without_a_body_has_headers_and_timing(make, view, size):
    with make() as made:
        made.texts(["one", "two"])
        exchange = made.writer.exchange()
        exchange.request(Request(method="POST", url="https://h/v1/x", t=1.0, headers=(("x-asked", "this"),)))
        exchange.response(Response(status=204, headers=(("x-answer", "that"),), t=1.5))
        exchange.end(EndingKind.COMPLETE, 1.75)

    async def scenario(seen):
        await seen.press("}")
        await seen.until(lambda: "The response has no body." in " ".join(seen.text.replace("│", " ").split()))
        for shown in ("POST https://h/v1/x", "x-asked", "this", "204", "x-answer", "that", "ending complete"):
            await seen.until(lambda shown=shown: shown in seen.text)
        names = layout.tabs(seen.app.screen.classes)
        found = []
        for _ in names:
            found.append(seen.app.arranging.tab)
            await seen.press("l")
        assert sorted(found) == sorted(names)
        await seen.press("h")
        assert seen.app.arranging.tab == "lint"
        await seen.press("l", "z")
        await seen.until(lambda: "The response has no body." not in seen.text and "x-answer" in seen.text)
        await seen.press("z", "{")
        await seen.until(lambda: seen.reversed == "one")

    view(scenario, size=size)


def test_no_title_of_a_list_stands_over_an_exchange_without_events(make, view):
    with make() as made:
        made.texts([f"word{number} " for number in range(105)])
        made.begin(status=204, headers=[]).end(EndingKind.COMPLETE, 1.75)

    async def scenario(seen):
        await seen.until(lambda: "Events 105" in seen.text and "t from the request" in seen.text)
        await seen.press("}")
        await seen.until(lambda: "The response has no body." in seen.text)
        await seen.until(lambda: "Events" not in seen.text and "t from the request" not in seen.text)
        await seen.press("{")
        await seen.until(lambda: "Events 105" in seen.text)

    view(scenario)


@SIZES
def test_a_body_that_is_no_stream_is_shown_while_more_is_recorded(make, path, view, size):
    with make() as made:
        exchange = made.begin(headers=[("content-type", "application/json")])
        exchange.chunk(b'{"answer": "whole"}', 1.5)
        exchange.end(EndingKind.COMPLETE, 1.75)

        async def scenario(seen):
            await seen.until(lambda: '{"answer": "whole"}' in seen.text)
            assert not seen.app.viewing.loader.is_over
            assert "no event has come yet" not in seen.text
            await seen.press("l")
            await seen.until(lambda: '"answer": "whole"' in seen.text)

        path.symlink_to(made.writer.partial)
        view(scenario, size=size)
        path.unlink()


def test_the_close_of_a_block_is_told_however_many_were_opened_since(make, view):
    with make() as made:
        exchange = made.begin()
        tool = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
        opens = [{"type": "content_block_start", "index": at, "content_block": tool} for at in range(20)]
        stops = [{"type": "content_block_stop", "index": at} for at in range(20)]
        for place, event in enumerate([*opens, *stops]):
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            exchange.chunk(data.encode(), 1.5 + place / 100)
        exchange.end(EndingKind.COMPLETE, 2.0)

    async def scenario(seen):
        await seen.press(":", *"21", "enter")
        await seen.until(lambda: "This event closes block 1." in seen.text and "block-" in seen.line("▸"))
        await seen.press("l", "l")
        await seen.until(lambda: "+ block 1 closed" in seen.text)
        await seen.press("f", *"kind=block- block=1", "enter")
        await seen.until(lambda: "1 of 40" in seen.text)

    view(scenario)


def test_the_title_of_the_state_cuts_names_and_counts_no_characters(make, view):
    names = ["search_customer_orders", "search_customer_notes", "ls"]
    with make() as made:
        exchange = made.begin()
        for at, name in enumerate(names):
            tool = {"type": "tool_use", "id": "t", "name": name, "input": {}}
            event = {"type": "content_block_start", "index": at, "content_block": tool}
            exchange.chunk(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode(), 1.5 + at)
        exchange.end(EndingKind.COMPLETE, 5.0)

    async def scenario(seen):
        await seen.press("j")
        for width, told in (
            (120, "○ 1:search…  ● 2:search… ─"),
            (140, "○ 1:search_cust…  ● 2:search_cust… ─"),
            (169, "○ 1:search_customer_o…  ● 2:search_customer_n… ─"),
        ):
            await seen.pilot.resize_terminal(width, 40)
            await seen.until(lambda told=told: told in seen.line("State at the cursor"))
        assert "more" not in seen.line("State at the cursor")

    view(scenario)


@SIZES
def test_facts_that_an_event_brings_are_marked_and_in_sight(make, view, size):
    with make() as made:
        exchange = made.begin()
        for place, event in enumerate(EVENTS):
            data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
            exchange.chunk(data.encode(), 1.5 + place / 100)
        exchange.end(EndingKind.COMPLETE, 2.0)

    async def scenario(seen):
        for fact in ("msg_1", "m-1", '"input_tokens": 10'):
            await seen.until(lambda fact=fact: fact in seen.reversed)
        await seen.press("j")
        await seen.until(lambda: "This event opens block 1." in seen.text)
        await seen.press("j", "j")
        await seen.until(lambda: "This event closes block 1." in seen.text)
        await seen.press("j")
        await seen.until(lambda: "This event adds nothing." in seen.text)
        await seen.press("j")
        await seen.until(lambda: "end_turn" in seen.reversed and '"output_tokens": 99' in seen.reversed)
        assert "This event adds nothing." not in seen.text
        await seen.press("j")
        await seen.until(lambda: "the message is complete" in seen.text)
        await seen.press("j")
        await seen.until(lambda: "overloaded_error" in seen.reversed)
        assert "end_turn" not in seen.reversed

    view(scenario, size=size)
