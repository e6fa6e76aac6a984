"""The commands that the benchmark sends: a Workload for each test of redis-benchmark, and a few more.

A workload makes one command at a time, and draws its keys and numbers anew each time.  The values hold no
line end, so that replies can be counted by their lines (load.py).
"""

import itertools
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

Argv = list[bytes]


@dataclass(frozen=True)
class Shape:
    """The keys and values that the user chose."""

    keyspace: int = 0  # different keys; 0: the one key of each test
    value_bytes: int = 3
    zipf_skew: float = 0.99  # of the loads whose keys follow Zipf's law


class Draw:
    """The random part of the commands.

    >>> Draw(Shape(value_bytes=5), Random(1)).value
    b'xxxxx'
    """

    def __init__(self, shape: Shape, random: Random) -> None:
        self.random = random
        self.made = itertools.count()  # counts the commands, for the workload that sends several in turn
        self.value = b"x" * shape.value_bytes
        self._keyspace = shape.keyspace
        self._skew = shape.zipf_skew
        self._zipf_weights: list[float] = []

    def number(self) -> bytes:
        """Twelve digits, which redis-benchmark writes in place of __rand_int__."""
        return b"%012d" % (self.random.randrange(self._keyspace) if self._keyspace else 0)

    def key(self) -> bytes:
        return b"key:" + self.number()

    def zipf_key(self) -> bytes:
        """A key of 1,000 or of the key space, the first ones much more often than the last."""
        if not self._zipf_weights:
            ranks = range(1, (self._keyspace or 1000) + 1)
            self._zipf_weights = list(itertools.accumulate(rank**-self._skew for rank in ranks))
        weights = self._zipf_weights
        return b"key:%012d" % bisect(weights, self.random.random() * weights[-1])


@dataclass(frozen=True)
class Workload:
    """A test: `make` makes a command, `prepare` the commands that must have run before."""

    name: str
    make: Callable[[Draw], Argv]
    prepare: Callable[[Draw], Iterator[Argv]] = lambda draw: iter(())


def _long_list(draw: Draw) -> Iterator[Argv]:
    """The list of 600 elements that LRANGE reads."""
    yield [b"DEL", b"mylist"]
    yield [b"RPUSH", b"mylist", *[draw.value] * 600]


PIECES = 100  # of a thousand elements each, so that what pops from a key finds something


def _many(name: bytes, key: bytes) -> Callable[[Draw], Iterator[Argv]]:
    """Commands that fill a key."""

    def prepare(draw: Draw) -> Iterator[Argv]:
        for _ in range(PIECES):
            yield [name, key, *itertools.chain.from_iterable(_member(name, draw) for _ in range(1000))]

    return prepare


def _member(command: bytes, draw: Draw) -> Argv:
    member = b"element:%09d" % draw.random.randrange(10**9)
    return [b"%d" % draw.random.randrange(10**6), member] if command == b"ZADD" else [member]


def _lrange(count: int) -> Callable[[Draw], Argv]:
    return lambda draw: [b"LRANGE", b"mylist", b"0", b"%d" % (count - 1)]


def _mset(draw: Draw) -> Argv:
    return [b"MSET", *itertools.chain.from_iterable((draw.key(), draw.value) for _ in range(10))]


def _in_turn(*commands: Callable[[Draw], Argv]) -> Callable[[Draw], Argv]:
    """The first command, the second, ..., and from the last on to the first again."""
    return lambda draw: commands[next(draw.made) % len(commands)](draw)


_mixed = _in_turn(
    lambda draw: [b"GET", draw.key()],
    lambda draw: [b"SET", draw.key(), draw.value],
    lambda draw: [b"HSET", b"hash:" + draw.number(), b"element:" + draw.number(), draw.value],
    lambda draw: [b"EXPIRE", draw.key(), b"1000"],
    lambda draw: [b"ZADD", b"zset:" + draw.number(), draw.number(), b"element:" + draw.number()],
    lambda draw: [b"LPUSH", b"list:" + draw.number(), draw.value],
)


def _read_mostly(key: Callable[[Draw], bytes]) -> Callable[[Draw], Argv]:
    """Four reads for each write."""

    def make(draw: Draw) -> Argv:
        if draw.random.random() < 0.8:
            return [b"GET", key(draw)]
        return [b"SET", key(draw), draw.value]

    return make


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("ping", lambda draw: [b"PING"]),
        Workload("set", lambda draw: [b"SET", draw.key(), draw.value]),
        Workload("get", lambda draw: [b"GET", draw.key()]),
        Workload("incr", lambda draw: [b"INCR", b"counter:" + draw.number()]),
        Workload("lpush", lambda draw: [b"LPUSH", b"mylist", draw.value]),
        Workload("rpush", lambda draw: [b"RPUSH", b"mylist", draw.value]),
        Workload("lpop", lambda draw: [b"LPOP", b"mylist"], _many(b"RPUSH", b"mylist")),
        Workload("rpop", lambda draw: [b"RPOP", b"mylist"], _many(b"RPUSH", b"mylist")),
        Workload("sadd", lambda draw: [b"SADD", b"myset", b"element:" + draw.number()]),
        Workload("hset", lambda draw: [b"HSET", b"myhash", b"element:" + draw.number(), draw.value]),
        Workload("spop", lambda draw: [b"SPOP", b"myset"], _many(b"SADD", b"myset")),
        Workload("zadd", lambda draw: [b"ZADD", b"myzset", draw.number(), b"element:" + draw.number()]),
        Workload("zpopmin", lambda draw: [b"ZPOPMIN", b"myzset"], _many(b"ZADD", b"myzset")),
        Workload("lrange_100", _lrange(100), _long_list),
        Workload("lrange_300", _lrange(300), _long_list),
        Workload("lrange_500", _lrange(500), _long_list),
        Workload("lrange_600", _lrange(600), _long_list),
        Workload("mset", _mset),
        Workload("xadd", lambda draw: [b"XADD", b"mystream", b"*", b"myfield", draw.value]),
        Workload("mixed", _mixed),
        Workload("read_mostly", _read_mostly(Draw.key)),
        Workload("zipf", _read_mostly(Draw.zipf_key)),
    )
}
