"""The clock stands still until tick()."""

import time

from redis_clone.structures.clock import Clock


def test_the_time_is_held_until_the_next_tick():
    instants = iter([1_700_000_000_123_456_789, 1_700_000_000_999_999_999])
    clock = Clock(lambda: next(instants))
    assert (clock.now_ns, clock.now_us, clock.now_ms) == (
        1_700_000_000_123_456_789, 1_700_000_000_123_456, 1_700_000_000_123,
    )  # fmt: skip
    clock.tick()
    assert (clock.now_us, clock.now_ms) == (1_700_000_000_999_999, 1_700_000_000_999)


def test_without_a_source_it_is_the_time_of_the_machine():
    before = time.time_ns()
    assert before <= Clock().now_ns <= time.time_ns()
