"""The two protocols of this package, as the registry takes them."""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.openai_chat.detection import recognise, recognise_legacy
from playhead.protocols.openai_chat.legacy import LegacyReader
from playhead.protocols.openai_chat.reader import ChatReader
from playhead.protocols.record import Record


class OpenAiChat:
    name = "openai-chat"
    title = "OpenAI Chat Completions"

    def recognise(self, clues: Clues) -> Certainty:
        return recognise(clues)

    def reader(self, record: Record, clues: Clues) -> Reader:
        return ChatReader(record, clues)


class OpenAiCompletions:
    name = "openai-completions"
    title = "OpenAI Completions (legacy)"

    def recognise(self, clues: Clues) -> Certainty:
        return recognise_legacy(clues)

    def reader(self, record: Record, clues: Clues) -> Reader:
        return LegacyReader(record, clues)


CHAT = OpenAiChat()
COMPLETIONS = OpenAiCompletions()
