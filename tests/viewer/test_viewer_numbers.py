"""Numbers as people read them."""

from __future__ import annotations

import pytest

from playhead_viewer.text.numbers import duration


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (59.99, "59.99 s"),
        (59.996, "1 min 0 s"),
        (119.7, "2 min 0 s"),
        (185.2, "3 min 5 s"),
        (3599.9, "60 min 0 s"),
        (-119.7, "-2 min 0 s"),
    ],
)
def test_no_duration_has_sixty_seconds_beside_its_minutes(t, text):
    assert duration(t) == text
