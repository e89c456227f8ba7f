"""What google-genai makes of a body, and the merge of its chunks by the rule in docs/protocols.md.

The merge is written here a second time, over whole chunks and without the ledger.
"""

from __future__ import annotations

import importlib.metadata
import warnings
from typing import Any

import httpx2

from .reads import SSE, Pieces, cut

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from google import genai
    from google.genai import types

VERSION = "google-genai " + importlib.metadata.version("google-genai")


class Sdk:
    """One client, whatever it is to be answered: making one costs more than a call."""

    def __init__(self) -> None:
        self._answer = httpx2.Response(200)
        transport = httpx2.MockTransport(lambda _: self._answer)
        options = types.HttpOptions(
            base_url="http://sdk.invalid",
            httpx_client=httpx2.Client(transport=transport),
            retry_options=types.HttpRetryOptions(attempts=1),
        )
        self._client = genai.Client(api_key="x", http_options=options)

    def read(
        self, body: bytes, *, size: int | None = None, status: int = 200, content_type: str = SSE
    ) -> tuple[list[dict[str, Any]], Exception | None]:
        """The chunks it hands on, written as JSON, and what it raised behind them."""
        head = {"content-type": content_type}
        self._answer = httpx2.Response(status, headers=head, stream=Pieces(cut(body, size)))
        chunks = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                for chunk in self._client.models.generate_content_stream(model="m", contents="x"):
                    written = chunk.model_dump(mode="json", by_alias=True, exclude_none=True)
                    written.pop("sdkHttpResponse", None)
                    chunks.append(written)
            except Exception as error:  # noqa: BLE001 - whatever it is, ours must name it
                return chunks, error
        return chunks, None


def merged(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """Adjacent text joins, other parts follow, the last of everything else wins."""
    response: dict[str, Any] = {}
    answers: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        response |= {name: value for name, value in chunk.items() if name != "candidates"}
        for candidate in chunk.get("candidates", []):
            index = candidate.get("index", 0)
            answer = answers.setdefault(index, {"index": index, "content": {"parts": []}})
            answer |= {name: value for name, value in candidate.items() if name != "content"}
            content = candidate.get("content", {})
            if content.get("role"):
                answer["content"]["role"] = content["role"]
            for part in content.get("parts", []):
                _add(answer["content"]["parts"], part)
    if answers:
        response["candidates"] = [answers[index] for index in sorted(answers)]
    return response


def _add(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    mere_text = "text" in part and not part.keys() - {"text", "thought", "thoughtSignature"}
    if mere_text and parts and "text" in parts[-1]:
        last = parts[-1]
        if bool(last.get("thought")) is bool(part.get("thought")):
            last["text"] += part["text"]
            if part.get("thoughtSignature"):
                last["thoughtSignature"] = part["thoughtSignature"]
            return
    parts.append(dict(part))
