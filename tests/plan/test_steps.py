"""The order of steps, held as data."""

from __future__ import annotations

import pytest

from playhead.model import EndingKind
from playhead.plan import End, Finish, Head, Send, Step, Wait, checked

HEAD = Head(status=200)
EARLY = Head(status=103)
CLEAN = End(finish=Finish.CLEAN, kind=EndingKind.COMPLETE)
CUT = End(finish=Finish.RESET, kind=EndingKind.SERVER_CLOSED)
SEND = Send(1, b"x")


@pytest.mark.parametrize(
    "steps",
    [
        [HEAD, CLEAN],
        [CUT],
        [Wait(1.0), CUT],
        [EARLY, Wait(0.5), EARLY, HEAD, SEND, Wait(0.5), Wait(0.7), SEND, CLEAN],
        [HEAD, SEND, CUT],
    ],
)
def test_legal_orders_pass_unchanged(steps: list[Step]) -> None:
    assert list(checked(steps)) == steps


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ([], "without an end"),
        ([HEAD, SEND], "without an end"),
        ([CLEAN], "CLEAN_END may come in BEFORE_HEAD"),
        ([SEND], "SEND may come in BEFORE_HEAD"),
        ([HEAD, HEAD], "FINAL_HEAD may come in BODY"),
        ([HEAD, EARLY], "INTERIM_HEAD may come in BODY"),
        ([HEAD, CLEAN, SEND], "SEND may come in OVER"),
        ([HEAD, CUT, Wait(1.0)], "WAIT may come in OVER"),
        ([HEAD, Send(3, b""), CLEAN], "chunk 3 is empty"),
        ([HEAD, Wait(2.0), Wait(1.0), CLEAN], "a wait until 1.0 after one until 2.0"),
    ],
)
def test_others_are_named(steps: list[Step], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(checked(steps))
