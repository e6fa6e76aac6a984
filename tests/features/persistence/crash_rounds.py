"""kill -9 in the middle of the work, again and again: what was acknowledged must be there afterwards.

    python tests/features/persistence/crash_rounds.py --rounds 1000 [--seed 1] [--appendfsync everysec]

Each round starts `python server.py` with an append-only file, has several clients write to it, rewrites that
file meanwhile, kills the server at a random moment, starts it again and looks.  A client does one thing after
another, so it knows the last value of each key that was acknowledged, and at most one more may be there.

A killed process loses nothing, whatever `appendfsync` says: that is about a crash of the machine.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve()
    sys.path[:0] = [str(here.parents[3]), str(here.parents[2])]

from harness import PATIENCE, Client, started, wait_until

from redis_clone.protocol.replies import encode_command

CLIENTS = 4
PIPELINE = 16


class Writer(threading.Thread):
    """One client: counts up, in several ways, and remembers what was acknowledged."""

    def __init__(self, port, number, seed):
        super().__init__(daemon=True)
        self.client = Client(("127.0.0.1", port))
        self.number = number
        self.random = random.Random(seed)
        self.acknowledged = {
            "counter": 0,
            "list": 0,
            "pair": 0,
            "bag": 0,
            "pipeline": 0,
            "stream": 0,
            "script": 0,
        }

    def run(self):
        try:
            while True:
                kind = self.random.choice(list(self.acknowledged))
                self.acknowledged[kind] = getattr(self, f"_{kind}")(self.acknowledged[kind] + 1)
        except (OSError, EOFError):
            pass  # killed
        finally:
            self.client.close()

    def _counter(self, following):
        return self.client(f"INCR counter:{self.number}")

    def _list(self, following):
        return self.client(f"RPUSH list:{self.number} {following}")

    def _pair(self, following):
        self.client("MULTI")
        self.client(f"SELECT {self.number % 3}")
        self.client(f"SET first:{self.number} {following}")
        self.client(f"INCRBYFLOAT second:{self.number} 1")
        self.client("SELECT 0")
        self.client("EXEC")
        return following

    def _bag(self, following):
        """One in, one out: a pop that is logged must take the very element that was handed out."""
        self.client(f"SADD bag:{self.number} {following}a {following}b")
        self.client(f"SPOP bag:{self.number}")
        return following

    def _pipeline(self, following):
        """Many at once, which are logged as the bytes that they came in."""
        pipeline = b"".join([encode_command([b"INCR", b"%d:%d" % (self.number, n)]) for n in range(PIPELINE)])
        self.client.send_bytes(pipeline)
        return [self.client.read() for _ in range(PIPELINE)][-1]

    def _script(self, following):
        return self.client("EVAL", "return redis.call('INCR', KEYS[1])", "1", f"script:{self.number}")

    def _stream(self, following):
        """A read that finds nothing says that nothing is to be logged; that goes for itself alone."""
        self.client(f"XGROUP CREATE stream:{self.number} readers $ MKSTREAM")
        self.client(f"XREADGROUP GROUP readers one STREAMS stream:{self.number} >")
        self.client(f"XADD stream:{self.number} {following} field value")
        self.client(f"XREADGROUP GROUP readers one STREAMS stream:{self.number} >")
        return following


def run_round(folder, seed, policy="always"):
    """One round in an empty folder; AssertionError when something was lost."""
    chance = random.Random(seed)
    options = ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", policy]
    options += ["--aof-use-rdb-preamble", chance.choice(["yes", "no"])]
    with started(*options) as (process, port):
        writers = [Writer(port, number, f"{seed}-{number}") for number in range(CLIENTS)]
        for writer in writers:
            writer.start()
        operator = Client(("127.0.0.1", port))
        operator.send("BGREWRITEAOF")
        wait_until(lambda: any(any(writer.acknowledged.values()) for writer in writers))
        time.sleep(chance.uniform(0.02, 0.4))
        process.kill()
        operator.close()
        for writer in writers:
            writer.join(PATIENCE)
    with started(*options) as (process, port):
        client = Client(("127.0.0.1", port))
        for writer in writers:
            check(client, writer)
        client.close()
    return sum(sum(writer.acknowledged.values()) for writer in writers)


def check(client, writer):
    """What was acknowledged must be there, and one more of each may be."""
    number, seen = writer.number, writer.acknowledged
    for kind, found in (
        ("counter", int(client(f"GET counter:{number}") or 0)),
        ("list", client(f"LLEN list:{number}")),
        ("pair", pair(client, number)),
        ("bag", elements_that_came(client, number)),
        ("pipeline", pipeline(client, number)),
        ("stream", client(f"XLEN stream:{number}")),
        ("script", int(client(f"GET script:{number}") or 0)),
    ):
        assert seen[kind] <= found <= seen[kind] + 1, (
            f"{kind} {number}: {found}, but {seen[kind]} acknowledged"
        )


def pair(client, number):
    """Both sides of a transaction, which must agree."""
    client(f"SELECT {number % 3}")
    sides = [int(client(f"GET {side}:{number}") or 0) for side in ("first", "second")]
    client("SELECT 0")
    assert sides[0] == sides[1], f"half a transaction: {sides}"
    return sides[0]


def pipeline(client, number):
    """How often all of it came; a crash may cut the last one."""
    counts = [int(client(f"GET {number}:{n}") or 0) for n in range(PIPELINE)]
    assert counts[0] - counts[-1] in (0, 1) and sorted(counts, reverse=True) == counts, f"no prefix: {counts}"
    return counts[-1]


def elements_that_came(client, number):
    """Each step puts two in and takes one out, so the last may be done by half."""
    size = client(f"SCARD bag:{number}")
    there = [int(element[:-1]) for element in client(f"SMEMBERS bag:{number}")]
    return size if size <= max(there, default=0) else size - 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--appendfsync", default="always")
    options = parser.parse_args()
    acknowledged = 0
    for number in range(options.seed, options.seed + options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            try:
                acknowledged += run_round(folder, number, options.appendfsync)
            except AssertionError as problem:
                print(f"seed {number}: {problem}")
                return 1
    print(f"{options.rounds} rounds, {acknowledged} writes acknowledged, none lost")
    return 0


if __name__ == "__main__":
    sys.exit(main())
