"""The samples of OpenAI's chat completions, and of servers that speak its protocol."""

from __future__ import annotations

from collections.abc import Iterator

from sample_sources.gateway import gateway
from sample_sources.stage import CLIENT, SSE_HEAD, UNIX_TIME, Redacted, Sample, Stage, compact


def openai_tools() -> Sample:
    stage = Stage("openai-tools")
    completion = _Completion(stage, "gpt-4.1-2025-04-14", obfuscate=True)
    stage.us = 1000
    stage.wait(420, 0.05)
    stage.send(completion.delta(role="assistant", content=None, refusal=None))
    stage.wait(4)
    stage.stream(completion.call(0, "get_weather", '{"city":"Bergen","days":3}'), 18)
    stage.wait(35)
    stage.stream(completion.call(1, "find_trains", '{"from":"Oslo S","to":"Bergen","date":"2026-11-06"}'), 15)
    stage.wait(25)
    stage.send(completion.delta("tool_calls"), completion.usage(131, 52), completion.done())
    tools = [
        {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
        for name in ("get_weather", "find_trains")
    ]
    content = "I take the train to Bergen on Friday. Which ones go, and do I need a raincoat?"
    request = {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": content}],
        "tools": tools,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    return _openai(stage, "openai-tools", "two parallel tool calls, usage, [DONE]", request)


def stalled_keepalives() -> Sample:
    stage = Stage("stalled-keepalives")
    completion = _Completion(stage, "example-reasoner")
    keep_alive = b": keep-alive\n\n"
    stage.us = 1000
    stage.wait(380)
    stage.send(keep_alive)
    stage.wait(350)
    stage.send(completion.delta(role="assistant", content=""))
    before = (
        "The three numbers have a sum of 57, and the middle one is the mean of the other two, so it is 19."
    )
    stage.stream((completion.delta(content=part) for part in stage.words(before, 2)), 22)
    for _ in range(6):  # the model says nothing for about six seconds; the connection does
        stage.wait(950, 0.05)
        stage.send(keep_alive)
    stage.wait(420, 0.1)
    after = " The product of all three is then greatest when they are equal: 19, 19 and 19."
    stage.stream((completion.delta(content=part) for part in stage.words(after, 2)), 22)
    stage.send(completion.delta("stop"))
    stage.wait(3)
    stage.send(completion.usage(48, 61), completion.done())
    content = "Three numbers in arithmetic progression sum to 57. Which have the greatest product?"
    request = {
        "model": "example-reasoner",
        "messages": [{"role": "user", "content": content}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    about = "a model stall of six seconds that keep-alive comments mask"
    return gateway(stage, "stalled-keepalives", about, "/v1/chat/completions", request)


def split_utf8() -> Sample:
    stage = Stage("split-utf8")
    completion = _Completion(stage, "example-chat", line_end="\r\n")
    text = [
        "好的！",
        "上海",
        "到奥斯陆",
        "的航班",
        "需要",
        "十一个小时",
        "。祝您",
        "旅途愉快",
        " ✈️",
        " 🧳",
        "👩‍🚀",
    ]
    body = completion.delta(role="assistant", content="")
    body += b"".join(completion.delta(content=part) for part in text)
    body += completion.delta("stop") + completion.done()
    stage.us = 1000
    stage.wait(290)
    start = 0
    for end in _awkward_cuts(body):
        stage.send(body[start:end])
        stage.wait(21)
        start = end
    request = {
        "model": "example-chat",
        "messages": [{"role": "user", "content": "从上海飞到奥斯陆要多久？🙏"}],
        "stream": True,
    }
    about = "characters and CRLF cut by chunk boundaries"
    return gateway(stage, "split-utf8", about, "/v1/chat/completions", request)


def _awkward_cuts(body: bytes) -> list[int]:
    """One cut in each event: within a character where it has one, within its line ends where it has none."""
    cuts = []
    start = 0
    for number, event in enumerate(body.split(b"\r\n\r\n")[:-1]):
        end = start + len(event) + 4
        wide = [at for at in range(start, end) if body[at] >= 0xC0]
        if wide:
            # A character of n bytes can be cut in n - 1 places.
            at = wide[number % len(wide)]
            length = 4 if body[at] >= 0xF0 else 3 if body[at] >= 0xE0 else 2
            cuts.append(at + 1 + number % (length - 1))
        else:
            cuts.append(end - 3 + number % 3)  # between CR and LF, between the two CRLFs, CR and LF
        start = end
    return [*cuts, len(body)]


class _Completion:
    """Words the JSON of one chat completion's events."""

    def __init__(self, stage: Stage, model: str, *, line_end: str = "\n", obfuscate: bool = False) -> None:
        self._stage = stage
        self._line_end = line_end
        self._obfuscate = obfuscate
        self._common = {
            "id": stage.identifier("chatcmpl-", 29),
            "object": "chat.completion.chunk",
            "created": UNIX_TIME,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": stage.identifier("fp_", 10).lower(),
        }

    def _event(self, **payload: object) -> bytes:
        event: dict[str, object] = {**self._common, **payload}
        if self._obfuscate:
            event["obfuscation"] = self._stage.identifier("", 4 + len(self._stage.padding()))
        return f"data: {compact(event)}{self._line_end * 2}".encode()

    def delta(self, finish_reason: str | None = None, **delta: object) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._event(choices=[choice], usage=None)

    def usage(self, prompt: int, completion: int) -> bytes:
        usage = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        return self._event(choices=[], usage=usage)

    def done(self) -> bytes:
        return f"data: [DONE]{self._line_end * 2}".encode()

    def call(self, index: int, name: str, arguments: str) -> Iterator[bytes]:
        """A tool call: its head, then its arguments in pieces."""
        head = {
            "index": index,
            "id": self._stage.identifier("call_"),
            "type": "function",
            "function": {"name": name, "arguments": ""},
        }
        yield self.delta(tool_calls=[head])
        for part in self._stage.letters(arguments, 5):
            yield self.delta(tool_calls=[{"index": index, "function": {"arguments": part}}])


def _openai(stage: Stage, name: str, about: str, request: object) -> Sample:
    return Sample(
        name,
        about,
        stage,
        "https://api.openai.com/v1/chat/completions",
        request,
        (
            ("host", "api.openai.com"),
            *CLIENT,
            ("user-agent", "OpenAI/Python 3.51.0"),
            ("x-stainless-retry-count", "0"),
        ),
        Redacted("authorization", "openai-key", "Bearer sk-proj-REDACTED-x3Fw", len("Bearer sk-proj-")),
        (
            *SSE_HEAD,
            ("openai-organization", "REDACTED-u7"),
            ("openai-processing-ms", "388"),
            ("openai-version", "2020-10-01"),
            ("x-ratelimit-limit-requests", "10000"),
            ("x-ratelimit-remaining-requests", "9999"),
            ("x-request-id", stage.identifier("req_", 32).lower()),
            ("server", "cloudflare"),
        ),
    )
