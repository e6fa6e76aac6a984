"""How long clients wait while a very large value or very many keys are deleted.

    python tests/stress/pauses.py [host:port ...] [--elements 1000000] [--only KIND ...] [--ways WAY ...]

Without a server's address, one of ours is started.  The databases of the servers are emptied.  Each kind of
value is filled and deleted in each way, while a second connection sends PING again and again.  The table
shows the p99 and the longest of its waits, and the time until all memory was freed.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

from harness import Client, started

BATCH = 500
BREATH_S = 0.0003  # between two PINGs, so that they don't take all of a core
PATIENCE_S = 120

FILL = {
    "list": lambda n: (b"RPUSH big", b"element:%d" % n),
    "hash": lambda n: (b"HSET big", b"field:%d value:%d" % (n, n)),
    "set": lambda n: (b"SADD big", b"member:%d" % n),
    "zset": lambda n: (b"ZADD big", b"%d member:%d" % (n, n)),
    "stream": lambda n: (b"XADD big * field value:%d" % n, None),
    "keys": lambda n: (b"SET key:%d value" % n, None),
}
WAYS = {
    "UNLINK": "UNLINK big",
    "DEL": "DEL big",
    "FLUSHALL": "FLUSHALL ASYNC",
    "expiry": "PEXPIRE big 1",
    "SET": "SET big small",
}


def fill(redis: Client, kind: str, elements: int, suffix: bytes = b"") -> None:
    """Puts `elements` elements into the key `big`; or makes as many keys, each SET ending in `suffix`."""
    for start in range(0, elements, BATCH):
        heads, items = zip(*map(FILL[kind], range(start, min(start + BATCH, elements))), strict=True)
        is_one_key = items[0] is not None
        lines = [b" ".join([heads[0], *items])] if is_one_key else [head + suffix for head in heads]
        redis.send_bytes(b"".join(line + b"\r\n" for line in lines))
        for _ in lines:
            redis.read()


class Waits:
    """The waits, in seconds, of a connection that sends PING until the end of the `with` block."""

    def __init__(self, address: object) -> None:
        self.all: list[float] = []
        self._redis = Client(address)
        self._redis.socket.settimeout(PATIENCE_S)
        self._ended = Event()
        self._thread = Thread(target=self._ask)

    def _ask(self) -> None:
        while not self._ended.is_set():
            begun = time.perf_counter()
            self._redis("PING")
            self.all.append(time.perf_counter() - begun)
            time.sleep(BREATH_S)

    def __enter__(self) -> "Waits":
        self._thread.start()
        time.sleep(0.1)
        return self

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        self._redis.close()

    def figures(self) -> str:
        in_order = sorted(self.all)
        p99 = in_order[len(in_order) * 99 // 100]
        worst = " ".join(f"{1000 * wait:6.1f}" for wait in in_order[:-4:-1])
        return f"p99 {1000 * p99:6.2f} ms, longest {worst} ms, {len(in_order)} waits"


def is_gone(redis: Client, keys_left: int) -> bool:
    text = redis("INFO memory").decode()
    pending = int(text.partition("lazyfree_pending_objects:")[2].split()[0])
    return not pending and redis("DBSIZE") <= keys_left


def wait_until_gone(redis: Client, keys_left: int) -> float:
    """Waits until all is freed; returns the seconds that it took."""
    begun = time.perf_counter()
    while not is_gone(redis, keys_left) and time.perf_counter() - begun < PATIENCE_S:
        time.sleep(0.02)
    return time.perf_counter() - begun


def measure_value(redis: Client, address: object, kind: str, way: str, elements: int) -> None:
    redis("FLUSHALL")
    wait_until_gone(redis, 0)
    with Waits(address) as filling:
        fill(redis, kind, elements)
    with Waits(address) as waits:
        redis(WAYS[way])
        seconds = wait_until_gone(redis, int(way == "SET"))
    print(f"{kind:7} {way:9} {waits.figures()}, gone in {seconds:5.2f} s", end="")
    print(f"  (filling: {filling.figures()})" if way == "UNLINK" else "", flush=True)


def measure_keys(redis: Client, address: object, way: str, elements: int) -> None:
    """Measures `elements` keys that expire in one second, or are flushed."""
    redis("FLUSHALL")
    wait_until_gone(redis, 0)
    begun = time.time()
    fill(redis, "keys", elements // 20)
    due_s = time.time() + 30 * (time.time() - begun) + 2
    fill(redis, "keys", elements, b" PXAT %d" % (1000 * due_s) if way == "expiry" else b"")
    fill(redis, "keys", elements // 20, b" PXAT %d" % (1000 * due_s) if way == "expiry" else b"")
    assert time.time() < due_s or way != "expiry", "filling took too long"
    if way == "expiry":
        time.sleep(due_s - time.time())
    before_s = cpu_seconds(redis)
    with Waits(address) as waits:
        if way != "expiry":
            redis("FLUSHALL ASYNC")
        seconds = wait_until_gone(redis, 0) + 0.1
    took_s = cpu_seconds(redis) - before_s
    print(
        f"{'keys':7} {way:9} {waits.figures()}, gone in {seconds:5.2f} s, {took_s:.2f} of the CPU", flush=True
    )


def cpu_seconds(redis: Client) -> float:
    words = redis("INFO cpu").decode().split()
    return sum(
        float(word.partition(":")[2])
        for word in words
        if word.startswith(("used_cpu_sys:", "used_cpu_user:"))
    )


@contextmanager
def servers(addresses: list[str]) -> Iterator[list[object]]:
    if addresses:
        pairs = [address.rpartition(":") for address in addresses]
        yield [(host, int(port)) for host, _, port in pairs]
        return
    with started() as (_, port):
        yield [("127.0.0.1", port)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("servers", nargs="*", metavar="host:port")
    parser.add_argument("--elements", type=int, default=1_000_000)
    parser.add_argument("--only", nargs="+", default=list(FILL), choices=list(FILL))
    parser.add_argument("--ways", nargs="+", default=list(WAYS), choices=list(WAYS))
    options = parser.parse_args()
    with servers(options.servers) as addresses:
        for address in addresses:
            redis = Client(address)
            redis.socket.settimeout(PATIENCE_S)
            print(redis("INFO server").decode().split("\r\n")[1], address)
            for kind in options.only:
                for way in options.ways:
                    if kind != "keys":
                        measure_value(redis, address, kind, way, options.elements)
                    elif way in ("expiry", "FLUSHALL"):
                        measure_keys(redis, address, way, options.elements)
            redis.close()


if __name__ == "__main__":
    main()
