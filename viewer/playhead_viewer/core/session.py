"""What the list of sessions knows of an exchange. Knows nothing of the list."""

from __future__ import annotations

import msgspec


class Session(msgspec.Struct, frozen=True):
    """One exchange of one file; or a file without one, with `error` set where it cannot be read."""

    path: str
    exchange: int = 0
    """Its number; 0 where it is a file alone, in which there is none or nobody can read one."""
    t: float | None = None
    """When it began, in seconds since 1970; `None` where unknown."""
    host: str = ""
    model: str = ""
    status: int | None = None
    ending: str = ""
    ttft: float | None = None
    """Seconds from the request to the first content."""
    stalls: int | None = None
    tokens: int | None = None
    events: int | None = None
    error: str = ""
    is_final: bool = True
    """Whether it will say the same when the file is read again."""

    @property
    def key(self) -> tuple[str, int]:
        return self.path, self.exchange
