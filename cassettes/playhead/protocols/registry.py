"""Which protocols there are: ours by name, others' by the entry point group `playhead.protocols`.

An entry point of the name of one of ours takes its place. Knows names and dotted paths; a protocol is
imported when its name, or detection, asks for it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from functools import cache
from typing import NamedTuple

from playhead.errors import CannotRun, UsageError
from playhead.protocols.base import Certainty, Clues, Protocol

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


@cache
def _targets() -> dict[str, str | importlib.metadata.EntryPoint]:
    others = {entry.name: entry for entry in importlib.metadata.entry_points(group=GROUP)}
    return _OURS | others


def names() -> tuple[str, ...]:
    """Every protocol's name, ours first; in this order they are asked."""
    return tuple(_targets())


@cache
def protocol(name: str) -> Protocol:
    """The protocol of that name."""
    target = _targets().get(name)
    if target is None:
        raise UsageError(f"no protocol is named {name!r}", hint="There are: " + ", ".join(names()))
    if isinstance(target, str):
        module, _, attribute = target.partition(":")
        found: Protocol = getattr(importlib.import_module(module), attribute)
        return found
    try:
        loaded: Protocol = target.load()
    except (ImportError, AttributeError) as error:
        raise CannotRun(
            f"the protocol {name!r} cannot be imported from {target.value}: {error}",
            hint="Mend or remove the package that registers it.",
        ) from error
    return loaded


class Detected(NamedTuple):
    """The protocol that is surest, how sure it is, and what went wrong with others that were asked."""

    protocol: Protocol
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
