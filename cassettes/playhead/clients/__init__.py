"""What would the client see? How each real decoder reads the same bytes.

The clients deviate from the standard and from each other: a byte order mark costs one its first event,
bytes that are no UTF-8 make another raise. Written from facts of the installed SDKs and tried against
them; knows bytes and chunks, no clock, no file, no client library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from playhead.clients import anthropic, google_genai, httpx2, httpx_sse, openai, sseclient, standard
from playhead.clients.body import ClientDecoder
from playhead.clients.heads import other_charset, reads_events
from playhead.clients.records import Client, Fate, Outcome, Raised, Seen, Unseen, UnseenReason
from playhead.errors import UsageError

__all__ = [
    "Client",
    "ClientDecoder",
    "Fate",
    "Outcome",
    "Raised",
    "Seen",
    "Unseen",
    "UnseenReason",
    "decoder_of",
    "other_charset",
    "read_as",
    "reads_events",
]

_DECODERS = {
    Client.STANDARD: standard.decoder,
    Client.ANTHROPIC: anthropic.decoder,
    Client.OPENAI: openai.decoder,
    Client.HTTPX_SSE: httpx_sse.decoder,
    Client.HTTPX2: httpx2.decoder,
    Client.GOOGLE_GENAI: google_genai.decoder,
    Client.SSECLIENT: sseclient.decoder,
}


def decoder_of(client: Client) -> ClientDecoder:
    """A new decoder that reads one body as this client does."""
    return _DECODERS[client]()


def read_as(client: Client, chunks: Iterable[bytes], *, whole: bool = True) -> Iterator[Outcome]:
    """What `client` makes of a body that arrives in these chunks, as they come.

    `Seen` are the events of its decoder, each with its fate; `Raised` is an error of the decoder itself;
    `Unseen` are bytes that never reach its caller. Never raises what the client would. `whole` is false
    where the connection broke: then nothing that the client holds back is delivered. Raises `UsageError`
    for a client that is none.

    >>> [type(outcome).__name__ for outcome in read_as(Client.OPENAI, [b"data: [DONE]\\n\\n", b"data: 1"])]
    ['Seen', 'Unseen']
    """
    if client not in list(Client):
        names = ", ".join(each.value for each in Client)
        raise UsageError(f"{client!r} is no client that is known", hint=f"There are: {names}")
    return _read(Client(client), chunks, whole)


def _read(client: Client, chunks: Iterable[bytes], whole: bool) -> Iterator[Outcome]:
    decoder = decoder_of(client)
    for chunk in chunks:
        yield from decoder.feed(chunk)
    yield from decoder.close(whole=whole)
