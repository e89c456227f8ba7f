"""Which answers a client reads events from, by their status.

Sources: WHATWG HTML, "server-sent events", the processing of a response; anthropic and openai
`_base_client.py` (`is_success`); google-genai `errors.py` (`raise_for_response`). The plain decoders ask for
no status: that is their caller's part.
"""

from __future__ import annotations

from playhead.clients.records import Client

_OK = range(200, 201)
_SUCCESS = range(200, 300)
_READ = {
    Client.STANDARD: _OK,
    Client.GOOGLE_GENAI: _OK,
    Client.ANTHROPIC: _SUCCESS,
    Client.OPENAI: _SUCCESS,
}


def reads_events(client: Client, status: int) -> bool:
    """Whether the client reads events from an answer with this status, or fails before the first."""
    return status in _READ.get(client, range(100, 1000))
