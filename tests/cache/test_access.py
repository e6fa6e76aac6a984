"""Access fields under LRU and LFU, with a clock and random numbers of the test."""

from random import Random

import pytest

from redis_clone.cache.access import HIGHEST, MINUTE_MS, NEW_COUNTER, AccessClock

NOW_MS = 1_700_000_000_000


@pytest.fixture
def access():
    return AccessClock(Random(2), NOW_MS)


@pytest.fixture
def lfu(access):
    access.use_lfu(True)
    return access


def touch(access, field):
    return access.lru_clock or access.touched(field)


def test_idle_is_the_time_since_the_last_access(access):
    field = touch(access, 0)
    access.look_at_clock(NOW_MS + 5_000)
    assert access.idle_ms(field) == 5_000 and access.idle_ms(touch(access, field)) == 0


def test_all_access_fields_of_a_tick_are_one_object(access):
    assert touch(access, 1) is touch(access, 2)


def test_while_paused_no_access_counts_but_a_new_key_has_its_access_field(access):
    field = access.field_of_idle(60_000)
    with access.paused():
        access.look_at_clock(NOW_MS + 1)
        assert touch(access, field) == field and access.lru_clock == 0
        with access.paused():
            pass
        assert access.lru_clock == 0 and access.initial() == NOW_MS + 1
    assert touch(access, field) == NOW_MS + 1


@pytest.mark.parametrize("factor, accesses_until_255", [(0, 250), (1, 32_000)])
def test_the_counter_grows_the_more_slowly_the_higher_it_is(lfu, factor, accesses_until_255):
    lfu.log_factor = factor
    field, count = lfu.initial(), 0
    assert lfu.counter(field) == NEW_COUNTER
    while lfu.counter(field) < HIGHEST:
        field, count = touch(lfu, field), count + 1
    assert accesses_until_255 * 0.8 < count < accesses_until_255 * 1.2
    assert lfu.counter(touch(lfu, field)) == HIGHEST


def test_the_counter_loses_one_in_each_decay_time(lfu):
    field = lfu.field_of_counter(100)
    for minutes, decay, expected in [(0, 1, 100), (30, 1, 70), (30, 10, 97), (1000, 1, 0), (1000, 0, 100)]:
        lfu.decay_minutes = decay
        lfu.look_at_clock(NOW_MS + minutes * MINUTE_MS)
        assert lfu.counter(field) == expected


def test_a_clock_that_is_set_back_makes_nothing_negative(access):
    field = touch(access, 0)
    access.look_at_clock(NOW_MS - 10_000)
    assert access.idle_ms(field) == 0
    access.use_lfu(True)
    high = access.field_of_counter(9)
    access.look_at_clock(NOW_MS - 600_000)
    assert access.counter(high) == 9
