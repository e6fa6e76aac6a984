"""Lazyfree frees large values in slices, but not those that are referenced elsewhere."""

import gc

import pytest

from redis_clone.cache.lazyfree import LazyFree
from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
from redis_clone.structures.quicklist import QuickList
from redis_clone.structures.stream_log import StreamId

COUNT = 5_000


def numbers():
    return [b"%d" % number for number in range(COUNT)]


def make_stream():
    stream = Stream()
    for number in range(COUNT):
        stream.add(StreamId(number + 1, 0), (b"f", b"v"))
    return stream


MAKERS = {
    "hash": lambda: Hash(dict.fromkeys(numbers(), b"v")),
    "set": lambda: Set(numbers()),
    "zset": lambda: SortedSet((number, float(number)) for number in numbers()),
    "list": lambda: QuickList(numbers()),
    "stream": make_stream,
    "database": lambda: {number: Set([number]) for number in numbers()},
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS.keys())
def test_a_large_value_is_freed_in_many_small_steps(make):
    lazyfree = LazyFree()
    lazyfree.add(make())
    steps = 1
    while lazyfree.free_some(100):
        steps += 1
    assert steps >= COUNT / 512 / 2  # each block of a list is freed as a whole
    assert (lazyfree.pending, lazyfree.done, lazyfree._parts) == (0, 1, [])


def test_a_value_that_is_referenced_elsewhere_is_left_whole():
    lazyfree, value = LazyFree(), Hash({b"a": b"1"})
    fields = value.fields
    lazyfree.add(value)
    del value
    assert not lazyfree.free_some(100) and fields == {b"a": b"1"}
    whole = MAKERS["zset"]()
    lazyfree.add(whole)
    assert not lazyfree.free_some(100_000)
    whole.check()
    assert len(whole) == COUNT


def test_nothing_is_left_of_a_value_that_was_freed():
    lazyfree = LazyFree()
    lazyfree.add(MAKERS["zset"]())
    while lazyfree.free_some(1_000):
        pass
    assert not [found for found in gc.get_objects() if isinstance(found, SortedSet) and len(found) == COUNT]
