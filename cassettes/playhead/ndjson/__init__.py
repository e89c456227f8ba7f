"""Lines of JSON: bytes in, frames out, one line a frame. Knows lines; no JSON, no provider, no file."""

from playhead.ndjson.decoder import Decoder, read_line

__all__ = ["Decoder", "read_line"]
