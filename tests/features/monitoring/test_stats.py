"""The counters behind INFO."""

from types import SimpleNamespace

import pytest

from redis_clone.features.monitoring.stats import MOST_PREFIXES, SAMPLES, Rate, Stats


def test_errors_are_counted_by_their_first_word():
    stats = Stats()
    for line in ("ERR syntax error", "WRONGTYPE Operation", "ERR no such key", "EXECABORT Transaction"):
        stats.count_error(line)
    assert stats.errors == 4
    assert stats.error_counts == {"ERR": 2, "WRONGTYPE": 1, "EXECABORT": 1}


def test_an_error_without_a_first_word_of_decent_length_counts_as_err():
    stats = Stats()
    stats.count_error("boo")
    stats.count_error("A" * 40 + " is no first word")
    assert stats.error_counts == {"ERR": 2}


def test_made_up_first_words_do_not_fill_the_memory():
    stats = Stats()
    for number in range(10 * MOST_PREFIXES):
        stats.count_error(f"E{number} text")
    assert len(stats.error_counts) == MOST_PREFIXES and stats.errors == 10 * MOST_PREFIXES
    stats.count_error("E0 text")
    assert stats.error_counts["E0"] == 2


def test_a_reset_begins_anew_though_the_clients_go_on_counting():
    client = SimpleNamespace(input_bytes=70, output_bytes=50, replication_output=0, reads=7, writes=5)
    stats = Stats()
    stats.input_bytes, stats.errors = 30, 3
    assert stats.total("input_bytes", [client]) == 100
    stats.reset([client])
    assert [stats.total(name, [client]) for name in vars(client)] == [0] * 5
    assert stats.errors == 0
    client.reads += 1
    assert stats.total("reads", [client]) == 1


def test_a_steady_rate_is_right_once_the_window_is_full():
    rate = Rate()
    for tenth in range(SAMPLES + 1):
        rate.sample(50 * tenth, tenth * 100)
    assert rate.per_second == 500


def test_the_rate_goes_by_the_time_that_passed_and_not_by_the_samples():
    rate = Rate()
    for second in range(SAMPLES + 1):
        rate.sample(50 * second, second * 1000)
    assert rate.per_second == 50


def test_idle_time_brings_the_rate_down_to_0():
    rate = Rate()
    rate.sample(0, 0)
    rate.sample(1600, 100)
    assert rate.per_second == 1600 * 10 / SAMPLES
    for tenth in range(2, SAMPLES + 2):
        rate.sample(1600, tenth * 100)
    assert rate.per_second == 0


@pytest.mark.parametrize("now_ms", [1000, 999])
def test_a_clock_that_stands_or_goes_back_is_no_sample(now_ms):
    rate = Rate()
    rate.sample(0, 1000)
    rate.sample(100, now_ms)
    assert rate.per_second == 0
