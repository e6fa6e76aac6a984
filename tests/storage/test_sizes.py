"""What a value is counted as, beside what Python measures."""

import gc
import tracemalloc

import pytest

from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sizes import size_of
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Group, Stream
from redis_clone.structures.quicklist import QuickList
from redis_clone.structures.stream_log import StreamId


def word(number, length=12):
    return b"%0*d" % (length, number)


def make_hash(count):
    value = Hash()
    for number in range(count):
        value.set(word(number), word(number, 20))
    return value


def make_set(count):
    value = Set()
    for number in range(count):
        value.add(word(number))
    return value


def make_sorted_set(count):
    value = SortedSet()
    for number in range(count):
        value.set(word(number), number * 1.5)
    return value


def make_list(count):
    value = QuickList()
    for number in range(count):
        value.push_right([word(number)])
    return value


def make_stream(count):
    value = Stream()
    for number in range(count):
        value.add(StreamId(1_700_000_000_000 + number, 0), (word(number, 5), word(number)))
    return value


MAKERS = [word, make_hash, make_set, make_sorted_set, make_list, make_stream]
SIZES = [10, 1000, pytest.param(100_000, marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("make", MAKERS)
def test_the_figure_is_within_a_fifth_of_what_python_measures(make, count):
    make(count)  # so that what Python keeps for later use is there already
    gc.collect()
    tracemalloc.start()
    try:
        value = make(count)
        gc.collect()
        measured, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0.8 < size_of(value) / measured < 1.2


def test_without_a_limit_every_member_is_looked_at():
    value = Set(word(number) for number in range(1000))
    value.add(b"x" * 1_000_000)
    assert size_of(value, 0) > 1_000_000


def test_what_pends_in_groups_is_counted():
    value = make_stream(100)
    before = size_of(value)
    group = value.groups.setdefault(b"g", Group(StreamId(0, 0)))
    consumer = group.create_consumer(b"ada", 0)
    for number in range(100):
        group.deliver(StreamId(1_700_000_000_000 + number, 0), consumer, 1_700_000_000_000)
    assert size_of(value) > before + 100 * 100
