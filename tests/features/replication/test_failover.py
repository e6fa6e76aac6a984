"""A failover, without a server: what is to be done when, by what the replicas have acknowledged."""

import pytest

from redis_clone.features.replication.failover import (
    IN_PROGRESS,
    NO_FAILOVER,
    WAITING,
    Abort,
    Address,
    Failover,
    HandOver,
)

ADA, BOB = Address("10.0.0.1", 6379), Address("10.0.0.2", 6379)


@pytest.fixture
def failover():
    return Failover()


def begin(failover, target=None, timeout_ms=0, is_forced=False):
    failover.begin(target, now_ms=1000, timeout_ms=timeout_ms, is_forced=is_forced)
    assert failover.state == WAITING


def test_it_waits_for_the_first_replica_that_has_everything(failover):
    begin(failover)
    assert failover.next_step(100, [(ADA, 90), (BOB, 99)], now_ms=10**9) is None
    assert failover.next_step(100, [(ADA, 90), (BOB, 100)], now_ms=10**9) == HandOver(BOB, "is synced")
    assert failover.state == IN_PROGRESS and failover.target == BOB


def test_it_waits_for_its_target_alone(failover):
    begin(failover, target=ADA)
    assert failover.next_step(100, [(ADA, 90), (BOB, 100)], now_ms=1001) is None
    assert failover.next_step(100, [], now_ms=1002) is None, "the target has left"
    assert failover.next_step(100, [(BOB, 100), (ADA, 100)], now_ms=1003) == HandOver(ADA, "is synced")


def test_when_the_time_is_up_it_is_aborted(failover):
    begin(failover, timeout_ms=50)
    assert failover.next_step(100, [(ADA, 90)], now_ms=1049) is None
    late = Abort("Replica never caught up before timeout")
    assert failover.next_step(100, [(ADA, 100)], now_ms=1050) == late, "the time is looked at first"


def test_when_the_time_is_up_a_forced_one_goes_on_with_a_target_that_lacks_something(failover):
    begin(failover, target=ADA, timeout_ms=50, is_forced=True)
    assert failover.next_step(100, [(ADA, 90)], now_ms=1049) is None
    assert failover.next_step(100, [], now_ms=1050) == HandOver(ADA, "time out exceeded")


def test_once_it_is_in_progress_neither_time_nor_offsets_matter(failover):
    begin(failover, target=ADA, timeout_ms=50)
    assert failover.next_step(100, [(ADA, 100)], now_ms=1001)
    assert failover.next_step(100, [(ADA, 100), (BOB, 100)], now_ms=10**9) is None
    assert failover.is_on and failover.is_in_progress


def test_after_its_end_nothing_is_left_of_it(failover):
    assert failover.next_step(0, [(ADA, 0)], now_ms=1000) is None
    begin(failover, target=ADA, timeout_ms=50, is_forced=True)
    failover.end()
    assert (failover.state, failover.is_on, failover.is_in_progress) == (NO_FAILOVER, False, False)
    begin(failover)
    assert failover.next_step(100, [(BOB, 100)], now_ms=10**9) == HandOver(BOB, "is synced")
