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

from redis_clone.command_table.registry import command_group, find
from redis_clone.commands import counters, lists, strings  # noqa: F401
from redis_clone.features.transactions import Transaction
from redis_clone.protocol.errors import WRONG_TYPE, RedisError, too_many_arguments
from redis_clone.protocol.replies import NULL_ARRAY, OK, QUEUED, Encoded, SimpleString, encode
from redis_clone.protocol.resp import Limits
from redis_clone.storage.strings import STRING
from redis_clone.storage.versions import Versions

command = command_group("transactions")


class Database:
    """The database of step 5, in which each write also raises the version of its key."""

    def __init__(self) -> None:
        self._values: dict[bytes, Any] = {}
        self.versions = Versions()
        self.watch, self.version = self.versions.watch, self.versions.__getitem__

    def get(self, key: bytes, kind: type) -> Any:
        value = self._values.get(key)
        if value is None or isinstance(value, kind):
            return value
        raise RedisError(WRONG_TYPE)

    def __contains__(self, key: bytes) -> bool:
        return key in self._values

    def update(self, key: bytes, value: Any, event: str, count: int = 1) -> None:
        self._values[key] = value
        self.versions.raise_all([key])
        if not value and not isinstance(value, STRING):
            self.delete(key)

    def delete(self, key: bytes) -> bool:
        self.versions.raise_all([key])
        return self._values.pop(key, None) is not None

    edit, set_value = get, update


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
    changed, queued = client.transaction.watched_keys_changed(), client.transaction.end()
    return NULL_ARRAY if changed else [Encoded(encode(answer(client, argv))) for _, argv in queued]


def run(client: Any, argv: list[bytes]) -> bytes:
    with client.server.lock:
        return encode(answer(client, argv))


def answer(client: Any, argv: list[bytes]) -> Any:
    try:
        spec = find(argv)
        if client.transaction.queuing and spec.name != "EXEC":
            client.transaction.queue(spec, argv)
            return QUEUED
        if len(argv) > spec.takes:
            raise too_many_arguments(spec.name, argv)
        return spec.function(client, *argv[spec.words :])  # type: ignore[misc]
    except RedisError as error:
        return error


if __name__ == "__main__":
    port = int(sys.argv[1]) if sys.argv[1:] else sys.exit(f"At which port? python {sys.argv[0]} 7000")
    server = SimpleNamespace(lock=Lock(), random=Random(), limits=Limits(), propagation=NoLog())
    db = Database()
    listen(port, lambda: SimpleNamespace(server=server, db=db, transaction=Transaction()), run)
