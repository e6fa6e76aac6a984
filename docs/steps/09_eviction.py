"""Step 9: a server with a memory limit: it evicts the keys that were accessed longest ago.

python docs/steps/09_eviction.py 7000 [bytes]
"""

import sys
import time
from pathlib import Path
from random import Random
from threading import Lock, Thread
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from wire import NoLog, listen

from redis_clone.cache.access import AccessClock
from redis_clone.cache.eviction import Eviction
from redis_clone.command_table.registry import command_group, find
from redis_clone.commands import counters, generic, hashes, lists, object, sets, sorted_sets, strings, ttl  # noqa: F401
from redis_clone.protocol.errors import RedisError, too_many_arguments
from redis_clone.protocol.replies import encode
from redis_clone.protocol.resp import Limits
from redis_clone.storage.database import Database
from redis_clone.storage.keyspace import Change
from redis_clone.structures.clock import Clock

command = command_group("server")


@command("DBSIZE", arity=1)
def dbsize(client: Any) -> int:
    """Returns the number of keys."""
    return len(client.db)


def execute(client: Any, argv: list[bytes]) -> bytes:
    server = client.server
    with server.lock:
        server.clock.tick()
        try:
            make_room(server, argv)
            reply = call(client, argv)
        except RedisError as error:
            reply = error
        server.eviction.record_written(server.changes)  # nothing else is propagated, so far
        server.changes.clear()
        return encode(reply)


def make_room(server: Any, argv: list[bytes]) -> None:
    """Evict before a command, not after it: its need is unknown, so the limit may be passed a little."""
    has_room = server.eviction.make_room(server.databases)
    if not has_room and "denyoom" in find(argv).flags:
        raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")


def call(client: Any, argv: list[bytes]) -> Any:
    spec = find(argv)
    if len(argv) > spec.takes:
        raise too_many_arguments(spec.name, argv)
    return spec.function(client, *argv[spec.words :])  # type: ignore[misc]


def run_cron(server: Any) -> None:
    """Ten times a second; 25 keys at a time, so that no command has to wait for long."""
    while True:
        time.sleep(0.1)
        is_more = True
        while is_more:
            with server.lock:
                server.clock.tick()
                server.access.look_at_clock(server.clock.now_ms)
                is_more = server.databases[0].expire_some(25)
                server.eviction.record_written(server.changes)
                server.changes.clear()


def make_server(maxmemory: int) -> Any:
    changes: list[Change] = []
    clock, random = Clock(), Random()
    access = AccessClock(random, clock.now_ms)
    eviction = Eviction(access, random)
    eviction.limit(maxmemory)
    eviction.choose_policy("allkeys-lru")
    database = Database(0, clock, changes, access)
    parts = {"lock": Lock(), "clock": clock, "random": random, "limits": Limits(), "propagation": NoLog()}
    parts |= {"cluster": None}
    return SimpleNamespace(**parts, changes=changes, databases=[database], access=access, eviction=eviction)


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    server = make_server(int(sys.argv[2]) if len(sys.argv) > 2 else 20_000)
    Thread(target=run_cron, args=(server,), daemon=True).start()
    listen(port, lambda: SimpleNamespace(server=server, db=server.databases[0]), execute)
