"""What each client makes of the streams that tell them apart, said by hand: names, spans, fates, reasons."""

from __future__ import annotations

import pytest

from playhead.clients import Client, Fate, Raised, Seen, Unseen, read_as

BOM = b"\xef\xbb\xbf"


def words(client: Client | str, *chunks: bytes, whole: bool = True) -> list[str]:
    """The outcomes, a short line each."""
    said: list[str] = []
    for outcome in read_as(Client(client), chunks, whole=whole):
        span = f"{outcome.start}-{outcome.end}"
        match outcome:
            case Unseen():
                said.append(f"{span} {outcome.reason}")
            case Raised():
                said.append(f"{span} raises {outcome.error} at {outcome.chunk}")
            case Seen():
                end = " end" if outcome.at_end else ""
                fate = "" if outcome.fate is Fate.YIELDED else f" {outcome.fate}"
                said.append(f"{span} {outcome.event}={outcome.data} at {outcome.chunk}{end}{fate}")
    return said


def test_a_byte_order_mark_costs_the_first_field() -> None:
    stream = BOM + b"event:a\ndata: 1\n\n"
    assert words("standard", stream) == ["0-20 a=1 at 1"]
    assert words("anthropic", stream) == ["0-20 None=1 at 1 skipped", "0-11 bom"]
    assert words("openai", stream) == ["0-20 None=1 at 1", "0-11 bom"]
    for client in ("httpx-sse", "httpx2", "sseclient"):
        assert words(client, stream) == ["0-20 message=1 at 1", "0-11 bom"]
    assert words("google-genai", stream) == [
        "0-11 None=\ufeffevent:a at 1 raises",
        "11-20 None=1 at 1 unread",
        "11-20 unread",
    ]


def test_a_mark_before_the_only_data_line_costs_the_block() -> None:
    for client in ("anthropic", "openai", "httpx-sse", "httpx2", "sseclient"):
        assert words(client, BOM + b"data:1\n\n") == ["0-11 bom"]


def test_bytes_that_are_no_utf8_have_three_outcomes() -> None:
    stream = b"data: 1\n\ndata: \xff\n\ndata: 2\n\n"
    replaced = ["0-9 message=1 at 1", "9-18 message=\ufffd at 1", "18-27 message=2 at 1"]
    for client in ("standard", "httpx-sse", "httpx2"):
        assert words(client, stream) == replaced
    raised = ["9-17 raises UnicodeDecodeError at 1", "9-27 unread"]
    assert words("anthropic", stream) == ["0-9 None=1 at 1 skipped", *raised]
    assert words("openai", stream) == ["0-9 None=1 at 1", *raised]
    assert words("sseclient", stream) == ["0-9 message=1 at 1", *raised]
    # To google-genai it is text, but no JSON.
    assert words("google-genai", stream)[1] == "9-18 None=\ufffd at 1 raises"


def test_a_block_without_data() -> None:
    stream = b"event: ping\n\n"
    assert words("standard", stream) == ["0-13 no event"]
    assert words("sseclient", stream) == ["0-13 no event"]
    assert words("anthropic", stream) == ["0-13 ping= at 1 skipped"]
    assert words("openai", stream) == ["0-13 ping= at 1 raises"]
    assert words("httpx-sse", stream) == words("httpx2", stream) == ["0-13 ping= at 1"]
    assert words("google-genai", stream) == ["0-12 None=event: ping at 1 raises", "12-13 unread"]


def test_after_an_id_blank_lines_are_events_to_some() -> None:
    stream = b"id: 7\ndata: 1\n\n\n: hi\n\n"
    some = ["15-16 {}= at 1", "16-22 {}= at 1", "16-21 comment"]
    assert words("httpx-sse", stream)[1:] == [line.format("message") for line in some]
    assert words("anthropic", stream)[1:3] == [line.format(None) + " skipped" for line in some[:2]]
    assert words("openai", stream)[1:3] == ["15-16 None= at 1 raises", "16-22 None= at 1 unread"]
    assert words("httpx2", stream) == ["0-15 message=1 at 1", "16-22 comment"]


