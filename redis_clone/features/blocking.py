"""Blocked clients: which client waits for which keys, after BLPOP, XREAD with BLOCK and their like.

A blocking command never sleeps, because it runs under the lock.  If there is nothing to take, it returns a
Blocked, and its client becomes a BlockedClient.  When another client has written one of the keys, that
client's thread runs the blocked command again (server/blocked_clients.py); clients that wait for the same
key are served in the order in which they came.

    ada's thread    BLPOP jobs 5  ->  Blocked: releases the lock, waits for its socket and its wake-up pipe
    bob's thread    LPUSH jobs a  ->  runs BLPOP jobs 5 again  ->  reply into ada's output buffer, wakes her
    ada's thread    sends what it finds in its output buffer

A wait ends by time-out in the connection's own thread only.  The caller holds the lock.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from redis_clone.protocol.replies import NULL_ARRAY, Reply

DbKey = tuple[int, bytes]  # the number of a database, and a key


class Blocked(NamedTuple):
    """What a command returns in place of a reply when its client must wait."""

    keys: tuple[bytes, ...]
    kind: type  # of value: while a key holds a value of another type, the client goes on waiting
    timeout_ms: int  # 0: for ever
    reply_at_once: Reply = NULL_ARRAY  # where no client may wait, as inside EXEC
    reply_on_timeout: Reply = NULL_ARRAY
    argv: list[bytes] | None = None  # the command to run again, if it is not the one that came
    wakes_without_key: bool = False  # XREADGROUP is served, with an error, when its key is deleted
    is_postponed: bool = False  # the command has not run; it will after timeout_ms, when no pause is on
    # WAIT waits for no key: poll(False) is its reply, or None if it must wait on; poll(True) when time is up.
    # None then means that no time is set, and that CLIENT UNBLOCK does not end the wait either.
    poll: Callable[[bool], Reply | None] | None = None

    def reply_when_over(self) -> Reply:
        """The reply when the time is up."""
        return self.poll(True) if self.poll else self.reply_on_timeout


def postponed(timeout_ms: int = 0) -> Blocked:
    """What stands in place of a reply when the command is to run later: after a pause, or after a delay."""
    return Blocked((), object, timeout_ms, is_postponed=True)


POSTPONED = postponed()  # by CLIENT PAUSE


class BlockedClient:
    """One client's wait.  `client` and `command` are opaque here: server/blocked_clients.py uses them."""

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
    """The blocked clients of a server, and for each key those that wait for it, in the order they came.

    >>> blocked_clients = BlockedClients()
    >>> ada = BlockedClient("ada", None, [], Blocked((b"jobs",), list, 0), [(0, b"jobs")], None)
    >>> blocked_clients.add(ada); blocked_clients.signal_keys_as_ready([("lpush", b"jobs", 0)])
    >>> blocked_clients.take_ready_keys()
    [(0, b'jobs')]
    >>> [each.client for each in blocked_clients.blocked_on((0, b"jobs"))], len(blocked_clients)
    (['ada'], 1)
    """

    def __init__(self) -> None:
        self._by_key: dict[DbKey, dict[BlockedClient, None]] = {}  # only keys that some client waits for
        self.clients: dict[BlockedClient, None] = {}  # all of them; read at each command, to see if any is
        self.postponed: dict[BlockedClient, None] = {}  # the clients whose command has not run yet
        self.polled: dict[BlockedClient, None] = {}  # the clients that wait for no key
        self._ready: dict[DbKey, None] = {}  # keys that a client waits for, written since take_ready_keys()

    def __len__(self) -> int:
        return len(self.clients)

    def add(self, blocked_client: BlockedClient) -> None:
        """A client begins to wait.  O(its keys)"""
        self.clients[blocked_client] = None
        if blocked_client.wait.is_postponed:
            self.postponed[blocked_client] = None
        if blocked_client.wait.poll:
            self.polled[blocked_client] = None
        for db_key in blocked_client.db_keys:
            self._by_key.setdefault(db_key, {})[blocked_client] = None

    def remove(self, blocked_client: BlockedClient) -> None:
        """A client no longer waits; nothing of its wait is kept.  O(its keys)"""
        self.clients.pop(blocked_client, None)
        self.postponed.pop(blocked_client, None)
        self.polled.pop(blocked_client, None)
        for db_key in blocked_client.db_keys:
            blocked_clients = self._by_key.get(db_key)
            if blocked_clients is not None:
                blocked_clients.pop(blocked_client, None)
                if not blocked_clients:
                    del self._by_key[db_key]

    def signal_keys_as_ready(self, changes: Iterable[tuple[str, bytes, int]]) -> None:
        """Remember which of the written keys have a client that waits for them.  O(changes)"""
        for event, key, db in changes:
            if event in ("flushdb", "swapdb"):  # a whole database has changed
                self._ready.update(dict.fromkeys(self._db_keys_in(db, event)))
            elif (db, key) in self._by_key:
                self._ready[db, key] = None

    def _db_keys_in(self, db: int, event: str) -> list[DbKey]:
        """The keys of a database that clients wait for; of all databases for a swap, which concerns two."""
        return [db_key for db_key in self._by_key if db_key[0] == db or event == "swapdb"]

    @property
    def keys(self) -> int:
        """How many keys have clients that wait for them."""
        return len(self._by_key)

    @property
    def keys_that_may_vanish(self) -> int:
        """How many of these keys have a client that is to be woken when the key is deleted."""
        return sum(
            any(each.wait.wakes_without_key for each in blocked_clients)
            for blocked_clients in self._by_key.values()
        )

    def take_ready_keys(self) -> list[DbKey]:
        """The ready keys, in the order in which they were written; they are not ready any more."""
        ready = list(self._ready)
        self._ready.clear()
        return ready

    def put_back_ready(self, db_keys: Iterable[DbKey]) -> None:
        """Make keys ready again that take_ready_keys() returned, ahead of those written since."""
        self._ready = {**dict.fromkeys(db_keys), **self._ready}

    def blocked_on(self, db_key: DbKey) -> Iterator[BlockedClient]:
        """The clients that wait for a key now; one that is unblocked during the iteration is left out."""
        for blocked_client in list(self._by_key.get(db_key, ())):
            if blocked_client in self.clients:
                yield blocked_client
