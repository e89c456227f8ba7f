"""The queue between the loop and the writer thread: order, the cap, what it says it dropped."""

from __future__ import annotations

import threading

from playhead.capture.backlog import Backlog
from playhead.capture.items import Delivered, Lost


def delivery(session, t_ns, size=1000):
    return Delivered(session, t_ns, b"x" * size)


def test_items_come_out_in_order_and_none_says_the_end():
    backlog = Backlog()
    items = [delivery(1, 1), delivery(2, 2), Lost(1, "exception", 3, 3, 1, 1), delivery(1, 4)]
    for item in items:
        backlog.put(item) if isinstance(item, Lost) else backlog.deliver(item)
    assert backlog.take() == items
    assert backlog.take(timeout=0) == []
    backlog.close()
    assert backlog.take() is None


def test_what_waits_at_the_close_still_comes():
    backlog = Backlog()
    backlog.deliver(delivery(1, 1))
    backlog.close()
    assert backlog.take() == [delivery(1, 1)]
    assert backlog.take() is None


def test_beyond_the_cap_deliveries_are_counted_in_the_place_where_they_miss():
    backlog = Backlog(cap=4000)
    for t_ns in range(10):
        backlog.deliver(delivery(1, t_ns))
    accepted = backlog.take()
    assert [item.t_ns for item in accepted] == [0, 1, 2]
    assert not backlog.has_room(1)
    # What was taken is not written yet: it still counts.
    backlog.deliver(delivery(1, 10))
    assert backlog.take(timeout=0) == []
    backlog.deliver(delivery(1, 11))
    assert backlog.take() == [Lost(1, "queue_full", 3, 10, 8, 8000), delivery(1, 11)]


def test_each_session_has_its_own_loss_and_an_end_brings_it_out():
    backlog = Backlog(cap=2000)
    backlog.deliver(delivery(1, 0))
    backlog.deliver(delivery(1, 1))
    backlog.deliver(delivery(2, 2))
    end = Lost(2, "stream_replaced", 9, 9, None, None)
    backlog.put(end)
    assert backlog.take() == [delivery(1, 0), Lost(2, "queue_full", 2, 2, 1, 1000), end]


def test_after_a_drop_half_of_the_cap_must_be_free_again():
    backlog = Backlog(cap=1_000_000)
    for t_ns in range(2000):
        backlog.deliver(delivery(1, t_ns))
    taken = 0
    while not backlog.has_room(1):
        taken += len(backlog.take())
    # 796 fit; more than half of them had to be written before the next was taken in.
    assert 398 <= taken <= 796


def test_a_waiting_thread_is_woken():
    backlog = Backlog()
    taken = []
    thread = threading.Thread(target=lambda: taken.extend(backlog.take() or []))
    thread.start()
    backlog.deliver(delivery(1, 1))
    thread.join(60)
    assert taken == [delivery(1, 1)]
