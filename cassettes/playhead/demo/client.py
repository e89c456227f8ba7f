"""A plain HTTP client that notes what it met: `python -m playhead.demo.client URL METHOD [--first-byte]`.

Reads the request body from standard input and prints one JSON object: status, when each delivery came
(seconds since the request was sent, and its bytes' count), the body's SHA-256, how it ended. Built on the
standard library, and run as a process, so that nothing of Playhead stands between it and the socket.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import sys
import time
from urllib.parse import urlsplit

_TIMEOUT = 30.0
_READ = 65536


def fetch(url: str, method: str, body: bytes, first_byte_only: bool) -> dict[str, object]:
    """Request `url`, read the answer as it comes, and tell how it went."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    arrivals: list[tuple[float, int]] = []
    digest = hashlib.sha256()
    connection.connect()
    start = time.monotonic()
    headers = {"content-type": "application/json", "accept": "text/event-stream", "connection": "close"}
    connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
    response = connection.getresponse()
    ending, is_within = "complete", False
    try:
        # read1 gives one HTTP chunk at a time, as soon as it is there; a part of one where its buffer ends.
        while data := response.read1(_READ):
            size = len(data) + (arrivals.pop()[1] if is_within else 0)
            arrivals.append((time.monotonic() - start, size))
            is_within = response.chunked and bool(response.chunk_left)
            digest.update(data)
            if first_byte_only:
                break
    except http.client.IncompleteRead:
        ending = "incomplete"
    except ConnectionResetError:
        ending = "reset"
    except TimeoutError:
        ending = "timeout"
    connection.close()
    return {
        "status": response.status,
        "arrivals": arrivals,
        "sha256": digest.hexdigest(),
        "ending": ending,
    }


def main() -> None:
    url, method, *rest = sys.argv[1:]
    print(json.dumps(fetch(url, method, sys.stdin.buffer.read(), "--first-byte" in rest)))


if __name__ == "__main__":
    main()
