"""Which protocols there are: ours by name, others' by the entry point group `playhead.protocols`.

An entry point of the name of one of ours takes its place. Knows names and dotted paths; a protocol is
imported when its name, or detection, asks for it.
"""

from __future__ import annotations

from typing import NamedTuple

from playhead.errors import UsageError
from playhead.plugins import Plugins
from playhead.protocols.base import Certainty, Clues, StreamProtocol

GROUP = "playhead.protocols"
FALLBACK = "plain"
"""What reads a stream that no protocol knows."""
_OURS = {
    "openai-responses": "playhead.protocols.openai_responses:PROTOCOL",
    "anthropic-messages": "playhead.protocols.anthropic.detection:PROTOCOL",
    "anthropic-completions": "playhead.protocols.anthropic.detection:COMPLETIONS",
    "bedrock": "playhead.protocols.bedrock:PROTOCOL",
    "gemini": "playhead.protocols.gemini:PROTOCOL",
    "openai-chat": "playhead.protocols.openai_chat.protocol:CHAT",
    "openai-completions": "playhead.protocols.openai_chat.protocol:COMPLETIONS",
    "ollama": "playhead.protocols.ollama:PROTOCOL",
    "mcp": "playhead.protocols.mcp:PROTOCOL",
    "cohere": "playhead.protocols.cohere:PROTOCOL",
    "plain": "playhead.protocols.plain:PROTOCOL",
}


_PROTOCOLS = Plugins(GROUP, _OURS, StreamProtocol, "protocol")  # type: ignore[type-abstract]


def names() -> tuple[str, ...]:
    """Every protocol's name, ours first; in this order they are asked."""
    return _PROTOCOLS.names()


def protocol(name: str) -> StreamProtocol:
    """The protocol of that name. Raises `UsageError` where there is none, `CannotRun` where it is broken."""
    found = _PROTOCOLS.get(name)
    if found is None:
        raise UsageError(f"no protocol is named {name!r}", hint="There are: " + ", ".join(names()))
    return found


class Detected(NamedTuple):
    """The protocol that is surest, how sure it is, and what went wrong with others that were asked."""

    protocol: StreamProtocol
    certainty: Certainty
    failures: tuple[str, ...]


def detect(clues: Clues) -> Detected:
    """Ask every protocol; of several that are as sure, the first.

    One that cannot be imported, or fails, is none: a stream is read whatever others have installed.
    """
    found, certainty = protocol(FALLBACK), Certainty.NO
    failures: list[str] = []
    for name in names():
        try:
            asked = protocol(name)
            how_sure = asked.recognise(clues)
        except Exception as error:  # noqa: BLE001 - a protocol may be anybody's
            failures.append(f"the protocol {name} cannot tell: {type(error).__name__}: {error}")
            continue
        if how_sure > certainty:
            found, certainty = asked, how_sure
    return Detected(found, certainty, tuple(failures))
