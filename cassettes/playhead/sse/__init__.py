"""Server-Sent Events: bytes in, frames out. Knows the WHATWG wire format; no provider, no clock, no file."""

from playhead.sse.decoder import Decoder
from playhead.sse.frames import Frame, FrameKind

__all__ = ["Decoder", "Frame", "FrameKind"]
