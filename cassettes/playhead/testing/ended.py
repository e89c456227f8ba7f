"""A recording that was cut short, and code under test that went on when it met the end.

Knows exceptions and where they went. What came behind that end, nobody knows: whatever a test finds out there
is about the recording. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from playhead.errors import PlayheadError, RecordingEnded

if TYPE_CHECKING:
    from _pytest.outcomes import Failed


_EXPECTING: Final = ("raises", "Raises", RecordingEnded.__name__, PlayheadError.__name__)
"""What stands in a `with` or an `except` that expects it."""


def swallowed(
    met: Iterable[RecordingEnded], item: pytest.Item | None = None, raised: BaseException | None = None
) -> Failed | None:
    """The failure that a test is for those of `met` that it does not expect; `raised` it has failed with.

    The test function itself expects one where it says so: by `pytest.raises`, or an `except` that names it.
    """
    for ended in met:
        if ended is not raised and not (item is not None and _is_expected(item, ended)):
            return pytest.fail.Exception(_told(ended), pytrace=False)
    return None


def _is_expected(item: pytest.Item, error: BaseException) -> bool:
    """Whether the test function, or one that is written within it, has met it where it says so."""
    name = getattr(getattr(item, "function", None), "__qualname__", item.name)
    within = f"{name}.<locals>."
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        where = code.co_qualname
        if (where == name or where.startswith(within)) and _waits(code.co_filename, step.tb_lineno):
            return True
        step = step.tb_next
    return False


def _waits(file: str, line: int) -> bool:
    """Whether what stands in that line is within something that expects an exception."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return False
    return any(
        word in ast.unparse(part)
        for node in ast.walk(tree)
        for part in _around(node, line)
        for word in _EXPECTING
    )


def _around(node: ast.AST, line: int) -> Iterator[ast.expr]:
    """What a statement around the line says of exceptions."""
    match node:
        case ast.With() | ast.AsyncWith() if node.lineno <= line <= (node.end_lineno or line):
            yield from (each.context_expr for each in node.items)
        case ast.Try() | ast.TryStar() if node.body[0].lineno <= line <= (node.body[-1].end_lineno or line):
            yield from (each.type for each in node.handlers if each.type is not None)


def _told(ended: RecordingEnded) -> str:
    return (
        f"{ended.message}.\n"
        "What the server sent after this, nobody knows. The code under test read on, and went on "
        "when it met this.\n"
        "To mend: record it whole. For a stream that breaks on purpose, play one: "
        'matrix=[playhead.cut("fin", event=…)].\n'
        "A test that expects this says so: with pytest.raises(playhead.RecordingEnded) in the test function, "
        "or by playhead.recording_ended() of the fixture."
    )
