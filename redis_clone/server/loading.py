"""Loading the files: what the server lends to persistence/ while the data are read.

    begin_loading                 before anybody is accepted
    load_at_start                 from the append-only file or, where that is not wanted, from the RDB file
    load_append_only_file         and from then on it is written
    reload_append_only_file       for DEBUG LOADAOF

The commands of an append-only file go through dispatch.call like any others, with a client that may do
everything.  Nothing expires meanwhile: a key that expired was deleted then, and the log says so.

A server that starts listens already.  So load_at_start lets others in again and again (Progress says when),
and a client that sends a command which needs the data is answered -LOADING.
"""

import sys
from functools import partial

from redis_clone.features.acl.users import default_user
from redis_clone.features.monitoring.commandstats import CommandStats
from redis_clone.features.monitoring.monitor import Monitors
from redis_clone.features.persistence.aof_loading import CallCommand
from redis_clone.server.dispatch import call
from redis_clone.server.locking import MOMENT_S, let_others_in, locked
from redis_clone.server.state import Client, Server

LOADING = "LOADING Redis is loading the dataset in memory"


class Stopped(Exception):
    """A client has ended the server before all was loaded."""


def begin_loading(server: Server) -> None:
    """From here on commands that need the data are rejected; before anybody is accepted."""
    server.busy = LOADING
    server.restrictions.add("loading")
    server.dataset.progress.begin(server.dataset.now_s)


def load_at_start(server: Server) -> None:
    """CannotLoad when the files are damaged, Stopped after a SHUTDOWN.  Yields the lock now and then."""
    with locked(server):
        if server.config["appendonly"]:
            _load_append_only_file(server)
        else:
            with server.dataset.progress.letting_in(partial(_let_others_in, server)):
                server.rdb_saving.load_at_start()
        server.dataset.progress.is_on = False
        server.restrictions.discard("loading")
        server.busy = ""


def load_append_only_file(server: Server) -> bool:
    """Load the data from the append-only file, and log what comes now; False when it is not wanted."""
    if not server.config["appendonly"]:
        return False
    with locked(server):
        _load_append_only_file(server)
    return True


def _load_append_only_file(server: Server) -> None:
    uncounted = _Uncounted(server)
    with uncounted, server.dataset.progress.letting_in(uncounted.let_others_in):
        server.aof_files.start(partial(_new_client, server))


def _let_others_in(server: Server, seconds: float) -> None:
    let_others_in(server, max(seconds, MOMENT_S))
    if not server.stop_requests.empty():
        raise Stopped


def reload_append_only_file(server: Server) -> None:
    """Forget all data, and read the append-only file instead.  The caller holds the lock."""
    server.propagation.flush()
    was_on, server.propagation.is_on = server.propagation.is_on, False
    try:
        with _Uncounted(server):
            server.aof_files.reload(partial(_new_client, server))
    finally:
        server.propagation.is_on = was_on


class _Uncounted:
    """What is done again is no news: no statistics, no slow log, no MONITOR.  Nothing expires meanwhile."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._aside: tuple[CommandStats, float, Monitors] = (
            CommandStats(),
            sys.maxsize,
            Monitors(),
        )  # nobody looks at these

    def __enter__(self) -> None:
        self._changes = self._server.stats.changes
        self._swap()
        self._let_expire(False)

    def __exit__(self, *exception: object) -> None:
        self._let_expire(True)
        self._swap()
        self._server.stats.changes = self._changes

    def let_others_in(self, seconds: float) -> None:
        """Yield the lock for a while; the commands of the others are counted."""
        self._swap()
        try:
            _let_others_in(self._server, seconds)
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
    client.user, client.authenticated = default_user(), True  # it may do everything
    return partial(call, client)
