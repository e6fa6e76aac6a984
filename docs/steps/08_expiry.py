"""Step 8: the real keyspace, in which keys have a time to live, and a cron that deletes expired keys.

python docs/steps/08_expiry.py 7000
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

from redis_clone.command_table.registry import command_group, find
from redis_clone.commands import (  # noqa: F401
    generic,
    hashes,
    lists,
    set_algebra,
    sets,
    sorted_set_algebra,
    sorted_sets,
    sorting,
    streams,
    strings,
    ttl,
)
from redis_clone.protocol.errors import RedisError, too_many_arguments
from redis_clone.protocol.replies import encode
from redis_clone.protocol.resp import Limits
from redis_clone.storage.database import Database
from redis_clone.storage.keyspace import Change
from redis_clone.structures.clock import Clock

command = command_group("server")

CONFIG = {"stream-node-max-entries": 100, "stream-node-max-bytes": 4096}  # chapter 14 has the others
ANY_USER = SimpleNamespace(may_do_everything=True)  # chapter 17 has the users
NO_SCRIPT = SimpleNamespace(run=None)  # chapter 18 has scripts


@command("DBSIZE", arity=1)
def dbsize(client: Any) -> int:
    """Returns the number of keys."""
    return len(client.db)


def execute(client: Any, argv: list[bytes]) -> bytes:
    server = client.server
    with server.lock:
        server.clock.tick()
        try:
            reply = call(client, argv)
        except RedisError as error:
            reply = error
        server.changes.clear()  # nothing is propagated, so far
        return encode(reply)


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
                is_more = server.databases[0].expire_some(25)
                server.changes.clear()


def make_server() -> Any:
    changes: list[Change] = []
    clock = Clock()
    databases = [Database(0, clock, changes)]
    parts = {"lock": Lock(), "random": Random(), "limits": Limits(), "propagation": NoLog(), "config": CONFIG}
    parts |= {"clock": clock, "changes": changes, "databases": databases}
    parts |= {"scripting": NO_SCRIPT, "cluster": None}
    return SimpleNamespace(**parts)


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    server = make_server()
    Thread(target=run_cron, args=(server,), daemon=True).start()
    parts = {"server": server, "db": server.databases[0], "user": ANY_USER, "replays": False}
    listen(port, lambda: SimpleNamespace(**parts), execute)
