"""Where bytes of a recording are missing, and what is said of them.

Knows the losses of an exchange and the times of its chunks. Bytes were lost where a `loss` record says so by
its times, and at the latest where it stands in the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from playhead.exchange import Exchange
from playhead.model import Loss


@dataclass(frozen=True, slots=True)
class Lost:
    """Where bytes are missing: behind how many chunks of the file, and from which time on, if it is known.

    The earlier of both counts. A record of a loss is written once it is over, and some without a time.
    """

    behind: int
    there: str
    since: float
    why: str

    @classmethod
    def of(cls, exchange: Exchange) -> Lost | None:
        if not exchange.losses:
            return None
        earliest = min(exchange.losses, key=_loss_start)
        behind = exchange.chunks_before_losses[0]
        return cls(behind, _told(exchange.losses[0]), _loss_start(earliest), _told(earliest))

    def before(self, number: int, t: float | None) -> str | None:
        """What passed by unrecorded before this chunk, or may have; `None` where nothing did."""
        if math.isfinite(self.since) and (t is None or t > self.since):
            return self.why
        return self.there if number > self.behind else None


def _loss_start(loss: Loss) -> float:
    return next((t for t in (loss.t_start, loss.t) if t is not None), math.inf)


def _told(loss: Loss) -> str:
    why = f" ({loss.detail})" if loss.detail else ""
    return f"{loss.size} bytes passed by unrecorded{why}" if loss.size else f"bytes passed by unrecorded{why}"
