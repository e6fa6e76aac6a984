"""The slow log, with a clock that stands still."""

import math

import pytest

from redis_clone.features.monitoring.slowlog import SlowLog
from redis_clone.structures.clock import Clock


@pytest.fixture
def log():
    log = SlowLog(Clock(source=lambda: 7_000_000_000))
    log.choose_threshold(0)
    return log


def add(log, *argv, took_us=5):
    log.add(took_us, [word.encode() for word in argv], "127.0.0.1:1", b"joe")


def test_the_newest_come_first_and_numbers_go_on_after_a_reset(log):
    add(log, "A")
    log.clear()
    add(log, "B")
    add(log, "C")
    assert [(entry.id, entry.argv) for entry in log.newest(10)] == [(2, [b"C"]), (1, [b"B"])]
    assert [entry.id for entry in log.newest(1)] == [2]
    assert [len(list(log.newest(count))) for count in (0, -1)] == [0, 2]


def test_a_lower_limit_lets_the_oldest_go(log):
    for name in "ABC":
        add(log, name)
    log.choose_length(2)
    assert [entry.argv for entry in log.newest(-1)] == [[b"C"], [b"B"]]
    log.choose_length(0)
    assert len(log) == 0 and log.from_ns == math.inf
    add(log, "D")
    assert len(log) == 0


def test_a_command_faster_than_the_threshold_is_not_kept(log):
    log.choose_threshold(5)
    add(log, "A", took_us=4)
    add(log, "B", took_us=5)
    assert [entry.argv for entry in log.newest(-1)] == [[b"B"]]
    assert log.from_ns == 5000
    log.choose_threshold(-1)
    add(log, "C", took_us=10**9)
    assert len(log) == 1 and log.from_ns == math.inf


def test_an_entry_holds_no_reference_to_the_command(log):
    value = bytearray(b"x")
    log.add(5, [b"SET", b"k", value], "", b"")
    value += b"y"
    assert next(log.newest(1)).argv == [b"SET", b"k", b"x"]
