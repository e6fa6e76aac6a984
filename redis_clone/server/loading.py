"""Loads the files into the server, by calling features/persistence with the lock held.

    load_at_start             loads the append-only file or, if `appendonly` is no, the RDB file
    load_append_only_file     loads it, and lets the log go on writing to it
    reload_append_only_file   for DEBUG LOADAOF

The commands of an append-only file go through dispatch.call like any others, on a client that may do
everything.  No key expires during loading: the log holds a DEL for every key that expired.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from redis_clone.features.acl.users import default_user
from redis_clone.features.monitoring.commandstats import CommandStats
from redis_clone.features.persistence.aof_loading import CallCommand, NewClient
from redis_clone.server.dispatch import call
from redis_clone.server.locking import locked
from redis_clone.server.state import Client, Server


def load_at_start(server: Server) -> None:
    """Load the data, under one lock, for no client is there yet; CannotLoad when the files are damaged."""
    if not load_append_only_file(server):
        with locked(server):
            server.rdb_saving.load_at_start()


def load_append_only_file(server: Server) -> bool:
    """Load the append-only file, and log the commands that follow; False when `appendonly` is no."""
    if not server.config["appendonly"]:
        return False
    with locked(server), _uncounted(server) as new_client:
        server.aof_files.start(new_client)
    return True


def reload_append_only_file(server: Server) -> None:
    """Replace all data by those of the append-only file.  The caller holds the lock."""
    server.propagation.flush()
    was_on, server.propagation.is_on = server.propagation.is_on, False
    try:
        with _uncounted(server) as new_client:
            server.aof_files.reload(new_client)
    finally:
        server.propagation.is_on = was_on


@contextmanager
def _uncounted(server: Server) -> Iterator[NewClient]:
    """Replayed commands leave no statistics and no slow log entries, and no key expires meanwhile."""
    dirty, counted, slow_ns = server.dataset.dirty, server.command_stats, server.slow_ns
    server.command_stats, server.slow_ns = CommandStats(), sys.maxsize
    _let_expire(server, False)
    try:
        yield partial(_new_client, server)
    finally:
        _let_expire(server, True)
        server.dataset.record_saved(server.dataset.dirty - dirty)
        server.command_stats, server.slow_ns = counted, slow_ns


def _let_expire(server: Server, expires: bool) -> None:
    for database in server.databases:
        database.expiry_is_on = expires


def _new_client(server: Server) -> CallCommand:
    client = Client(server, replays=True)
    client.user, client.authenticated = default_user(), True  # a new default user may do everything
    return partial(call, client)
