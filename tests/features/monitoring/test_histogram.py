"""Durations by count, with the edges that the real server shows."""

from random import Random

import pytest

from redis_clone.features.monitoring.histogram import FINE, Histogram, edge


def histogram_of(*durations):
    histogram = Histogram()
    for microseconds in durations:
        histogram.add(microseconds)
    return histogram


@pytest.mark.parametrize(
    "microseconds, shown",  # as INFO latencystats of a real server showed them
    [(0, 0.001), (2, 2.007), (11, 11.007), (16, 16.063), (27, 27.007), (2_000_000, 1_002_438.655)],
)
def test_a_duration_is_shown_as_redis_shows_it(microseconds, shown):
    assert histogram_of(microseconds).percentile(50) == shown


def test_percentile_0_is_the_beginning_of_the_first_bucket():
    assert histogram_of(27).percentile(0) == 26.88
    assert histogram_of(27).percentile(100) == 27.007


def test_percentiles_of_a_hundred():
    histogram = histogram_of(*range(1, 101))
    shown = [histogram.percentile(percent) for percent in (1, 50, 99, 99.9, 100)]
    assert [int(value) for value in shown] == [1, 50, 99, 100, 100]


def test_nothing_has_no_percentiles():
    assert histogram_of().percentile(50) == 0.0
    assert histogram_of().by_doubling() == {}


def test_levels_are_those_of_latency_histogram():
    assert histogram_of(20).by_doubling() == {33: 1}
    assert histogram_of(600, 10_129).by_doubling() == {1056: 1, 16908: 2}
    assert histogram_of(5_000_000).by_doubling() == {1_073_741: 1}


def test_no_figure_is_further_off_than_a_128th():
    random, histogram = Random(1), Histogram()
    durations = sorted(int(10 ** random.uniform(0, 6)) for _ in range(5000))
    for microseconds in durations:
        histogram.add(microseconds)
    assert sum(count for _, count in histogram.counts()) == len(durations)
    for percent in (10, 50, 90, 99, 99.9):
        exact = durations[int(percent / 100 * len(durations) + 0.5) - 1]
        assert exact <= histogram.percentile(percent) <= exact * (1 + 1 / 128) + 0.001


def test_the_fine_and_the_coarse_half_meet():
    around = histogram_of(FINE - 1, FINE, FINE + 1).counts()
    assert around == sorted(around)
    assert sum(count for _, count in around) == 3


def test_an_edge_is_in_its_own_bucket():
    for ns in (1, 255, 256, 257, 123_456, 10**9):
        assert edge(edge(ns)) == edge(ns) >= ns
        assert edge(edge(ns) + 1) > edge(ns)
