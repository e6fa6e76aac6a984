"""LATENCY: events and histograms.  DEBUG SLEEP makes an event of a chosen length."""

import math
import re
import time

import pytest
from harness import wait_until

from redis_clone.commands.latency import RULE
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Verbatim

HOUR_MS = 3_600_000  # longer than any command takes, however busy the machine


@pytest.fixture
def watched(redis):
    """No events yet; new ones are recorded only in slow_moment()."""
    redis("LATENCY RESET")
    yield redis
    redis("CONFIG SET latency-monitor-threshold 0")
    redis("LATENCY RESET")


def slow_moment(redis, seconds=0.03):
    """Runs a command that takes this long while the threshold is 20 ms.

    In one transaction, for on a busy machine any command may take 20 ms, and would be an event too.
    """
    for line in (
        "MULTI",
        "CONFIG SET latency-monitor-threshold 20",
        f"DEBUG SLEEP {seconds}",
        "CONFIG SET latency-monitor-threshold 0",
        "EXEC",
    ):
        redis(line)


def events(redis):
    return [event[0] for event in redis("LATENCY LATEST")]


def test_a_slow_command_is_an_event(watched):
    before = time.time()
    slow_moment(watched)
    [[name, when, last, worst]] = watched("LATENCY LATEST")
    assert name == b"command" and 30 <= last == worst <= (time.time() - before) * 1000 + 1
    assert watched("LATENCY HISTORY command") == [[when, last]]
    assert watched("LATENCY HISTORY nonsense") == []


def test_a_slow_command_of_a_transaction_and_its_exec_are_events(watched):
    watched("CONFIG SET latency-monitor-threshold 20")
    for line in ("MULTI", "DEBUG SLEEP 0.03", "EXEC"):
        watched(line)
    assert b"command" in events(watched)


def test_a_command_faster_than_the_threshold_is_no_event(watched):
    watched(f"CONFIG SET latency-monitor-threshold {HOUR_MS}")
    watched("DEBUG SLEEP 0.03")
    assert events(watched) == []


def test_a_threshold_of_0_keeps_nothing(watched):
    watched("DEBUG SLEEP 0.03")
    assert events(watched) == []


def test_reset_counts_the_events_that_it_forgets(watched):
    slow_moment(watched)
    assert watched("LATENCY RESET nonsense") == 0
    assert watched("LATENCY RESET command command nonsense") == 1
    assert events(watched) == []
    slow_moment(watched)
    assert watched("LATENCY RESET") == 1


def test_a_graph_has_a_title_a_rule_and_a_column_for_each_second(watched):
    slow_moment(watched)
    title, rule, *graph = watched("LATENCY GRAPH command").decode().splitlines()
    worst = watched("LATENCY LATEST")[0][3]
    assert title == f"command - high {worst} ms, low {worst} ms (all time high {worst} ms)"
    assert rule == RULE and graph[:5] == [" ", " ", " ", "_", " "] and graph[-1] == "s"
    assert watched("LATENCY GRAPH nonsense") == RedisError("ERR No samples available for event 'nonsense'")


@pytest.mark.slow
def test_a_later_and_longer_event_stands_higher_and_to_the_right(watched):
    slow_moment(watched)
    [[second, first_ms]] = watched("LATENCY HISTORY command")
    wait_until(lambda: time.time() > second + 1)
    slow_moment(watched, first_ms / 1000 + 0.2)
    lines = watched("LATENCY GRAPH command").decode().splitlines()[2:6]
    assert lines == [" #", " |", " |", "_|"]


def test_the_doctor_names_the_events_with_their_figures(watched):
    slow_moment(watched)
    worst = watched("LATENCY LATEST")[0][3]
    report = watched("LATENCY DOCTOR").decode()
    expected = (
        rf"1\. command: 1 latency spikes \(average {worst}ms, mean deviation 0ms, period \d+\.00 sec\)\. "
    )
    assert re.search(expected, report)


def test_graph_and_doctor_are_texts_in_resp3(redis3):
    assert isinstance(redis3("LATENCY DOCTOR"), Verbatim)


@pytest.fixture
def fresh(redis):
    redis("CONFIG RESETSTAT")
    return redis


def test_a_histogram_counts_calls_by_doubled_microseconds(fresh, redis3):
    for _ in range(3):
        fresh("DEBUG SLEEP 0.003")
    found = redis3("LATENCY HISTOGRAM debug")
    assert found[b"debug"][b"calls"] == 3
    levels = found[b"debug"][b"histogram_usec"]
    assert sorted(levels) == list(levels) and max(levels.values()) == 3
    doublings = [math.log2(level / 4227) for level in levels]  # 4227, 8454, 16908, 33816, 67633 and so on
    assert all(times > -0.01 and abs(times - round(times)) < 0.001 for times in doublings)


def test_histograms_are_asked_for_by_command_container_or_subcommand(fresh, redis3):
    fresh("CLIENT ID")
    fresh("CLIENT INFO")
    fresh("GET k")
    assert set(redis3("LATENCY HISTOGRAM client")) == {b"client|id", b"client|info"}
    assert set(redis3("LATENCY HISTOGRAM client|id GET nonsense set")) == {b"client|id", b"get"}
    assert {b"client|id", b"get", b"latency|histogram"} <= set(redis3("LATENCY HISTOGRAM"))
    name, [calls, count, histogram, levels] = fresh("LATENCY HISTOGRAM get")
    assert (name, calls, count, histogram) == (b"get", b"calls", 1, b"histogram_usec")
    assert len(levels) == 2 and levels[1] == 1


def test_latency_tracking_can_be_switched_off(fresh):
    fresh("CONFIG SET latency-tracking no")
    try:
        fresh("GET k")
        assert fresh("LATENCY HISTOGRAM get") == []
        assert fresh("INFO latencystats") == b"# Latencystats\r\n"
        assert b"cmdstat_get:calls=1," in fresh("INFO commandstats")
    finally:
        fresh("CONFIG SET latency-tracking yes")


@pytest.mark.parametrize("line", ["NONSENSE", "HISTORY", "GRAPH a b", "LATEST a"])
def test_other_arguments_are_rejected(both, line):
    ours, theirs = both(f"LATENCY {line}")
    assert ours == theirs and isinstance(ours, RedisError)
