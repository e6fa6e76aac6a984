"""Clients that wait for a key: BLPOP and its family, XREAD with BLOCK.

A blocking command never sleeps, for it runs under the lock.  When there is nothing to take it returns a
Blocked, and the client becomes a Waiter in the waiting room.  Whoever then writes one of its keys has the
command run once more, after his own command has ended (serving.serve_waiters): first come, first served.

    connection's thread     BLPOP jobs 5  ->  Blocked  ->  enters the room; sleeps at its bell
    another thread          LPUSH jobs a  ->  BLPOP jobs 5 again  ->  reply into the outbox; rings the bell
    connection's thread     wakes, and sends what it finds in its outbox

Only the connection's own thread looks at the time, and only it can be late.  The caller holds the lock.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from redis_clone.protocol.replies import NULL_ARRAY, Reply

DbKey = tuple[int, bytes]  # the number of a database, and a key


class Blocked(NamedTuple):
    """What a command returns in place of a reply, when there may be one later."""

    keys: tuple[bytes, ...]
    kind: type  # of value; as long as a key holds another one, it is not there for us
    timeout_ms: int  # 0: for ever
    reply_at_once: Reply = NULL_ARRAY  # where nobody may wait, as inside EXEC
    reply_on_timeout: Reply = NULL_ARRAY
    argv: list[bytes] | None = None  # the command to run again, where it is not the one that came
    wakes_without_key: bool = False  # XREADGROUP must hear that its group is gone with the key


POSTPONED = Blocked((), object, 0)  # in place of a reply: the command is to run when a pause ends


class BlockedClient:
    """One client's wait.  `client` and `command` are dispatch's business."""

    def __init__(
        self,
        client: Any,
        command: Any,
        argv: list[bytes],
        wait: Blocked,
        db_keys: list[DbKey],
        deadline_ns: int | None,
    ) -> None:
        self.client = client
        self.command = command
        self.argv = argv
        self.wait = wait
        self.db_keys = db_keys
        self.deadline_ns = deadline_ns  # None: never


class BlockedClients:
    """Who waits for which key, in the order of their coming.

    >>> room = BlockedClients()
    >>> ada = BlockedClient("ada", None, [], Blocked((b"jobs",), list, 0), [(0, b"jobs")], None)
    >>> room.add(ada); room.signal_keys_as_ready([("lpush", b"jobs", 0)]); room.take_ready_keys()
    [(0, b'jobs')]
    >>> [blocked_client.client for blocked_client in room.blocked_on((0, b"jobs"))], len(room)
    (['ada'], 1)
    """

    def __init__(self) -> None:
        self._by_key: dict[DbKey, dict[BlockedClient, None]] = {}  # without the keys that no client waits for
        self.clients: dict[BlockedClient, None] = {}  # for looking: is there anybody
        self.postponed: dict[BlockedClient, None] = {}  # those of them who wait for the end of a pause
        self._ready: dict[DbKey, None] = {}  # written, and waited for, since take_ready()

    def __len__(self) -> int:
        return len(self.clients)

    def add(self, blocked_client: BlockedClient) -> None:
        """O(keys it waits for)"""
        self.clients[blocked_client] = None
        if blocked_client.wait is POSTPONED:
            self.postponed[blocked_client] = None
        for db_key in blocked_client.db_keys:
            self._by_key.setdefault(db_key, {})[blocked_client] = None

    def remove(self, blocked_client: BlockedClient) -> None:
        """O(keys it waits for)"""
        self.clients.pop(blocked_client, None)
        self.postponed.pop(blocked_client, None)
        for db_key in blocked_client.db_keys:
            blocked_clients = self._by_key.get(db_key)
            if blocked_clients is not None:
                blocked_clients.pop(blocked_client, None)
                if not blocked_clients:
                    del self._by_key[db_key]

    def signal_keys_as_ready(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Remember which of the keys that somebody waits for were written.  O(changes)"""
        for event, key, db in changes:
            if event in ("flushdb", "swapdb"):  # a whole database has changed
                self._ready.update(dict.fromkeys(self._db_keys_in(db, event)))
            elif (db, key) in self._by_key:
                self._ready[db, key] = None

    def _db_keys_in(self, db: int, event: str) -> list[DbKey]:
        """A swap concerns a second database too, so then we look at them all: it is rare."""
        return [db_key for db_key in self._by_key if db_key[0] == db or event == "swapdb"]

    @property
    def keys(self) -> int:
        """How many keys are waited for."""
        return len(self._by_key)

    @property
    def keys_that_may_vanish(self) -> int:
        """How many of them somebody waits for who must hear when they go."""
        return sum(
            any(w.wait.wakes_without_key for w in blocked_clients)
            for blocked_clients in self._by_key.values()
        )

    def take_ready_keys(self) -> list[DbKey]:
        """The keys that were written, in that order; they are not ready any more."""
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def put_back_ready(self, db_keys: Iterable[DbKey]) -> None:
        """What take_ready() took, for later."""
        self._ready = {**dict.fromkeys(db_keys), **self._ready}

    def blocked_on(self, place: DbKey) -> Iterator[BlockedClient]:
        """Those who wait for a key now; whoever leaves meanwhile is passed over."""
        for blocked_client in list(self._by_key.get(place, ())):
            if blocked_client in self.clients:
                yield blocked_client
