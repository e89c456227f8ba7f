"""Which function reads which event: a table.

A handler takes the book, the frame's number and the event. Deltas are not here: the reader has them on a
path of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from playhead.protocols.openai_responses import content, lifecycle, output, wire
from playhead.protocols.openai_responses.book import Book
from playhead.protocols.openai_responses.content import Event

Handler = Callable[[Book, int, Event], None]

HANDLERS: dict[str, Handler] = {
    **{name: partial(lifecycle.read_lifecycle, name) for name in wire.LIFECYCLE + wire.TERMINATORS},
    **{name: partial(content.read_done, stream) for name, stream in wire.DONES.items()},
    **{name: partial(output.read_status, *state) for name, state in wire.STATUSES.items()},
    **{f"{name}.added": partial(content.add_part, *place) for name, place in wire.PARTS.items()},
    **{f"{name}.done": partial(content.end_part, *place) for name, place in wire.PARTS.items()},
    "response.output_item.added": output.add_item,
    "response.output_item.done": output.end_item,
    "response.output_text.annotation.added": content.add_annotation,
    "response.shell_call_command.added": content.add_command,
    "response.image_generation_call.partial_image": output.read_image,
    "error": lifecycle.read_error,
    "keepalive": lifecycle.read_keep_alive,
}
