"""The counted sizes of values, compared with those that Python measures."""

import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY

from redis_clone.storage.sets import Set
from redis_clone.storage.sizes import size_of
from redis_clone.storage.streams import Group, Stream
from redis_clone.structures.stream_log import StreamId


@pytest.mark.parametrize("count", [10, 1000, pytest.param(30_000, marks=pytest.mark.slow)])
def test_the_figures_are_within_a_fifth_of_what_python_measures(count):
    command = [sys.executable, str(REPOSITORY / "tests/stress/sizes.py"), str(count)]
    table = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10 * PATIENCE).stdout
    _, *rows = table.splitlines()
    assert len(rows) == 13 and all(0.8 < float(row.split()[-1]) < 1.2 for row in rows), table


def test_without_a_limit_every_member_is_looked_at():
    value = Set(b"%d" % number for number in range(1000))
    value.add(b"x" * 1_000_000)
    assert size_of(value, 0) > 1_000_000


def test_pending_entries_of_groups_are_counted():
    value = Stream()
    for number in range(100):
        value.add(StreamId(number + 1, 0), (b"field", b"value"))
    before = size_of(value)
    group = value.groups.setdefault(b"g", Group(StreamId(0, 0)))
    consumer = group.create_consumer(b"ada", 0)
    for number in range(100):
        group.deliver(StreamId(1_700_000_000_000 + number, 0), consumer, 1_700_000_000_000)
    assert size_of(value) > before + 100 * 100
