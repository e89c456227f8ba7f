"""The client's snapshot, kept beside the blocks: most chunks by the short way, the rest in full.

The short way is for a chunk that only makes texts longer which are there already: then the texts that blocks
hold have grown, and nothing is left to do. Knows the SDK's steps only through `client`.
"""

from __future__ import annotations

from collections.abc import Iterable

from playhead.protocols.ledger import Fields, Json, Series, Value, value_at
from playhead.protocols.openai_chat.built import construct, plain
from playhead.protocols.openai_chat.client import Choices, Client
from playhead.protocols.openai_chat.completing import complete
from playhead.protocols.openai_chat.lane import Chain, Lane, Path
from playhead.protocols.openai_chat.logprobs import plan_logprobs
from playhead.protocols.openai_chat.mirror import Mirror
from playhead.protocols.openai_chat.shapes import CHUNK, CHUNK_OBJECT
from playhead.protocols.openai_chat.short import Growth, Plan, are_apart, settle
from playhead.protocols.payload import finite
from playhead.protocols.record import Record

NEVER = 2**62
"""A frame that no stream has."""


class Snapshot:
    """What the SDK holds. `take` every chunk that reaches it; once it has raised, nothing is done."""

    def __init__(self, record: Record, lanes: dict[int, Lane]) -> None:
        self._record = record
        self._lanes = lanes
        self._client = Client()
        self._mirror = Mirror(self._shared)
        self._fresh: dict[int, list[Fields]] = {}
        """By choice, the tool calls that began, until the next delta settles them."""
        record.message = self._mirror.root
        record.began = NEVER

    @property
    def is_frozen(self) -> bool:
        return self._record.frozen is not None

    def message(self, place: int) -> Fields | None:
        """The message of a choice as cells."""
        choice = self._mirror.choice(place)
        message = choice.latest("message") if choice is not None else None
        return message if isinstance(message, Fields) else None

    def member(self, name: str) -> Value:
        return self._mirror.root.latest(name)

    def take(self, frame: int, data: Json, touched: Iterable[Lane]) -> bool:
        """An event's JSON, after the blocks of the choices that it `touched` have taken it.

        Whether other choices may have changed than those it names.
        """
        if self.is_frozen:
            return False
        if isinstance(data, dict) and data.get("object") != CHUNK_OBJECT:
            self._drop(frame, touched)
            return False
        if self._grows(frame, data):
            return False
        named = self._named(data)
        held = self._held(frame - 1) if named is None else self._held_of(frame - 1, named)
        after, error = self._client.take(held, data)
        if after is not None:
            if self._record.began == NEVER:
                self._record.began = frame
            self._mirror.write(frame, after)
            choices = after.get("choices")
            self._settle_later([at for at, _ in choices.items] if isinstance(choices, Choices) else None)
        if error is not None:
            name = type(error).__name__
            self._fail(frame, error, f"the client's stream() raises {name}", name)
        return named is None or error is not None

    def _named(self, data: Json) -> set[int] | None:
        """The places of the choices that a chunk names, where it can change no others."""
        if self._record.began == NEVER or not isinstance(data, dict) or self._mirror.choices is None:
            return None
        choices = data.get("choices")
        if not isinstance(choices, list):
            return None
        named: set[int] = set()
        for choice in choices:
            at = choice.get("index") if isinstance(choice, dict) else None
            if type(at) is not int or at < 0:
                return None
            named.add(at)
        return named

    def _held_of(self, frame: int, named: Iterable[int]) -> dict[str, Json | Choices]:
        """The snapshot after `frame`, with those of its choices only."""
        root, choices = self._mirror.root, self._mirror.choices
        assert choices is not None
        items = {at: value_at(choices[at], frame) for at in named if at < len(choices)}
        held: dict[str, Json | Choices] = {"choices": Choices(items, len(choices))}
        return held | {name: value_at(root.latest(name), frame) for name in root.names() if name not in held}

    def _settle_later(self, places: list[int] | None) -> None:
        """Note which calls the next delta settles, of the choices at these places or of all.

        Without them the choice is steady.
        """
        unsettled = self._client.unsettled
        if places is None:
            self._fresh.clear()
        for place in range(len(unsettled)) if places is None else places:
            self._fresh.pop(place, None)
            calls = unsettled[place] if place < len(unsettled) else []
            message = self.message(place) if calls else None
            held = message.latest("tool_calls") if message is not None else None
            if isinstance(held, Series):
                cells = [held[call] for call in calls]
                self._fresh[place] = [cell for cell in cells if isinstance(cell, Fields)]

    def _drop(self, frame: int, touched: Iterable[Lane]) -> None:
        """The client drops an object that is no chunk; blocks may have taken text from it all the same."""
        for lane in touched:
            for path, text in lane.taken.items():
                if text:
                    self._mirror.part(frame, lane.index, path)

    def _fail(self, frame: int, error: Exception, what: str, name: str) -> None:
        """The SDK raises `error`; its snapshot then holds what is written by now."""
        said = str(error)
        self._record.raised(frame, name, f"{what}: {said}" if said else what, took=True)

    def finish(self, frame: int) -> None:
        """The stream is over: the SDK completes its snapshot, or raises."""
        if self.is_frozen:
            return
        try:
            complete(self._held(frame))
        except Exception as error:  # noqa: BLE001 - whatever a stream can make the SDK raise
            name = type(error).__name__
            name = f"openai.{name}" if name.endswith("FinishReasonError") else name
            self._fail(frame, error, f"get_final_completion() raises {name}", name)
            return
        self._record.closing = Completion(self._mirror.root)

    def _held(self, frame: int) -> dict[str, Json] | None:
        return None if self._record.began == NEVER else self._mirror.root.at(frame)

    def _shared(self, place: int, path: Path) -> Chain | None:
        lane = self._lanes.get(place)
        return lane.channel(path) if lane is not None and _may_share(path) else None

    def _grows(self, frame: int, data: Json) -> bool:
        """Whether the chunk only makes longer what is there; then that is done."""
        if not isinstance(data, dict) or self._record.began == NEVER or data.get("moderation") is not None:
            return False
        choices = data.get("choices")
        if not isinstance(choices, list) or "usage" not in self._mirror.root:
            return False
        growth: Growth = []
        if not are_apart(choices) or not all(self._plan(frame, choice, growth) for choice in choices):
            return False
        for grow in growth:
            grow()
        self.use(frame, data.get("usage"))
        self._mirror.root.set(frame, "system_fingerprint", finite(data.get("system_fingerprint")))
        return True

    def use(self, frame: int, usage: Json) -> None:
        """Every chunk overwrites the usage, with null if it has none."""
        if usage is not None and not _is_usual(usage):
            usage = finite(plain(construct(CHUNK.fields["usage"], usage)))
        self._mirror.root.set(frame, "usage", usage)

    def _plan(self, frame: int, choice: Json, growth: Growth) -> bool:
        if not isinstance(choice, dict):
            return False
        index, delta = choice.get("index"), choice.get("delta")
        if type(index) is not int or not isinstance(delta, dict):
            return False
        lane, message = self._lanes.get(index), self.message(index)
        if lane is None or message is None or not self.is_growing(index):
            return False
        reason, before = choice.get("finish_reason"), self._finish_reason(index)
        if reason and not (isinstance(reason, str) and reason == before):
            return False
        for call in self._fresh.pop(index, ()):
            settle(frame, call)
        logprobs = choice.get("logprobs")
        if logprobs is not None and not plan_logprobs(frame, self._mirror.logprobs(index), logprobs, growth):
            return False
        texts, progress = self._mirror.texts(frame, index), self._client.choices[index]
        plan = Plan(frame, growth, lane.taken, texts, progress, self._fresh.setdefault(index, []))
        return plan.message(message, delta, finished=bool(before))

    def _finish_reason(self, place: int) -> Value:
        choice = self._mirror.choice(place)
        return choice.latest("finish_reason") if choice is not None else None

    def grows_with(self, lane: Lane, call: int) -> bool:
        """Whether the text that the lane's open block grows from is the snapshot's own, alone to change.

        `call` is the index of the tool call, -1 where it is none.
        """
        place = lane.index
        if "usage" not in self._mirror.root or not self.is_growing(place):
            return False
        if self._fresh.get(place) or self._finish_reason(place):
            return False
        if call >= 0 and call != self._client.choices[place].current_call:
            return False
        found = self._mirror.text(place, lane.path)
        return found is not None and found[1] is not None and found[1] is lane.channels.get(lane.path)

    def is_growing(self, place: int) -> bool:
        """Whether the choice stands where its index says, and nothing but its texts will change."""
        client = self._client
        return 0 <= place < min(len(client.steady), len(client.choices)) and client.steady[place]


def _is_usual(usage: Json) -> bool:
    """Whether it is an object of integers, in which there is nothing to coerce."""
    return isinstance(usage, dict) and all(
        type(part) is int or (isinstance(part, dict) and all(type(count) is int for count in part.values()))
        for part in usage.values()
    )


def _may_share(path: Path) -> bool:
    """Whether blocks hold the text at this place of a message."""
    match path:
        case ("content" | "reasoning_content" | "reasoning" | "refusal",):
            return True
        case ("tool_calls", int(), "function", "arguments"):
            return True
        case ("function_call", "arguments") | ("audio", "transcript" | "data"):
            return True
        case _:
            return False


class Completion:
    """What `get_final_completion()` returns: made of the last snapshot when asked for."""

    def __init__(self, root: Fields) -> None:
        self._root = root

    def at(self, frame: int) -> Json:
        completed: Json = complete(self._root.at(frame))
        return completed
