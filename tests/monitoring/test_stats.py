"""The counters behind INFO."""

import pytest

from redis_clone.monitoring.stats import SAMPLES, Stats


def test_errors_are_counted_by_their_first_word():
    stats = Stats()
    for line in ("ERR syntax error", "WRONGTYPE Operation", "ERR no such key", "EXECABORT"):
        stats.count_error(line)
    assert stats.errors == 4
    assert stats.error_counts == {"ERR": 2, "WRONGTYPE": 1, "EXECABORT": 1}


def test_a_steady_load_is_told_as_it_is_once_the_window_is_full():
    stats = Stats()
    for tenth in range(SAMPLES + 1):
        stats.sample(tenth * 100)
        stats.commands_processed += 50
    assert stats.commands_per_second == 500


def test_the_rate_goes_by_the_time_that_passed_and_not_by_the_samples():
    stats = Stats()
    for second in range(SAMPLES + 1):
        stats.sample(second * 1000)
        stats.commands_processed += 50
    assert stats.commands_per_second == 50


def test_a_rest_brings_the_rate_down_to_nothing():
    stats = Stats()
    stats.sample(0)
    stats.commands_processed = 1600
    stats.sample(100)
    assert stats.commands_per_second == 1600 * 10 / SAMPLES
    for tenth in range(2, SAMPLES + 2):
        stats.sample(tenth * 100)
    assert stats.commands_per_second == 0


@pytest.mark.parametrize("now_ms", [1000, 999])
def test_a_clock_that_stands_or_goes_back_is_no_sample(now_ms):
    stats = Stats()
    stats.sample(1000)
    stats.commands_processed = 100
    stats.sample(now_ms)
    assert stats.commands_per_second == 0
