"""A recording that was cut short, and code under test that went on when it met the end.

Knows exceptions and where they went. What came behind that end, nobody knows: whatever a test finds out there
is about the recording. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pytest

from playhead.errors import PlayheadError, RecordingEnded

if TYPE_CHECKING:
    from _pytest.outcomes import Failed

Exit: TypeAlias = Callable[
    [Any, type[BaseException] | None, BaseException | None, TracebackType | None], bool | None
]

_NAMES: Final = (RecordingEnded.__name__, PlayheadError.__name__)
"""What names it in a `with` or an `except`: code that is under test knows neither."""
_IN_TEST: Final = ("raises", "Raises", *_NAMES)
"""The same in the test function, where unittest's way is meant, too."""
_ONE: Final = type(pytest.raises(RecordingEnded))
_RAISES: Final[tuple[type, ...]] = (_ONE, getattr(pytest, "RaisesGroup", _ONE))
"""What `pytest.raises` makes, and its kind for groups (pytest 8.4)."""


class Expected:
    """The exceptions that a `pytest.raises` has taken, wherever it stands."""

    def __init__(self) -> None:
        self._taken: list[BaseException] = []

    @contextmanager
    def watched(self) -> Iterator[None]:
        """While those that are begun now are seen."""
        with pytest.MonkeyPatch.context() as patch:
            for each in dict.fromkeys(_RAISES):
                if "__exit__" in vars(each):
                    patch.setattr(each, "__exit__", self._noting(vars(each)["__exit__"]))
            yield

    def _noting(self, leave: Exit) -> Exit:
        def leaving(
            raises: Any,
            kind: type[BaseException] | None,
            error: BaseException | None,
            trace: TracebackType | None,
        ) -> bool | None:
            __tracebackhide__ = True
            is_taken = leave(raises, kind, error, trace)
            if is_taken and error is not None:
                self._taken += _leaves(error)
            return is_taken

        return leaving

    def __contains__(self, error: BaseException) -> bool:
        return any(each is error for each in self._taken)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def swallowed(
    met: Iterable[RecordingEnded],
    expected: Expected,
    item: pytest.Item | None = None,
    raised: BaseException | None = None,
) -> Failed | None:
    """The failure that a test is for those of `met` that it does not expect; `raised` it has failed with.

    It expects one that a `pytest.raises` has taken, or that came where something names it: an `except`, a
    `suppress`.
    """
    for ended in met:
        if ended is not raised and ended not in expected and not _is_named(item, ended):
            return pytest.fail.Exception(_told(ended), pytrace=False)
    return None


def _is_named(item: pytest.Item | None, error: BaseException) -> bool:
    """Whether it went through a statement that says that it is expected there."""
    function = getattr(item, "function", None)
    name = getattr(function, "__qualname__", None) or getattr(item, "name", None)
    within = f"{name}.<locals>."
    step = error.__traceback__
    while step is not None:
        frame = step.tb_frame
        where = frame.f_code.co_qualname
        is_ours = str(frame.f_globals.get("__name__", "")).partition(".")[0] == _OURS
        words = _IN_TEST if where == name or where.startswith(within) else _NAMES
        if not is_ours and _waits(frame.f_code.co_filename, step.tb_lineno, words):
            return True
        step = step.tb_next
    return False


_OURS: Final = __name__.partition(".")[0]


def _waits(file: str, line: int, words: Iterable[str]) -> bool:
    """Whether what stands in that line is within something that has one of `words`."""
    text = "".join(linecache.getlines(file))
    if not any(word in text for word in words):
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return any(
        word in ast.unparse(part) for node in ast.walk(tree) for part in _around(node, line) for word in words
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
        "A test that expects this says so: with pytest.raises(playhead.RecordingEnded), "
        "or by playhead.recording_ended() of the fixture."
    )
