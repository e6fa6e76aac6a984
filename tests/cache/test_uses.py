"""When keys were used and how often, with a clock and a chance that the test holds."""

from random import Random

import pytest

from redis_clone.cache.uses import HIGHEST, MINUTE_MS, NEW_COUNTER, Uses

NOW_MS = 1_700_000_000_000


@pytest.fixture
def uses():
    return Uses(Random(2), NOW_MS)


@pytest.fixture
def lfu(uses):
    uses.count_them(True)
    return uses


def use(uses, word):
    return uses.moment or uses.next(word)


def test_idle_is_the_time_since_the_last_use(uses):
    word = use(uses, 0)
    uses.look_at_clock(NOW_MS + 5_000)
    assert uses.idle_ms(word) == 5_000 and uses.idle_ms(use(uses, word)) == 0


def test_all_uses_of_a_tick_are_one_object(uses):
    assert use(uses, 1) is use(uses, 2)


def test_while_paused_a_use_is_none_but_a_new_key_has_its_word(uses):
    word = uses.word_of_idle(60_000)
    with uses.paused():
        uses.look_at_clock(NOW_MS + 1)
        assert use(uses, word) == word and uses.moment == 0
        with uses.paused():
            pass
        assert uses.moment == 0 and uses.first() == NOW_MS + 1
    assert use(uses, word) == NOW_MS + 1


@pytest.mark.parametrize("factor, uses_until_255", [(0, 250), (1, 32_000)])
def test_the_counter_grows_the_more_slowly_the_higher_it_is(lfu, factor, uses_until_255):
    lfu.log_factor = factor
    word, count = lfu.first(), 0
    assert lfu.counter(word) == NEW_COUNTER
    while lfu.counter(word) < HIGHEST:
        word, count = use(lfu, word), count + 1
    assert uses_until_255 * 0.8 < count < uses_until_255 * 1.2
    assert lfu.counter(use(lfu, word)) == HIGHEST


def test_the_counter_loses_one_in_each_time_of_decay(lfu):
    word = lfu.word_of_counter(100)
    for minutes, decay, expected in [(0, 1, 100), (30, 1, 70), (30, 10, 97), (1000, 1, 0), (1000, 0, 100)]:
        lfu.decay_minutes = decay
        lfu.look_at_clock(NOW_MS + minutes * MINUTE_MS)
        assert lfu.counter(word) == expected


def test_a_clock_that_is_turned_back_makes_nothing_negative(uses):
    word = use(uses, 0)
    uses.look_at_clock(NOW_MS - 10_000)
    assert uses.idle_ms(word) == 0
    uses.count_them(True)
    high = uses.word_of_counter(9)
    uses.look_at_clock(NOW_MS - 600_000)
    assert uses.counter(high) == 9
