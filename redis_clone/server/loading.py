"""Loading the files: what the server lends to persistence/ while the data are read.

    load_at_start                 from the append-only file or, where that is not wanted, from the RDB file
    load_append_only_file         and from then on it is written
    reload_append_only_file       for DEBUG LOADAOF

The commands of an append-only file go through dispatch.call like any others, with a client that may do
everything.  Nothing expires meanwhile: a key that expired was deleted then, and the log says so.
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
    """CannotLoad when the files are damaged.  Takes the lock for all of it: nobody else is there yet."""
    if not load_append_only_file(server):
        with locked(server):
            server.rdb_saving.load_at_start()


def load_append_only_file(server: Server) -> bool:
    """Load the data from the append-only file, and log what comes now; False when it is not wanted."""
    if not server.config["appendonly"]:
        return False
    with locked(server), _uncounted(server) as new_client:
        server.aof_files.start(new_client)
    return True


def reload_append_only_file(server: Server) -> None:
    """Forget all data, and read the append-only file instead.  The caller holds the lock."""
    server.propagation.flush()
    was_on, server.propagation.is_on = server.propagation.is_on, False
    try:
        with _uncounted(server) as new_client:
            server.aof_files.reload(new_client)
    finally:
        server.propagation.is_on = was_on


@contextmanager
def _uncounted(server: Server) -> Iterator[NewClient]:
    """What is done again is no news: no statistics, no slow log, and nothing expires meanwhile."""
    changes, counted, slow_ns = server.stats.changes, server.command_stats, server.slow_ns
    server.command_stats, server.slow_ns = CommandStats(), sys.maxsize
    _let_expire(server, False)
    try:
        yield partial(_new_client, server)
    finally:
        _let_expire(server, True)
        server.stats.changes, server.command_stats, server.slow_ns = changes, counted, slow_ns


def _let_expire(server: Server, expires: bool) -> None:
    for database in server.databases:
        database.expiry_is_on = expires


def _new_client(server: Server) -> CallCommand:
    client = Client(server, replays=True)
    client.user, client.authenticated = default_user(), True  # it may do everything
    return partial(call, client)
