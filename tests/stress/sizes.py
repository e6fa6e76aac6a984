"""The sizes that the server counts and those that Python measures: `python tests/stress/sizes.py`.

tracemalloc measures the whole process, so nothing else may run in it; the tests run this as a program.
"""

import gc
import sys
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.storage.hashes import Hash
from redis_clone.storage.sets import Set
from redis_clone.storage.sizes import size_of
from redis_clone.storage.sorted_sets import SortedSet
from redis_clone.storage.streams import Stream
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


def make_sampled(make):
    """A function that makes a value with its index for random picks and scans."""

    def make_and_scan(count):
        value = make(count)
        value.scan(0, 10)
        return value

    return make_and_scan


def make_sorted_set(count):
    value = SortedSet()
    for number in range(count):
        value.set(word(number), number * 1.5)
    return value


def make_set_of_integers(count):
    value = Set()
    for number in range(count):
        value.add(b"%d" % (number * 7919))
    return value


def make_hash_of_texts(count):
    value = Hash()
    for number in range(count):
        value.set(word(number), word(number, 20 + number % 200))
    return value


def make_list_of_texts(count):
    value = QuickList()
    for number in range(count):
        value.push_left([word(number, 20 + number % 200)])
    return value


def make_wide_stream(count):
    value = Stream()
    for number in range(count):
        fields = tuple(word(field, 20) for field in range(10))
        value.add(StreamId(1_700_000_000_000 + number // 10, number % 10), fields)
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


MAKERS = {
    "string": bytes,
    "hash": make_hash,
    "set": make_set,
    "zset": make_sorted_set,
    "list": make_list,
    "stream": make_stream,
    "integers": make_set_of_integers,
    "texts": make_hash_of_texts,
    "articles": make_list_of_texts,
    "events": make_wide_stream,
    "scanned set": make_sampled(make_set),
    "scanned hash": make_sampled(make_hash),
    "scanned zset": make_sampled(make_sorted_set),
}


def sizes(make, count):
    """The counted and the measured size, in bytes."""
    make(count)  # so that Python has its free lists before the measurement
    gc.collect()
    tracemalloc.start()
    value = make(count)
    gc.collect()
    measured, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size_of(value), measured


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]] or [10, 1000, 100_000]
    print("value          elements    counted   measured  ratio")
    for name, make in MAKERS.items():
        for count in counts:
            counted, measured = sizes(make, count)
            print(f"{name:14} {count:8} {counted:10} {measured:10} {counted / measured:6.2f}")
