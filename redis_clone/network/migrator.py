"""Talks to the targets of MIGRATE, without the server's lock.

The thread "migrate" does it; in a transaction or a script the thread that runs these does.  One migration at
a time goes on, so one thread at a time talks.  The connection to a target is kept for the next MIGRATE: 64 of
them at most, each until nobody has used it for ten seconds.  What is said is the matter of
features/migration.py, and what follows from it of server/migration.py.
"""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from redis_clone.features.migration import CONNECTING, NO_DB, READING, WRITING, Target
from redis_clone.protocol.stream import CHUNK, LineTooLong, Stream
from redis_clone.server.migration import Migration, end_conversation
from redis_clone.server.state import Server
from redis_clone.structures.numbers import atoi

MOST_CONNECTIONS = 64
UNUSED_SECONDS = 10.0

Name = tuple[bytes, bytes]  # of a target: host and port, as the client has spelled them


class Failed(Exception):
    """The conversation broke; the text says what was tried."""

    def __init__(self, doing: str, may_try_again: bool) -> None:
        super().__init__(doing)
        self.may_try_again = may_try_again


@contextlib.contextmanager
def _failing(doing: str) -> Iterator[None]:
    """Turns whatever ends a conversation into Failed.

    A target that is too slow, or that is no Redis, is not asked again.
    """
    try:
        yield
    except (TimeoutError, ValueError, LineTooLong):
        raise Failed(doing, may_try_again=False) from None
    except (OSError, EOFError):
        raise Failed(doing, may_try_again=True) from None


class TargetConnection:
    """A connection to a target."""

    def __init__(self, connected: socket.socket) -> None:
        self.socket = connected
        self.stream = Stream(connected.recv)
        self.selected_db = NO_DB
        self.used_s = 0.0  # when it was last used


class Migrator:
    """The connections to targets, and what the thread "migrate" runs from the first MIGRATE on."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._migrations: SimpleQueue[Migration | None] = SimpleQueue()  # None: look whether this is the end
        self._talking = threading.Lock()  # held to use the connections: to talk, or to close what is unused
        self._connections: dict[Name, TargetConnection] = {}  # the one used last comes last
        self._socket: socket.socket  # that was used last
        self._is_over = False

    def start(self, migration: Migration) -> None:
        """Have the thread "migrate" talk to the target, and end the migration."""
        self._migrations.put(migration)

    def end(self) -> None:
        """The server ends: cut off the conversation that goes on, and begin no other."""
        self._is_over = True
        self._migrations.put(None)
        with contextlib.suppress(OSError, AttributeError):  # it is closed already, or there was none
            self._socket.shutdown(socket.SHUT_RDWR)
        if self._talking.acquire(blocking=False):  # else talk() closes them
            self._close_all()
            self._talking.release()

    def run(self) -> None:
        while not self._is_over:
            try:
                migration = self._migrations.get(timeout=self._seconds_until_unused())
            except Empty:
                self._close_unused()
                continue
            if migration is not None:
                try:
                    self.talk(migration)
                finally:  # after a bug too, or writes would wait for ever
                    end_conversation(self._server, migration)

    def _seconds_until_unused(self) -> float | None:
        """When the connection that is unused for longest is to be closed; None if there is none."""
        with self._talking:
            oldest = next(iter(self._connections.values()), None)
        return max(oldest.used_s + UNUSED_SECONDS - time.monotonic(), 0.0) if oldest else None

    def _close_unused(self) -> None:
        now_s = time.monotonic()
        with self._talking:
            for name, connection in list(self._connections.items()):
                if now_s - connection.used_s >= UNUSED_SECONDS:
                    self._close(name)

    def _close(self, name: Name) -> None:
        connection = self._connections.pop(name, None)
        if connection is not None:
            connection.socket.close()
        self._server.migration_connections = len(self._connections)

    def _close_all(self) -> None:
        for name in list(self._connections):
            self._close(name)

    def talk(self, migration: Migration) -> None:
        """Talk to the target, and once more if its connection was stale."""
        with self._talking:
            failed = self._try(migration)
            if failed and failed.may_try_again and migration.conversation.may_begin_again:
                failed = self._try(migration)
            migration.failure = str(failed) if failed else ""
            if self._is_over:
                self._close_all()

    def _try(self, migration: Migration) -> Failed | None:
        """Have the whole conversation; returns how it failed, or None."""
        try:
            self._converse(migration)
        except Failed as failed:
            self._close(_name(migration.conversation.target))
            return failed
        return None

    def _converse(self, migration: Migration) -> None:
        conversation = migration.conversation
        with _failing(WRITING):  # a target that refuses the connection fails so too, as in Redis
            connection = self._connection_to(conversation.target, migration.timeout_s)
            data = memoryview(conversation.begin(connection.selected_db))
            for begin in range(0, len(data), CHUNK):  # the time-out is for each chunk
                connection.socket.sendall(data[begin : begin + CHUNK])
        with _failing(READING):
            while not conversation.is_over:
                conversation.receive(connection.stream.read_line(b"\n").rstrip(b"\r"))
        connection.selected_db = conversation.selected_db

    def _connection_to(self, target: Target, timeout_s: float) -> TargetConnection:
        """The kept connection, or a new one."""
        name = _name(target)
        connection = self._connections.pop(name, None)
        if connection is None:
            if len(self._connections) >= MOST_CONNECTIONS:
                self._close(random.choice(list(self._connections)))
            connection = TargetConnection(_connect(target, timeout_s))
        self._socket = connection.socket
        if self._is_over:
            connection.socket.close()
            raise Failed(WRITING, may_try_again=False)
        connection.socket.settimeout(timeout_s)
        connection.used_s = time.monotonic()
        self._connections[name] = connection
        self._server.migration_connections = len(self._connections)
        return connection


def _name(target: Target) -> Name:
    return target.host, target.port


def _connect(target: Target, timeout_s: float) -> socket.socket:
    try:
        host = target.host.decode("ascii")
        if not host:
            raise ValueError("Python would take it for this machine")
        connected = socket.create_connection((host, atoi(target.port)), timeout_s)
    except (socket.gaierror, ValueError):  # there is no such host
        raise Failed(CONNECTING, may_try_again=False) from None
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connected
