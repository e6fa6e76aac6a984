"""How well a server chooses what to evict: the same reads, replayed against several servers as caches.

python -m redis_clone.benchmark.hit_rates 127.0.0.1:7000 127.0.0.1:6379 --plot asset/hit-rates.svg

Each server is emptied, and given so much memory that it holds as many keys as the others, whatever a key
costs there.  A read that misses is followed by a SET, as applications do it.  Afterwards the server is
emptied again, and has its limit and its policy of before.
"""

import argparse
import socket
import sys
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random

from redis_clone.benchmark import plot
from redis_clone.benchmark.contest import Score
from redis_clone.benchmark.report import Results
from redis_clone.protocol.replies import Reply, encode_command, read_reply
from redis_clone.protocol.stream import Stream

ROOM, NAMES, READS = 5_000, 50_000, 100_000  # keys that fit, keys that are read, reads
BURST = 50
VALUE = b"x" * 100
POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random")


class Connection:
    """Commands out, replies in."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._stream = Stream(self._socket.recv)
        self.read: Callable[[], Reply] = lambda: read_reply(self._stream)

    def call(self, *words: bytes) -> Reply:
        self.send_encoded(encode_command(words))
        return self.read()

    def send_encoded(self, commands: bytes) -> None:
        self._socket.sendall(commands)

    def close(self) -> None:
        self._socket.close()


Trace = Callable[[Random], Iterator[int]]


def zipfian(random: Random) -> Iterator[int]:
    """Few keys are read often, most of them hardly ever: the usual load of a cache."""
    weights = list(accumulate(1 / rank for rank in range(1, NAMES + 1)))
    while True:
        yield from random.choices(range(NAMES), cum_weights=weights, k=1000)


def with_scans(random: Random) -> Iterator[int]:
    """The same, and now and then somebody reads ROOM keys once, one behind another."""
    usual, scanned = zipfian(random), NAMES
    while True:
        yield from islice(usual, 4 * ROOM)
        yield from range(scanned, scanned + ROOM)
        scanned += ROOM


def moving(random: Random) -> Iterator[int]:
    """What is popular changes every 20,000 reads."""
    usual, shift = zipfian(random), 0
    while True:
        yield from ((number + shift) % NAMES for number in islice(usual, 20_000))
        shift += NAMES // 5


TRACES: dict[str, Trace] = {"zipfian": zipfian, "with scans": with_scans, "moving": moving}


def main(words: "list[str] | None" = None) -> int:
    """Replay each trace with each policy against each server; prints a table of the share of hits."""
    parser = argparse.ArgumentParser("python -m redis_clone.benchmark.hit_rates")
    parser.add_argument("servers", nargs="+", metavar="host:port")
    parser.add_argument("--reads", type=int, default=READS)
    parser.add_argument("--plot", metavar="FILE.svg")
    options = parser.parse_args(words)
    results: Results = {}
    print(f"{'':28}" + "".join(f"{name:>20}" for name in options.servers))
    for policy in POLICIES:
        for name, trace in TRACES.items():
            row = f"{policy}, {name}"
            results[row] = {
                server: Score([_replayed(server, policy, trace, options.reads)]) for server in options.servers
            }
            print(
                f"{row:28}" + "".join(f"{score.rate:19.1f}%" for score in results[row].values()), flush=True
            )
    if options.plot:
        Path(options.plot).write_text(
            plot.as_svg(results, "Hits, of a hundred reads", unit="%"), encoding="utf-8"
        )
    return 0


def _replayed(server: str, policy: str, trace: Trace, reads: int) -> float:
    """The share of reads that hit, in percent."""
    host, _, port = server.rpartition(":")
    connection = Connection(host, int(port))
    before = [_parameter(connection, name) for name in (b"maxmemory", b"maxmemory-policy")]
    try:
        _limit(connection, policy)
        return 100 * _count_hits(connection, islice(trace(Random(1)), reads)) / reads
    finally:
        connection.call(b"FLUSHALL")
        connection.call(b"CONFIG", b"SET", b"maxmemory", before[0], b"maxmemory-policy", before[1])
        connection.close()


def _limit(connection: Connection, policy: str) -> None:
    """Leave room for ROOM keys: what that many take is tried out."""
    connection.call(b"FLUSHALL")
    connection.call(b"CONFIG", b"SET", b"maxmemory", b"0", b"maxmemory-policy", policy.encode())
    for start in range(0, ROOM, BURST):
        _set(connection, range(start, start + BURST))
    limit = _used_memory(connection)
    connection.call(b"FLUSHALL")
    connection.call(b"CONFIG", b"SET", b"maxmemory", b"%d" % limit)


def _count_hits(connection: Connection, numbers: Iterator[int]) -> int:
    """Bursts of reads in a pipeline, each followed by writing what was missing."""
    hits = 0
    while burst := list(islice(numbers, BURST)):
        connection.send_encoded(b"".join(encode_command([b"GET", _key(number)]) for number in burst))
        missing = [number for number in burst if connection.read() is None]
        hits += len(burst) - len(missing)
        _set(connection, missing)
    return hits


def _set(connection: Connection, numbers: "range | list[int]") -> None:
    connection.send_encoded(b"".join(encode_command([b"SET", _key(number), VALUE]) for number in numbers))
    for _ in numbers:
        connection.read()


def _key(number: int) -> bytes:
    return b"key:%012d" % number


def _parameter(connection: Connection, name: bytes) -> bytes:
    reply = connection.call(b"CONFIG", b"GET", name)
    assert isinstance(reply, list) and isinstance(reply[1], bytes)
    return reply[1]


def _used_memory(connection: Connection) -> int:
    reply = connection.call(b"INFO", b"memory")
    assert isinstance(reply, bytes)
    return int(reply.partition(b"used_memory:")[2].split()[0])


if __name__ == "__main__":
    sys.exit(main())
