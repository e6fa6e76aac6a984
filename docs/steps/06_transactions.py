"""Step 6: MULTI, EXEC and WATCH.  The keyspace counts the writes, and EXEC compares.

python docs/steps/06_transactions.py 7000
"""

import sys
from pathlib import Path
from random import Random
from threading import Lock
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))  # where redis_clone lies

from wire import NoLog, listen

from redis_clone.commands import lists, strings  # noqa: F401
from redis_clone.errors import WRONG_TYPE, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, OK, QUEUED, Encoded, SimpleString, encode
from redis_clone.protocol.resp import Limits
from redis_clone.registry import command_group, find
from redis_clone.storage.strings import STRING
from redis_clone.storage.versions import Versions
from redis_clone.transactions import Transaction

command = command_group("transactions")


class Database:
    """As before; and each write raises the version of its key."""

    def __init__(self) -> None:
        self._values: dict[bytes, Any] = {}
        self.versions = Versions()

    def get(self, key: bytes, kind: type) -> Any:
        value = self._values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    edit = get

    def store(self, key: bytes, value: Any, event: str) -> None:
        self._values[key] = value
        if key in self.versions:
            self.versions[key] += 1
        if not value and not isinstance(value, STRING):
            del self._values[key]

    overwrite = store

    def watch(self, key: bytes) -> int:
        return self.versions.watch(key)

    def version(self, key: bytes) -> int:
        return self.versions[key]


@command("MULTI", arity=1)
def multi(client: Any) -> SimpleString:
    client.transaction.begin()
    return OK


@command("WATCH", arity=-2)
def watch(client: Any, *keys: bytes) -> SimpleString:
    for key in keys:
        client.transaction.watch(client.db, key)
    return OK


@command("EXEC", arity=1)
def exec_(client: Any) -> Any:
    changed = client.transaction.watched_keys_changed()
    queued = client.transaction.end()
    return NULL_ARRAY if changed else [Encoded(encode(answer(client, argv))) for _, argv in queued]


def run(client: Any, argv: list[bytes]) -> bytes:
    with client.server.lock:
        return encode(answer(client, argv))


def answer(client: Any, argv: list[bytes]) -> Any:
    try:
        row = find(argv)
        if client.transaction.queuing and row.name != "EXEC":
            client.transaction.queue(row, argv)
            return QUEUED
        return row.function(client, *argv[row.words :])  # type: ignore[misc]
    except RedisError as error:
        return error


if __name__ == "__main__":
    server = SimpleNamespace(lock=Lock(), random=Random(), limits=Limits(), propagation=NoLog())
    db = Database()
    listen(int(sys.argv[1]), lambda: SimpleNamespace(server=server, db=db, transaction=Transaction()), run)