@pytest.mark.parametrize(
    ("line", "standard", "python"),
    [
        ("50", 50, 50),
        ("-1", None, -1),
        ("1_000", None, 1000),
        ("٣", None, 3),
        (" 5 ", None, 5),
        ("x", None, None),
    ],
)
def test_retry_is_what_int_takes(line: str, standard: int | None, python: int | None) -> None:
    stream = f"retry:{line}\ndata: 1\n\n".encode()
    for client in (Client.ANTHROPIC, Client.OPENAI, Client.HTTPX_SSE, Client.HTTPX2):
        seen, *unseen = read_as(client, [stream])
        assert isinstance(seen, Seen)
        assert seen.retry == python
        assert bool(unseen) is (python is None)
    seen, *unseen = read_as(Client.STANDARD, [stream])
    assert isinstance(seen, Seen)
    assert seen.retry is None  # a message event has none
    assert bool(unseen) is (standard is None)
    seen, *_ = read_as(Client.SSECLIENT, [stream])
    assert isinstance(seen, Seen)
    assert seen.retry == line.removeprefix(" ")


def test_an_unterminated_event_is_delivered_by_two() -> None:
    chunks = [b"data: 1\n\nda", b"ta: 2\n"]
    for client in ("standard", "anthropic", "openai", "httpx-sse", "httpx2"):
        assert words(client, *chunks)[1:] == ["9-17 tail"]
    assert words("sseclient", *chunks)[1:] == ["9-17 message=2 at 2 end"]
    assert words("google-genai", *chunks)[1:] == ["9-17 None=2 at 2 end"]
    for client in ("sseclient", "google-genai"):
        assert words(client, *chunks, whole=False)[1:] == ["9-17 tail"]


def test_a_last_cr_is_a_blank_line_to_httpx2() -> None:
    assert words("httpx-sse", b"data: 1\r") == ["0-8 tail"]
    assert words("httpx2", b"data: 1\r") == ["0-8 message=1 at 1 end"]


def test_when_a_cr_delivers() -> None:
    chunks = [b"data: 1\r\r", b"\xe2", b"x"]
    assert words("standard", *chunks)[0] == "0-9 message=1 at 1"
    assert words("openai", *chunks)[0] == "0-9 None=1 at 1"
    assert words("anthropic", *chunks)[0] == "0-9 None=1 at 1 skipped"
    for client in ("httpx-sse", "httpx2"):  # text goes on with chunk 3: an unfinished character is none
        assert words(client, *chunks)[0] == "0-9 message=1 at 3"


def test_mixed_line_ends_hold_up_anthropic_and_join_events_for_sseclient() -> None:
    chunks = [b"data: 1\n\r\n", b"data: 2\r\n\r\n"]
    assert words("openai", *chunks) == ["0-9 None=1 at 1", "10-20 None=2 at 2"]
    assert words("anthropic", *chunks) == ["0-9 None=1 at 2 skipped", "10-20 None=2 at 2 skipped"]
    assert words("sseclient", *chunks) == ["0-20 message=1\n2 at 2"]


def test_openai_stops_at_done_and_says_what_it_left() -> None:
    stream = b'data: 1\n\ndata: [DONE]\n\n: x\n\ndata: {"error":"e"}\n\ndata: \xff'
    assert words("openai", stream) == [
        "0-9 None=1 at 1",
        "9-23 None=[DONE] at 1 ends",
        '28-49 None={"error":"e"} at 1 unread',
        "23-56 unread",
    ]


def test_stream_errors_name_class_and_message() -> None:
    seen = next(read_as(Client.OPENAI, [b'data: {"error":{"message":"no"}}\n\n']))
    assert isinstance(seen, Seen)
    assert seen.raised == Raised("APIError", "no", 0, 34, 1)
    seen = next(read_as(Client.ANTHROPIC, [b'event: error\ndata: {"type":"error"}\n\n']))
    assert isinstance(seen, Seen)
    assert seen.raised == Raised("APIStatusError", "{'type': 'error'}", 0, 37, 1)
    seen = next(read_as(Client.GOOGLE_GENAI, [b'data: {"error":{"code":429,"status":"S"}}\n\n']))
    assert isinstance(seen, Seen)
    assert seen.raised is not None
    assert seen.raised.error == "ClientError"


def test_ignored_lines_of_an_event_are_named() -> None:
    stream = b": c\nfoo: 1\nid: a\0\nretry: x\ndata: 1\n\n"
    ignored = ["0-4 comment", "4-11 field", "11-18 value", "18-27 value"]
    for client in ("standard", "openai", "anthropic", "httpx-sse", "httpx2"):
        event, *rest = words(client, stream)
        assert event.startswith("0-36 ")
        assert rest == ignored
    assert words("sseclient", stream)[1:] == ["0-4 comment", "4-11 field"]


def test_it_is_lazy() -> None:
    taken: list[int] = []

    def chunks():
        for number in (1, 2, 3):
            taken.append(number)
            yield b"data: 1\n\n"

    outcomes = read_as(Client.HTTPX2, chunks())
    next(outcomes)
    assert taken == [1]
