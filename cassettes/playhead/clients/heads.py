"""What a client makes of the head of an answer, before it reads a byte of the body.

Sources: WHATWG HTML, "server-sent events", the processing of a response; anthropic and openai
`_base_client.py` (`is_success`); google-genai `errors.py` (`raise_for_response`); httpx and httpx2
`_models.py` (`Response.encoding`). The plain decoders ask for no status: that is their caller's part.
Knows status and headers; no body.
"""

from __future__ import annotations

import codecs
import re

from playhead.clients.records import Client

_OK = range(200, 201)
_SUCCESS = range(200, 300)
_READ = {
    Client.STANDARD: _OK,
    Client.GOOGLE_GENAI: _OK,
    Client.ANTHROPIC: _SUCCESS,
    Client.OPENAI: _SUCCESS,
}
_BY_CHARSET = frozenset({Client.HTTPX_SSE, Client.HTTPX2, Client.GOOGLE_GENAI})
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\s\"';]+)", re.IGNORECASE)


def reads_events(client: Client, status: int) -> bool:
    """Whether the client reads events from an answer with this status, or fails before the first."""
    return status in _READ.get(client, range(100, 1000))


def other_charset(client: Client, content_type: str) -> str | None:
    """The charset by which the client reads the body, if it goes by one that is not UTF-8.

    The decoders here read UTF-8, whatever the head says: where this is not `None`, they are wrong about
    characters beyond ASCII.
    """
    found = _CHARSET.search(content_type)
    if client not in _BY_CHARSET or found is None:
        return None
    try:
        name = codecs.lookup(found[1]).name
    except (LookupError, ValueError):
        return None  # nor does the client know it, and so takes UTF-8
    return None if name == "utf-8" else name
