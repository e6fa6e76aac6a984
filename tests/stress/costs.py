"""The cost of commands as their key grows: microseconds a call, without a socket.

    python tests/stress/costs.py [elements ...]        1000 100000 1000000, unless said otherwise

Each call goes through dispatch with all its checks.  The best of three rounds counts, because on a machine
that runs other work too it is the least disturbed.  A cost that grows with the key must be on the command's
page.
"""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from redis_clone import commands
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

SIZES = (1_000, 100_000, 1_000_000)
ROUNDS, CALLS = 3, 500

Line = Callable[[int, Random], str]  # the command for a key of so many elements

FILL: dict[str, Callable[[int], str]] = {
    "string": lambda n: f"SET key:{n} value:{n}",
    "list": lambda n: f"RPUSH list element:{n}",
    "set": lambda n: f"SADD set member:{n}",
    "hash": lambda n: f"HSET hash field:{n} value:{n}",
    "zset": lambda n: f"ZADD zset {n} member:{n}",
    "stream": lambda n: f"XADD stream {n + 1}-1 field value:{n}",
}
ASK: dict[str, Line] = {
    "GET": lambda n, random: f"GET key:{random.randrange(n)}",
    "SET": lambda n, random: f"SET key:{random.randrange(n)} x",
    "RANDOMKEY": lambda n, random: "RANDOMKEY",
    "SCAN 10": lambda n, random: "SCAN 0",
    "LPUSH": lambda n, random: "LPUSH list x",
    "LPOP": lambda n, random: "LPOP list",
    "LINDEX middle": lambda n, random: f"LINDEX list {n // 2}",
    "LRANGE 100 first": lambda n, random: "LRANGE list 0 99",
    "LRANGE 100 middle": lambda n, random: f"LRANGE list {n // 2} {n // 2 + 99}",
    "SADD": lambda n, random: f"SADD set new:{random.random()}",
    "SRANDMEMBER": lambda n, random: "SRANDMEMBER set",
    "SPOP": lambda n, random: "SPOP set",
    "HSET": lambda n, random: f"HSET hash field:{random.randrange(n)} x",
    "HRANDFIELD": lambda n, random: "HRANDFIELD hash",
    "ZADD": lambda n, random: f"ZADD zset {random.randrange(n)} member:{random.randrange(n)}",
    "ZRANK": lambda n, random: f"ZRANK zset member:{random.randrange(n)}",
    "ZRANGE 100 middle": lambda n, random: f"ZRANGE zset {n // 2} {n // 2 + 99}",
    "ZPOPMIN": lambda n, random: "ZPOPMIN zset",
    "XADD": lambda n, random: "XADD stream * field value",
    "XRANGE 100 middle": lambda n, random: f"XRANGE stream {n // 2} + COUNT 100",
}


def filled(elements: int) -> Client:
    """A client of a server with a key of each type, and as many strings."""
    client = Client(Server())
    for line in FILL.values():
        for number in range(elements):
            _run(client, line(number))
    return client


def cost_us(client: Client, elements: int, line: Line) -> float:
    """The cost of one call, on average in the best round."""
    random = Random(elements)
    return min(_round_us(client, [line(elements, random) for _ in range(CALLS)]) for _ in range(ROUNDS))


def _round_us(client: Client, lines: list[str]) -> float:
    calls = [line.encode().split() for line in lines]
    start = time.perf_counter()
    for argv in calls:
        execute(client, argv)
    return (time.perf_counter() - start) / len(calls) * 1e6


def _run(client: Client, line: str) -> None:
    reply = execute(client, line.encode().split())
    assert not reply.startswith(b"-"), reply


def table(sizes: tuple[int, ...]) -> Iterator[str]:
    """The lines of the table, a column for each size."""
    clients = {size: filled(size) for size in sizes}
    yield "microseconds a call".ljust(24) + "".join(f"{size:>12,}" for size in sizes)
    for name, line in ASK.items():
        costs = [cost_us(clients[size], size, line) for size in sizes]
        yield name.ljust(24) + "".join(f"{cost:12.1f}" for cost in costs)


if __name__ == "__main__":
    commands.load()
    for row in table(tuple(map(int, sys.argv[1:])) or SIZES):
        print(row, flush=True)
