"""The figures of each command."""

from redis_clone.features.monitoring.commandstats import MANY, CommandStats


def test_calls_are_counted_and_their_time_is_summed():
    stats = CommandStats()
    stats.record("get", 1500)
    stats.record("get", 700_000)
    stats.record("set", 10)
    assert (stats.figures["get"].calls, stats.figures["get"].ns, stats.calls) == (2, 701_500, 3)
    assert [count for _, count in stats.figures["get"].histogram.counts()] == [1, 1]


def test_without_tracking_the_histogram_stays_as_it_was():
    stats = CommandStats()
    stats.record("get", 1000)
    stats.track_latency(False)
    stats.record("get", 1000)
    stats.record("get", 1_000_000)
    assert stats.figures["get"].calls == 3
    assert stats.figures["get"].histogram.counts() == [(1003, 1)]


def test_times_that_are_not_counted_yet_are_counted_when_the_figures_are_read():
    stats = CommandStats()
    for _ in range(MANY + 1):
        stats.record("get", 2000)
    assert stats.calls == MANY + 1
    stats.record("get", 2000)
    assert stats.figures["get"].calls == MANY + 2
    stats.record("get", 500_000)
    assert stats.figures["get"].ns == (MANY + 2) * 2000 + 500_000
    assert [count for _, count in stats.figures["get"].histogram.counts()] == [MANY + 2, 1]
    stats.record("get", 2000)
    stats.forget()
    assert stats.calls == 0
