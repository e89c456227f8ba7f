"""How long whoever records waits at its end. Values only.

What is late is lost to nobody: it stays unfinished, for the next recorder or `playhead recover`.
"""

from __future__ import annotations

from typing import Final

ANSWER_SECONDS: Final = 5.0
"""For a disk that does not answer."""
WRITE_SECONDS: Final = 30.0
"""For one that is slow, but answers: every stream that is open has an ending to be written."""
FINISH_SECONDS: Final = 30.0
"""Then, for the cassettes to be finished, which takes the processor."""
