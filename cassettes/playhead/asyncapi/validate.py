"""The events of an exchange against a document: which channel, then each event against its messages.

Knows exchanges and frames; what is wrong with an event, `judge` knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from playhead.asyncapi import paths
from playhead.asyncapi.judge import UNNAMED, Judge, Problem
from playhead.asyncapi.model import Channel, Document
from playhead.asyncapi.rules import SEVERITY, Breach
from playhead.errors import UsageError
from playhead.exchange import Exchange
from playhead.findings import Finding
from playhead.sse import FrameKind


class Contract:
    """A document ready to validate with: what was compiled is kept from exchange to exchange.

    `channel` names the one to validate against, whatever the URL; by default it is the document's only one,
    else the one whose address fits the URL. Raises `UsageError` where there is none of that name.
    """

    def __init__(self, document: Document, *, channel: str | None = None) -> None:
        self.document = document
        self._judges: dict[str, Judge] = {}
        self._only = document.channels[0] if len(document.channels) == 1 else None
        if channel is not None:
            self._only = self._named(channel)

    def validate(self, exchange: Exchange) -> Iterator[Finding]:
        """What is wrong with the events of `exchange`, in order, each as it is found.

        A response that is no event stream has none. What the document describes no schema for is not said
        of every event anew.
        """
        if not exchange.is_stream or not len(exchange.frames):
            return
        channel = self._channel(exchange)
        if channel is None:
            url = exchange.request.url if exchange.request else ""
            text = f"no channel of {self.document.name} has an address that fits {paths.path_of(url)}"
            yield _finding(Problem(Breach.UNKNOWN_CHANNEL, text), exchange, None)
        judge = self._judge(channel or self._all)
        said: set[str] = set()
        for number, frame in enumerate(exchange.frames, 1):
            if frame.kind is not FrameKind.EVENT:
                continue
            for problem in judge.judge(frame.event or UNNAMED, frame.data or ""):
                if problem.rule is Breach.UNCHECKED_MESSAGE:
                    if problem.text in said:
                        continue
                    said.add(problem.text)
                yield _finding(problem, exchange, number)

    def _named(self, name: str) -> Channel:
        for channel in self.document.channels:
            if name in (channel.key, channel.address):
                return channel
        have = ", ".join(channel.key for channel in self.document.channels) or "none"
        raise UsageError(f"{self.document.name} has no channel {name!r}", hint=f"It has: {have}")

    def _channel(self, exchange: Exchange) -> Channel | None:
        """`None` where none fits. Those that fit alike count as one; all do where the URL is not known."""
        if self._only is not None:
            return self._only
        path = paths.path_of(exchange.request.url) if exchange.request else None
        if path is None:
            return self._all
        found = paths.choose(self.document.channels, path)
        return found[0] if len(found) == 1 else _together(found) if found else None

    @cached_property
    def _all(self) -> Channel:
        return _together(self.document.channels)

    def _judge(self, channel: Channel) -> Judge:
        if channel.key not in self._judges:
            self._judges[channel.key] = Judge(channel)
        return self._judges[channel.key]


def validate(exchange: Exchange, document: Document, *, channel: str | None = None) -> Iterator[Finding]:
    """What is wrong with the events of `exchange`, by `document`. Raises `MissingExtra`, `UsageError`.

    For several exchanges, a `Contract` compiles the schemas once.
    """
    return Contract(document, channel=channel).validate(exchange)


def _together(channels: Sequence[Channel]) -> Channel:
    """The messages of several channels, as if they came over one."""
    key = ", ".join(channel.key for channel in channels)
    messages = [message for channel in channels for message in channel.messages]
    needs_names = bool(channels) and all(channel.needs_names for channel in channels)
    return Channel(key, None, (), None, tuple(messages), needs_names)


def _finding(problem: Problem, exchange: Exchange, frame: int | None) -> Finding:
    return Finding(
        rule=problem.rule.value,
        severity=SEVERITY[problem.rule],
        message=problem.text,
        exchange=exchange.number,
        frame=frame,
    )
