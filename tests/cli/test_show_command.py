"""`playhead show`, as a process: the message at any frame, in text and in JSON."""

from __future__ import annotations

import json

import pytest

import playhead

TOOLS = playhead.sample("anthropic-tools")


def rows(done) -> list[dict[str, object]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "name", ["anthropic-tools", "openai-tools", "cut", "gateway-anthropic", "gateway-openai"]
)
def test_json_has_the_promised_members(run, name: str) -> None:
    path = playhead.sample(name)
    done = run("show", path, "--format", "json")
    exchange = playhead.load(path).exchanges[0]
    (row,) = rows(done)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(row) == ["exchange", "protocol", "complete", "ending", "message", "error", "findings"]
    assert row["message"] == exchange.final().message
    assert row["protocol"] == exchange.reading.protocol.name
    assert row["ending"] == exchange.ending.kind.value
    assert done.stdout.isascii()


def test_the_message_in_blocks(run) -> None:
    done = run("show", TOOLS)
    text = done.stdout.decode()
    state = playhead.load(TOOLS)[1].final()
    assert "anthropic-messages  POST https://api.anthropic.com/v1/messages → 200" in text
    assert [line for line in text.splitlines() if line.startswith("── ")] == [
        "── 1 thinking ──",
        "── 2 text ──",
        f"── 3 tool_use get_shipping_quote {state.blocks[2].id} ──",
    ]
    for block in state.blocks[:2]:
        assert block.text in text
    assert json.dumps(state.blocks[2].input, indent=2, ensure_ascii=False) in text
    assert "complete; the response: complete" in text


def test_as_it_stood_after_a_frame(run) -> None:
    exchange = playhead.load(TOOLS)[1]
    frame = exchange.final().blocks[1].opened + 3
    state = exchange.at(frame)
    text = run("show", TOOLS, "--at", frame).stdout.decode()
    (added,) = state.added
    start, end = added.added
    assert f"▐{added.cut(start, end)}▌" in text
    assert "── 2 text (open) ──" in text
    assert f"not complete after frame {frame} of {len(exchange.frames)}" in text
    (row,) = rows(run("show", TOOLS, "--at", frame, "--format", "json"))
    assert row["message"] == state.message
    assert row["complete"] is False


def test_before_the_first_frame_there_is_nothing(run) -> None:
    (row,) = rows(run("show", TOOLS, "--at", 0, "--format", "json"))
    assert (row["message"], row["findings"]) == (None, [])


def test_a_frame_that_is_not_there(run) -> None:
    done = run("show", TOOLS, "--at", 9999)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"has no frame 9999: exchange 1 has 136 frames" in done.stderr
    several = run("show", playhead.sample("gateway-openai"), TOOLS, "--at", 20, "--format", "json")
    assert (several.returncode, [row["path"] for row in rows(several)]) == (3, [str(TOOLS)])


def test_another_protocol_than_it_looks_like(run) -> None:
    (row,) = rows(run("show", TOOLS, "--protocol", "plain", "--format", "json"))
    assert row["protocol"] == "plain"
    wrong = run("show", TOOLS, "--protocol", "morse")
    assert wrong.returncode == 2
    assert b"anthropic-messages" in wrong.stderr


def test_several_files_and_standard_input(run) -> None:
    done = run("show", TOOLS, playhead.sample("cut"), "--format", "json")
    assert [row["path"] for row in rows(done)] == [str(TOOLS), str(playhead.sample("cut"))]
    (row,) = rows(run("show", "-", "--format", "json", stdin=TOOLS.read_bytes()))
    assert row["exchange"] == 1
    assert run("show", TOOLS, "--exchange", 3).returncode == 3


def test_recorded_text_reaches_the_terminal_harmless(run, write) -> None:
    path = write([(1.5, "data: \x1b]52;c;aGk=\x07\u202e\n\n".encode())])
    text = run("show", path).stdout.decode()
    assert "␛]52;c;aGk=␇⟨U+202E⟩" in text
    assert not set(text) & {"\x1b", "\x07", "\u202e"}
