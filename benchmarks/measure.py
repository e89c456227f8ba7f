"""What every benchmark does: contenders take turns in every round, and medians are compared."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence


def interleaved(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median of what each contender returns (seconds, say) in `taken`."""
    return {name: statistics.median(values) for name, values in taken(contenders, rounds).items()}


def taken(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each contender returns, a value a round; whoever begins changes with the round."""
    names = list(contenders)
    found: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        turn = number % len(names)
        for name in (*names[turn:], *names[:turn]):
            found[name].append(contenders[name]())
    return found


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """The first quartile, the median and the third."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return low, middle, high


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def table(title: str, rows: Sequence[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows under heads, the first column to the left, the others to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max(len(row[at]) for row in [list(heads), *cells]) for at in range(len(heads))]
    print(f"\n{title}")
    for row in [list(heads), *cells]:
        first, *rest = (text.rjust(width) for text, width in zip(row, widths, strict=True))
        print("  " + row[0].ljust(widths[0]) + "".join(f"  {cell}" for cell in rest), flush=True)
        del first


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)
