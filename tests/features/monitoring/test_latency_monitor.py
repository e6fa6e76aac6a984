"""The latency monitor, its graph and its doctor, with a clock that the test sets."""

import pytest

from redis_clone.features.monitoring.doctor import DISABLED, HEALTHY, NO_ADVICE, Setting, diagnosis
from redis_clone.features.monitoring.latency import MOST_SAMPLES, Analysis, LatencyMonitor, Sample
from redis_clone.features.monitoring.sparkline import sparkline
from redis_clone.structures.clock import Clock

SETTING = Setting(threshold_ms=10, slower_than_us=10_000)


class Monitored:
    """A latency monitor, and a clock that stands where the test sets it."""

    def __init__(self):
        self.second = 1000
        self.clock = Clock(source=lambda: self.second * 1_000_000_000)
        self.monitor = LatencyMonitor(self.clock)
        self.monitor.threshold_ms = 10

    def add(self, second, ms, name="command"):
        self.second = second
        self.clock.tick()
        self.monitor.add(name, ms)

    def samples(self, name="command"):
        return list(self.monitor.events[name].samples)


@pytest.fixture
def monitored():
    return Monitored()


def test_only_what_reaches_the_threshold_is_kept(monitored):
    monitored.add(1, 9)
    monitored.add(2, 10)
    assert monitored.samples() == [Sample(2, 10)]


def test_a_threshold_of_0_keeps_nothing(monitored):
    monitored.monitor.threshold_ms = 0
    monitored.add(1, 1000)
    assert not monitored.monitor.events
    assert monitored.monitor.from_ns == float("inf")


def test_the_worst_sample_of_a_second_is_kept(monitored):
    for ms in (20, 30, 25):
        monitored.add(1, ms)
    monitored.add(2, 11)
    assert monitored.samples() == [Sample(1, 30), Sample(2, 11)]
    assert monitored.monitor.events["command"].worst_ms == 30


def test_the_oldest_samples_go_and_the_worst_is_remembered(monitored):
    monitored.add(1, 999)
    for second in range(2, MOST_SAMPLES + 2):
        monitored.add(second, 10)
    assert len(monitored.samples()) == MOST_SAMPLES and monitored.samples()[0].time_s == 2
    assert monitored.monitor.events["command"].worst_ms == 999


def test_reset_forgets_what_is_named_and_counts_it(monitored):
    for name in ("a", "b", "c"):
        monitored.add(1, 10, name)
    assert monitored.monitor.reset(["a", "a", "nonsense"]) == 1
    assert monitored.monitor.reset([]) == 2 and not monitored.monitor.events


def test_the_analysis_rounds_down_as_redis_does(monitored):
    for second, ms in ((1, 10), (2, 21)):
        monitored.add(second, ms)
    assert monitored.monitor.events["command"].analysis(now_s=3) == Analysis(2, 15, 10, 21, 5, 1.0)
    assert monitored.monitor.events["command"].analysis(now_s=1).period_s == 0.5


def test_the_doctor_distinguishes_a_healthy_server_from_a_disabled_monitor(monitored):
    assert diagnosis({}, 5, SETTING) == HEALTHY
    assert diagnosis({}, 5, Setting(0, 10_000)) == DISABLED


def test_the_doctor_shows_each_event_and_gives_advice_once(monitored):
    monitored.add(1, 12)
    monitored.add(1, 14, "fast-command")
    monitored.add(3, 16)
    report = diagnosis(monitored.monitor.events, 5, SETTING)
    expected = "1. command: 2 latency spikes (average 14ms, mean deviation 2ms, period 2.00 sec). "
    assert expected + "Worst all time event 16ms.\n" in report
    assert "\n2. fast-command: 1 latency spikes" in report
    assert report.count("huge") == report.count("SLOWLOG GET") == 1


@pytest.mark.parametrize("slower_than_us, advice", [(-1, "is off"), (10_001, "passes over"), (10_000, "GET")])
def test_the_advice_follows_the_setting_of_the_slow_log(monitored, slower_than_us, advice):
    monitored.add(1, 12)
    report = diagnosis(monitored.monitor.events, 5, Setting(10, slower_than_us))
    assert advice in report
    assert ("CONFIG SET slowlog-log-slower-than 10000" in report) == (slower_than_us != 10_000)


@pytest.mark.parametrize("name", ["aof-fsync-always", "rdb-unlink-temp-file", "expire-cycle", "eviction-del"])
def test_there_is_advice_for_each_family_of_events(monitored, name):
    monitored.add(1, 12, name)
    assert NO_ADVICE not in diagnosis(monitored.monitor.events, 5, SETTING)


def test_the_doctor_says_when_there_is_no_remedy(monitored):
    monitored.add(1, 12, "while-blocked-cron")
    assert diagnosis(monitored.monitor.events, 5, SETTING).endswith(NO_ADVICE)


def test_a_graph_of_one_value_is_low():
    assert sparkline([10], ["0s"]) == " \n \n \n_\n \n0\ns\n"  # as the real server drew it


def test_a_graph_has_twelve_heights():
    lines = sparkline(list(range(12)), ["x"] * 12).splitlines()
    assert lines == ["         _o#", "      _o#|||", "   _o#||||||", "_o#|||||||||", " " * 12, "x" * 12]


def test_a_long_graph_goes_on_below():
    lines = sparkline([1] * 81, ["1s"] * 81).splitlines()
    assert [len(line) for line in lines] == [80] * 7 + [1] * 7
