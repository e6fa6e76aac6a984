"""Loads the files into the server, by calling features/persistence with the lock held.

    begin_loading             rejects commands that need the data, before the first client is accepted
    load_at_start             loads the append-only file or, if `appendonly` is no, the RDB file
    load_append_only_file     loads it, and lets the log go on writing to it
    reload_append_only_file   for DEBUG LOADAOF
    reload_rdb_file           for DEBUG RELOAD

The commands of an append-only file go through dispatch.call like any others, on a client that may do
everything.  No key expires during loading: the log holds a DEL for every key that expired.

A server that starts accepts clients while it loads.  So loading yields the lock again and again (Progress
says when), at the start and in a DEBUG command, and a command that needs the data is answered -LOADING.
A replica loads the data of its master in another way (full_load.py).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial

from redis_clone.command_table.registry import Command
from redis_clone.features.acl.users import default_user
from redis_clone.features.monitoring.commandstats import CommandStats
from redis_clone.features.monitoring.monitor import Monitors
from redis_clone.features.persistence.aof_loading import CallCommand
from redis_clone.features.persistence.progress import YieldLock
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.server.checks import LOADING
from redis_clone.server.dispatch import call
from redis_clone.server.locking import YIELD_S, locked, release_for
from redis_clone.server.replicas import resume_history
from redis_clone.server.state import Client, Server
from redis_clone.server.unexpected_errors import record_unexpected_error


class Stopped(Exception):
    """A client has ended the server before all was loaded."""


def begin_loading(server: Server) -> None:
    """Reject commands that need the data from now on; called before the first client is accepted."""
    server.busy = LOADING
    server.restrictions.add("loading")
    server.dataset.progress.begin(server.dataset.now_s)


def load_at_start(server: Server) -> None:
    """Load the data; CannotLoad when the files are damaged, Stopped after a SHUTDOWN.

    Takes the lock, and yields it now and then.
    """
    with locked(server):
        if server.config["appendonly"]:
            _load_append_only_file(server)
        else:
            with server.dataset.progress.yielding(partial(_yield_lock, server)):
                loaded = server.rdb_saving.load_at_start()
            if loaded is not None:
                resume_history(server, loaded)
        _end_loading(server)


def _end_loading(server: Server) -> None:
    server.dataset.progress.is_on = False
    server.restrictions.discard("loading")
    server.busy = ""


def load_append_only_file(server: Server) -> bool:
    """Load the append-only file, and log the commands that follow; False when `appendonly` is no."""
    if not server.config["appendonly"]:
        return False
    with locked(server):
        _load_append_only_file(server)
    return True


def _load_append_only_file(server: Server) -> None:
    uncounted = _Uncounted(server)
    with uncounted, server.dataset.progress.yielding(uncounted.yield_lock):
        server.aof_files.start(partial(_new_client, server))


def _yield_lock(server: Server, seconds: float) -> None:
    release_for(server, max(seconds, YIELD_S))
    if server.closing or not server.stop_requests.empty():
        raise Stopped


def reload_append_only_file(client: Client) -> None:
    """Replace all data by those of the append-only file.  The caller holds the lock."""
    server = client.server
    server.propagation.flush()
    uncounted = _Uncounted(server)
    was_on, server.propagation.is_on = server.propagation.is_on, False
    try:
        with uncounted, _reloading(client, uncounted.yield_lock):
            server.aof_files.reload(partial(_new_client, server))
    finally:
        server.propagation.is_on = was_on


def reload_rdb_file(client: Client, flush: bool, merge: bool) -> bool:
    """Load the RDB file again; False when it cannot be loaded.  The caller holds the lock."""
    server = client.server
    with _reloading(client, partial(_yield_lock, server)):
        return server.rdb_saving.reload(flush, merge)


@contextmanager
def _reloading(client: Client, yield_lock: YieldLock) -> Iterator[None]:
    """Other clients are answered -LOADING meanwhile; within a transaction, which is atomic, they wait."""
    server = client.server
    if server.dataset.progress.is_on:
        raise RedisError(LOADING)
    begin_loading(server)
    try:
        with nullcontext() if client.transaction.is_running else server.dataset.progress.yielding(yield_lock):
            yield
    except Stopped:
        raise RedisError("ERR The server is shutting down") from None
    finally:
        _end_loading(server)


class _Uncounted:
    """Replayed commands leave no statistics, no slow log entries and no MONITOR lines; no key expires."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._aside: tuple[CommandStats, float, Monitors] = (
            CommandStats(),
            sys.maxsize,
            Monitors(),
        )  # put in place of the server's, and thrown away

    def __enter__(self) -> None:
        self._dirty = self._server.dataset.dirty
        self._swap()
        self._let_expire(False)

    def __exit__(self, *exception: object) -> None:
        self._let_expire(True)
        self._swap()
        self._server.dataset.record_saved(self._server.dataset.dirty - self._dirty)

    def yield_lock(self, seconds: float) -> None:
        """Yield the lock for a while; the commands of the others are counted."""
        self._swap()
        try:
            _yield_lock(self._server, seconds)
        finally:
            self._swap()

    def _swap(self) -> None:
        server, mine = self._server, self._aside
        self._aside = (server.command_stats, server.slow_ns, server.monitors)
        server.command_stats, server.slow_ns, server.monitors = mine

    def _let_expire(self, expires: bool) -> None:
        for database in self._server.databases:
            database.expiry_is_on = expires


def _new_client(server: Server) -> CallCommand:
    client = Client(server, replays=True)
    client.user, client.authenticated = default_user(), True  # a new default user may do everything

    def call_command(command: Command, argv: list[bytes]) -> Reply:
        client.last_command = command
        reply = call(client, command, argv)
        if isinstance(reply, RedisError):
            record_unexpected_error(client, reply)
        return reply

    return call_command
