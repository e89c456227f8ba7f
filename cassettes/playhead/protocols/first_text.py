"""The streamed text in one event, by the paths that the common providers use.

Knows three shapes by sight: Anthropic Messages deltas, OpenAI chat chunks, OpenAI Responses deltas. Knows
no stream: an event is read alone, blocks and tool calls are not told apart. It stands in until the
reconstruction ledger keeps text by block; then this module goes.
"""

from __future__ import annotations

import json

import msgspec

_decode = msgspec.json.Decoder().decode
_ANTHROPIC = ("text", "thinking", "partial_json")
_OPENAI = ("reasoning_content", "content")


def visible_text(data: str) -> str:
    """What the event with this `data` adds to the text a reader sees; `""` where it adds none.

    Never raises: `[DONE]`, JSON of another shape and what is no JSON add nothing. Sources: the deltas of
    anthropic `lib/streaming/_messages.py` and openai `lib/streaming/chat/_completions.py`.

    >>> visible_text('{"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}')
    'Hi'
    >>> visible_text("[DONE]")
    ''
    """
    if not data.startswith("{"):
        return ""
    event = _parsed(data)
    if not isinstance(event, dict):
        return ""
    delta = event.get("delta")
    if isinstance(delta, str):
        return delta
    if isinstance(delta, dict):
        return _strings(delta, _ANTHROPIC)
    return _chat(event.get("choices"))


def _parsed(data: str) -> object:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeError):
        pass  # json takes what msgspec refuses and clients accept: lone surrogates, NaN
    except RecursionError:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _chat(choices: object) -> str:
    """The delta of the first choice, its tool calls' arguments last."""
    choice = choices[0] if isinstance(choices, list) and choices else None
    delta = choice.get("delta") if isinstance(choice, dict) else None
    if not isinstance(delta, dict):
        return ""
    calls = delta.get("tool_calls")
    functions = (
        call.get("function") for call in (calls if isinstance(calls, list) else ()) if isinstance(call, dict)
    )
    arguments = (_strings(function, ("arguments",)) for function in functions if isinstance(function, dict))
    return _strings(delta, _OPENAI) + "".join(arguments)


def _strings(found: dict[str, object], names: tuple[str, ...]) -> str:
    values = (found.get(name) for name in names)
    return "".join(value for value in values if isinstance(value, str))
