"""Measures how well a server chooses the keys that it evicts: the same reads go to several servers as caches.

python -m redis_clone.benchmark.hit_rates redis_clone=:7000 Redis=:6379 --plot asset/hit-rates.svg

Each server is emptied, and given so much memory that it holds as many keys as the others, whatever a key
costs there.  A read that misses is followed by a SET, as applications do it.  In the end the server is
emptied again, and gets back the limit and the policy that it had.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from pathlib import Path
from random import Random

from redis_clone.benchmark import plot
from redis_clone.benchmark.comparison import Score, Server, read_server
from redis_clone.benchmark.load import connected
from redis_clone.benchmark.report import Results
from redis_clone.protocol.replies import Reply, encode_command, read_reply
from redis_clone.protocol.stream import Stream

ROOM, NAMES, READS = 5_000, 50_000, 100_000  # keys that fit, keys that are read, reads
PIPELINE = 50  # reads
VALUE = b"x" * 100
POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random")


class Connection:
    """A connection that sends commands and reads replies."""

    def __init__(self, server: Server) -> None:
        self._socket = connected(server.address)
        self._stream = Stream(self._socket.recv)
        self.read: Callable[[], Reply] = lambda: read_reply(self._stream)

    def call(self, *argv: bytes) -> Reply:
        self.send_encoded(encode_command(argv))
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
    """Zipfian reads, and now and then a scan: ROOM keys that are read once, one after another."""
    usual, scanned = zipfian(random), NAMES
    while True:
        yield from islice(usual, 4 * ROOM)
        yield from range(scanned, scanned + ROOM)
        scanned += ROOM


def moving(random: Random) -> Iterator[int]:
    """Zipfian reads whose popular keys change every 20,000 reads."""
    usual, shift = zipfian(random), 0
    while True:
        yield from ((number + shift) % NAMES for number in islice(usual, 20_000))
        shift += NAMES // 5


TRACES: dict[str, Trace] = {"zipfian": zipfian, "with scans": with_scans, "moving": moving}


def main(argv: "list[str] | None" = None) -> int:
    """Replay each trace with each policy against each server; prints a table of the share of hits."""
    parser = argparse.ArgumentParser("python -m redis_clone.benchmark.hit_rates")
    parser.add_argument("servers", nargs="+", metavar="[NAME=]HOST:PORT", type=read_server)
    parser.add_argument("--reads", type=int, default=READS)
    parser.add_argument("--plot", metavar="FILE.svg")
    options = parser.parse_args(argv)
    results = _measured(options.servers, options.reads)
    if options.plot:
        drawn = plot.as_svg(results, "Hits, of a hundred reads", unit="%")
        Path(options.plot).write_text(drawn, encoding="utf-8")
    return 0


def _measured(servers: list[Server], reads: int) -> Results:
    """The share of hits for each policy and trace; each is printed when it is known."""
    results: Results = {}
    print(f"{'':28}" + "".join(f"{server.name:>20}" for server in servers))
    for policy in POLICIES:
        for name, trace in TRACES.items():
            row = f"{policy}, {name}"
            scores = {server.name: Score([_replayed(server, policy, trace, reads)]) for server in servers}
            results[row] = scores
            print(f"{row:28}" + "".join(f"{score.rate:19.1f}%" for score in scores.values()), flush=True)
    return results


def _replayed(server: Server, policy: str, trace: Trace, reads: int) -> float:
    """Replay the trace; returns the share of reads that hit, in percent."""
    connection = Connection(server)
    before = [_parameter(connection, name) for name in (b"maxmemory", b"maxmemory-policy")]
    try:
        _limit(connection, policy)
        return 100 * _count_hits(connection, islice(trace(Random(1)), reads)) / reads
    finally:
        connection.call(b"FLUSHALL")
        connection.call(b"CONFIG", b"SET", b"maxmemory", before[0], b"maxmemory-policy", before[1])
        connection.close()


def _limit(connection: Connection, policy: str) -> None:
    """Set maxmemory to what ROOM keys take, which is tried out first."""
    connection.call(b"FLUSHALL")
    connection.call(b"CONFIG", b"SET", b"maxmemory", b"0", b"maxmemory-policy", policy.encode())
    for start in range(0, ROOM, PIPELINE):
        _set(connection, range(start, start + PIPELINE))
    limit = _used_memory(connection)
    connection.call(b"FLUSHALL")
    connection.call(b"CONFIG", b"SET", b"maxmemory", b"%d" % limit)


def _count_hits(connection: Connection, numbers: Iterator[int]) -> int:
    """Send pipelines of reads, and after each the writes of the keys that were missing."""
    hits = 0
    while pipeline := list(islice(numbers, PIPELINE)):
        connection.send_encoded(b"".join(encode_command([b"GET", _key(number)]) for number in pipeline))
        missing = [number for number in pipeline if connection.read() is None]
        hits += len(pipeline) - len(missing)
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
