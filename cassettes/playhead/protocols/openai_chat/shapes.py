"""The members that the openai SDK declares for a chat completion and its chunks. A table; knows no rule.

Source: openai 3.51.0 `types/chat/chat_completion_chunk.py`, `chat_completion.py`,
`chat_completion_message.py`, `parsed_chat_completion.py`, `types/completion_usage.py`.
"""

from __future__ import annotations

from playhead.protocols.openai_chat.built import (
    ANYTHING,
    INTEGER,
    NUMBER,
    STRING,
    TRUTH,
    DictOf,
    ListOf,
    Maybe,
    Model,
    OneOf,
    Shape,
    word,
)

CHUNK_OBJECT = "chat.completion.chunk"
"""What a chunk says that it is."""

_FINISH = word("stop", "length", "tool_calls", "content_filter", "function_call")
_FUNCTION = word("function")


def _all_maybe(shape: Shape, *names: str) -> dict[str, Shape]:
    return {name: Maybe(shape) for name in names}


USAGE = Model(
    {
        "completion_tokens": INTEGER,
        "prompt_tokens": INTEGER,
        "total_tokens": INTEGER,
        "completion_tokens_details": Maybe(
            Model(
                _all_maybe(
                    INTEGER,
                    "accepted_prediction_tokens",
                    "audio_tokens",
                    "reasoning_tokens",
                    "rejected_prediction_tokens",
                    "text_tokens",
                )
            )
        ),
        "prompt_tokens_details": Maybe(
            Model(
                _all_maybe(
                    INTEGER,
                    "audio_tokens",
                    "cache_write_tokens",
                    "cached_tokens",
                    "image_tokens",
                    "text_tokens",
                )
            )
        ),
    }
)
_TOP_LOGPROB = Model({"token": STRING, "bytes": Maybe(ListOf(INTEGER)), "logprob": NUMBER})
_TOKEN_LOGPROB = Model({**_TOP_LOGPROB.fields, "top_logprobs": ListOf(_TOP_LOGPROB)})
LOGPROBS = Model(_all_maybe(ListOf(_TOKEN_LOGPROB), "content", "refusal"))

_MODERATED = Model(
    {
        "categories": DictOf(TRUTH),
        "category_applied_input_types": DictOf(ListOf(word("text", "image"))),
        "category_scores": DictOf(NUMBER),
        "flagged": TRUTH,
        "model": STRING,
        "type": word("moderation_result"),
    }
)
_MODERATION = OneOf(
    {
        "moderation_results": Model(
            {"model": STRING, "results": ListOf(_MODERATED), "type": word("moderation_results")}
        ),
        "error": Model({"code": STRING, "message": STRING, "type": word("error")}),
    }
)
MODERATION = Model({"input": _MODERATION, "output": _MODERATION})

_COMMON: dict[str, Shape] = {
    "id": STRING,
    "created": INTEGER,
    "model": STRING,
    "object": STRING,
    "moderation": Maybe(MODERATION),
    "service_tier": Maybe(word("auto", "default", "flex", "scale", "priority", "fast")),
    "system_fingerprint": Maybe(STRING),
    "usage": Maybe(USAGE),
}

_CALL_DELTA = Model(
    {
        "index": INTEGER,
        "id": Maybe(STRING),
        "function": Maybe(Model(_all_maybe(STRING, "arguments", "name"))),
        "type": Maybe(_FUNCTION),
    }
)
DELTA = Model(
    {
        "audio": Maybe(
            Model({**_all_maybe(STRING, "id", "data", "transcript"), "expires_at": Maybe(INTEGER)})
        ),
        "content": Maybe(STRING),
        "function_call": Maybe(Model(_all_maybe(STRING, "arguments", "name"))),
        "refusal": Maybe(STRING),
        "role": Maybe(word("developer", "system", "user", "assistant", "tool")),
        "tool_calls": Maybe(ListOf(_CALL_DELTA)),
    }
)
CHUNK = Model(
    {
        **_COMMON,
        "choices": ListOf(
            Model(
                {
                    "delta": DELTA,
                    "index": INTEGER,
                    "finish_reason": Maybe(_FINISH),
                    "logprobs": Maybe(LOGPROBS),
                }
            )
        ),
        "obfuscation": Maybe(STRING),
    }
)

_PLACE = Model({"end_index": INTEGER, "start_index": INTEGER, "title": STRING, "url": STRING})
CALL = Model(
    {
        "id": STRING,
        "function": Model({"arguments": STRING, "name": STRING, "parsed_arguments": Maybe(ANYTHING)}),
        "type": _FUNCTION,
    }
)
MESSAGE = Model(
    {
        "content": Maybe(STRING),
        "refusal": Maybe(STRING),
        "role": word("assistant"),
        "annotations": Maybe(ListOf(Model({"type": word("url_citation"), "url_citation": _PLACE}))),
        "audio": Maybe(Model({"id": STRING, "data": STRING, "expires_at": INTEGER, "transcript": STRING})),
        "function_call": Maybe(Model({"arguments": STRING, "name": STRING})),
        "tool_calls": Maybe(ListOf(CALL)),
        "parsed": Maybe(ANYTHING),
    }
)
CHOICE = Model({"finish_reason": _FINISH, "index": INTEGER, "logprobs": Maybe(LOGPROBS), "message": MESSAGE})
COMPLETION = Model({**_COMMON, "choices": ListOf(CHOICE), "metadata": Maybe(DictOf(STRING))})
