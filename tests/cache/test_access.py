"""When keys were used and how often, with a clock and a chance that the test holds."""

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


def use(access, word):
    return access.lru_clock or access.touched(word)


def test_idle_is_the_time_since_the_last_use(access):
    word = use(access, 0)
    access.look_at_clock(NOW_MS + 5_000)
    assert access.idle_ms(word) == 5_000 and access.idle_ms(use(access, word)) == 0


def test_all_uses_of_a_tick_are_one_object(access):
    assert use(access, 1) is use(access, 2)


def test_while_paused_a_use_is_none_but_a_new_key_has_its_word(access):
    word = access.field_of_idle(60_000)
    with access.paused():
        access.look_at_clock(NOW_MS + 1)
        assert use(access, word) == word and access.lru_clock == 0
        with access.paused():
            pass
        assert access.lru_clock == 0 and access.initial() == NOW_MS + 1
    assert use(access, word) == NOW_MS + 1


@pytest.mark.parametrize("factor, uses_until_255", [(0, 250), (1, 32_000)])
def test_the_counter_grows_the_more_slowly_the_higher_it_is(lfu, factor, uses_until_255):
    lfu.log_factor = factor
    word, count = lfu.initial(), 0
    assert lfu.counter(word) == NEW_COUNTER
    while lfu.counter(word) < HIGHEST:
        word, count = use(lfu, word), count + 1
    assert uses_until_255 * 0.8 < count < uses_until_255 * 1.2
    assert lfu.counter(use(lfu, word)) == HIGHEST


def test_the_counter_loses_one_in_each_time_of_decay(lfu):
    word = lfu.field_of_counter(100)
    for minutes, decay, expected in [(0, 1, 100), (30, 1, 70), (30, 10, 97), (1000, 1, 0), (1000, 0, 100)]:
        lfu.decay_minutes = decay
        lfu.look_at_clock(NOW_MS + minutes * MINUTE_MS)
        assert lfu.counter(word) == expected


def test_a_clock_that_is_turned_back_makes_nothing_negative(access):
    word = use(access, 0)
    access.look_at_clock(NOW_MS - 10_000)
    assert access.idle_ms(word) == 0
    access.use_lfu(True)
    high = access.field_of_counter(9)
    access.look_at_clock(NOW_MS - 600_000)
    assert access.counter(high) == 9
