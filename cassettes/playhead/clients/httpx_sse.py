"""How `EventSource` of httpx-sse reads a body. Source: httpx-sse 0.4.3, on httpx 0.28.1.

Knows text in UTF-8: httpx goes by the charset of the content type, which is left out of account here
(`heads`).
"""

from __future__ import annotations

from playhead.clients.body import ClientDecoder
from playhead.clients.fields import FieldDecoder
from playhead.clients.lines import Settled
from playhead.clients.quirks import Dispatch, Quirks

QUIRKS = Quirks(strict=False, unnamed="message", no_id="", dispatch=Dispatch.IF_ANYTHING_IS_SET)


def decoder() -> ClientDecoder:
    return FieldDecoder(Settled(), QUIRKS)
