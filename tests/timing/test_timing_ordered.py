"""Numbers in sorted runs have the ranks that one sorted list gives them."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead.timing import ordered
from playhead.timing.ordered import Ordered

FEW = st.sampled_from([-1.5, 0.0, 0.001, 0.5, 1e9])
MANY = st.floats(allow_nan=False)


@given(st.lists(FEW | MANY | st.just(math.nan), max_size=40), st.integers(1, 7), FEW)
def test_ranks_and_counts_are_those_of_one_list(numbers: list[float], run: int, bound: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "_RUN", run)
        found = Ordered(array("d", numbers))
    known = sorted(number for number in numbers if not math.isnan(number))
    assert len(found) == len(known)
    assert [found[rank] for rank in range(len(known))] == known
    assert sorted(found) == known
    assert found.below(bound) == bisect_left(known, bound)
    if known:
        assert found[-1] == known[-1]
    for rank in (len(known), -len(known) - 1):
        with pytest.raises(IndexError):
            found[rank]
