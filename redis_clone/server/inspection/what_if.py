"""What would come of the held commands in each order: what if the other client had come first?

In step mode several commands may be held before they take the lock, and the order in which they take it
decides.  Here each order is tried: the keys are copied, with what the clients have queued and watch, into a
server without sockets, and the commands run there, by the same execute() as always.  The server that is shown
does not change.
"""

from collections.abc import Sequence
from itertools import permutations
from typing import Any, NamedTuple

from redis_clone.protocol.ops import BOTH, Op
from redis_clone.server.inspection.texts import shown
from redis_clone.server.locking import execute, locked
from redis_clone.server.state import Client, Server
from redis_clone.storage.types import copied
from redis_clone.structures.clock import Clock

MOST_COMMANDS = 4  # which have 24 orders
MOST_BYTES = 4 * 1024 * 1024  # of all keys, for they are copied under the lock


class TooMuch(Exception):
    """The orders cannot be tried; the text says why, in a sentence for the page."""


class Command(NamedTuple):
    """A command that is held, and its client."""

    client: Client
    argv: list[bytes]


class Scene:
    """The keys and the clients as they are now; each start() makes a server of them."""

    def __init__(self, server: Server, clients: Sequence[Client]) -> None:
        """The caller holds the lock.  TooMuch if there is more than may be copied under it."""
        if sum(database.size() for database in server.databases) > MOST_BYTES:
            raise TooMuch(f"The keys take more than {MOST_BYTES // 1024**2} MB, so they are not copied.")
        self._now_ns = server.clock.now_ns
        self._keys = [
            (db.index, key, copied(value), expire_at_ms)
            for db in server.databases
            for key, value, expire_at_ms in db.entries()
        ]
        self._clients = [
            (client, client.transaction.length, list(client.transaction.queued)) for client in clients
        ]
        self._watched = {
            client: [(db.index, key, db.version(key) != seen) for db, key, seen in client.transaction.watched]
            for client in clients
        }

    def start(self) -> tuple[Server, dict[Client, Client]]:
        """A new server with these keys, and in it a client for each."""
        server = Server(clock=Clock(source=lambda: self._now_ns))
        for index, key, value, expire_at_ms in self._keys:
            server.databases[index].load(key, copied(value), expire_at_ms)
        clients = {}
        for client, length, queued in self._clients:
            mine = clients[client] = Client(server, client.id, client.address)
            mine.db, mine.name = server.databases[client.db.index], client.name
            mine.user, mine.authenticated = client.user, client.authenticated
            if length >= 0:
                mine.transaction.begin()
            for command, argv in queued:
                mine.transaction.queue(command, argv)
            for index, key, has_changed in self._watched[client]:
                mine.transaction.watch(server.databases[index], key)
                server.databases[index].versions[key] += has_changed
        return server, clients


def outcomes(server: Server, commands: Sequence[Command]) -> list[dict[str, Any]]:
    """For each order of the commands: the replies, and the changes as they would be propagated."""
    if not 2 <= len(commands) <= MOST_COMMANDS:
        raise TooMuch(
            f"Two to {MOST_COMMANDS} commands must be held before the lock; now it is {len(commands)}."
        )
    with locked(server):
        scene = Scene(server, [command.client for command in commands])
    return [_outcome(scene, order) for order in permutations(commands)]


def _outcome(scene: Scene, order: Sequence[Command]) -> dict[str, Any]:
    server, clients = scene.start()
    changes: list[Op] = []
    server.propagation.listen(changes.extend, BOTH)
    replies = [
        {
            "client": command.client.id,
            "name": shown(command.client.name),
            "argv": [shown(argument) for argument in command.argv],
            "reply": shown(execute(clients[command.client], command.argv)) or "waits",
        }
        for command in order
    ]
    return {"replies": replies, "changes": [" ".join(map(shown, argv)) for _, argv, _ in changes]}
