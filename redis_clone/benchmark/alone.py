"""Times single modules without a server: what a command costs before the network has its share.

A Part has a name and a function that sets up the work and returns it.  The best of several repetitions
counts, because noise only ever adds.
"""

import io
import random
import timeit
from collections.abc import Callable
from typing import NamedTuple

from redis_clone import commands
from redis_clone.protocol.pipelines import PipelineReader
from redis_clone.protocol.replies import encode, encode_command
from redis_clone.protocol.stream import Stream
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server
from redis_clone.structures.avl_tree import AvlTree

PIPELINE = 16
PIPELINES = 200
REPETITIONS = 5
TREE_SIZE = 100_000

Work = Callable[[], object]


class Part(NamedTuple):
    """What is timed, how often one call of the work does it, and the function that makes the work."""

    name: str
    times: int
    make: Callable[[], Work]


def _parser() -> Work:
    pipeline = encode_command([b"SET", b"key:000000000001", b"xxx"]) * PIPELINE

    def work() -> None:
        source = io.BytesIO(pipeline * PIPELINES)
        reader = PipelineReader(Stream(lambda at_most: source.read(len(pipeline))))
        while reader.next(trusted=True):
            pass

    return work


def _encoder(reply: object) -> Callable[[], Work]:
    def make() -> Work:
        def work() -> None:
            for _ in range(1000):
                encode(reply)

        return work

    return make


def _execute(*argv: bytes) -> Callable[[], Work]:
    """A whole command, from its argv to the bytes of its reply."""

    def make() -> Work:
        commands.load()
        client, command = Client(Server()), list(argv)

        def work() -> None:
            for _ in range(1000):
                execute(client, command)

        return work

    return make


def _tree() -> "AvlTree[int]":
    tree: AvlTree[int] = AvlTree()
    for number in random.Random(1).sample(range(TREE_SIZE * 10), TREE_SIZE):
        tree.add(number)
    return tree


def _tree_moves() -> Work:
    """An addition and a removal, as ZADD makes them for a member whose score changes."""
    tree, numbers = _tree(), random.Random(2).choices(range(TREE_SIZE * 10), k=1000)

    def work() -> None:
        for number in numbers:
            if tree.add(number):
                tree.remove(number)

    return work


def _tree_ranks() -> Work:
    tree = _tree()
    numbers = [tree.select(index) for index in random.Random(2).choices(range(TREE_SIZE), k=1000)]

    def work() -> None:
        for number in numbers:
            tree.rank(number)

    return work


PARTS = [
    Part("parse SET, pipeline of 16", PIPELINE * PIPELINES, _parser),
    Part("encode an integer", 1000, _encoder(7)),
    Part("encode a bulk string", 1000, _encoder(b"xxx")),
    Part("encode 100 bulk strings", 1000, _encoder([b"xxx"] * 100)),
    Part("execute PING", 1000, _execute(b"PING")),
    Part("execute SET", 1000, _execute(b"SET", b"key", b"xxx")),
    Part("execute GET", 1000, _execute(b"GET", b"key")),
    Part("execute INCR", 1000, _execute(b"INCR", b"counter")),
    Part("AVL tree of 100,000: add and remove", 1000, _tree_moves),
    Part("AVL tree of 100,000: rank", 1000, _tree_ranks),
]


def microseconds(part: Part) -> float:
    """What one repetition of the part costs."""
    return min(timeit.repeat(part.make(), number=1, repeat=REPETITIONS)) / part.times * 1e6
