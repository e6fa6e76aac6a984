"""MIGRATE: keys move to another server, and nobody waits for that server under the lock.

    migrate             the client waits like a blocked one, and no write runs, as in a pause
    end_conversation    the thread "migrate" has talked to the target without the lock (network/migrator.py);
                        the keys that the target has acknowledged are deleted, and the client gets its reply

Redis serves nobody until the target has answered.  Here the keys on their way may be read, but no command
that may write runs, no key expires and none is evicted: they wait for the end of the pause BY_MIGRATE.  So a
value does not change between its payload and its deletion, and one migration at a time goes on.  All keys are
deleted at once, and reach the log and the replicas as one DEL.

A key is never on no server.  It is on both from its RESTORE to its deletion; and for good if the connection
breaks between a RESTORE and its answer, as in Redis: then the client gets an error, and may send MIGRATE
again with REPLACE.

A transaction or a script cannot be left half done.  The thread that runs it talks to the target itself then,
and releases the lock meanwhile.  Everything is paused, so other clients wait as in Redis, and see no half.
(It does not wait for the thread "migrate", for that may be itself: whatever thread ends a pause runs what was
postponed.)

A migration outlives the wait of its client: CLIENT KILL ends the wait alone, and CLIENT UNBLOCK ends neither.
If the server has a new master by the end, no key is deleted, for the data are that master's.  The caller of
all but end_conversation() holds the lock.
"""

from functools import partial
from math import inf
from time import perf_counter_ns

from redis_clone.features.blocking import Blocked
from redis_clone.features.migration import READING, Conversation
from redis_clone.features.pause import BY_MIGRATE
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply
from redis_clone.server.blocked_clients import serve_polled_clients
from redis_clone.server.dispatch import propagate, record_slow
from redis_clone.server.locking import locked_outside_scripts, release_while
from redis_clone.server.state import Client, Server

BUSY = "BUSY Redis is migrating keys"  # no client sees it, for all are paused


class Migration:
    """One MIGRATE."""

    def __init__(self, client: Client, conversation: Conversation, timeout_s: float, copies: bool) -> None:
        """`timeout_s`: for each single wait for the target; `copies`: no key is deleted."""
        self.client = client
        self.conversation = conversation
        self.timeout_s = timeout_s
        self.copies = copies
        self.is_inside = client.transaction.is_running or client.server.scripting.run is not None
        self.db = client.db
        self.following = client.server.following
        self.begun_ns = perf_counter_ns()
        self.failure = READING  # what went wrong with the connection; "" once all is answered
        self.reply: Reply | None = None  # None until the keys are deleted too


def migrate(client: Client, migration: Migration) -> Reply:
    """Move the keys; the reply, or Blocked until there is one."""
    server = client.server
    if not migration.is_inside:
        server.start_migration(migration)  # first, for it fails if the system has no thread for it
    server.migration = migration
    server.pause.begin(inf, everything=migration.is_inside, cause=BY_MIGRATE)
    if migration.is_inside:
        return _migrate_inside(server, migration)
    return Blocked((), object, 0, poll=lambda time_is_up: migration.reply)


def _migrate_inside(server: Server, migration: Migration) -> Reply:
    """Move the keys in the middle of a transaction or a script."""
    if server.changes:
        propagate(server)  # else another thread would, as its own
    before, server.busy = server.busy, BUSY  # keeps the cron and snapshots away
    try:
        release_while(server, partial(server.talk_to_target, migration))
    finally:
        server.busy = before
        deleted = _delete_acknowledged(server, migration)
        if deleted:
            server.propagation.replicate_as(b"DEL", *deleted)
    reply = migration.conversation.reply(migration.failure)
    if isinstance(reply, RedisError):
        raise reply
    return reply


def end_conversation(server: Server, migration: Migration) -> None:
    """The thread "migrate" is done with the target: delete the keys, and reply if the client still waits."""
    with locked_outside_scripts(server):
        _finish(server, migration)


def _finish(server: Server, migration: Migration) -> None:
    client = migration.client
    deleted = _delete_acknowledged(server, migration)
    if server.changes:
        client.has_written = True
        propagate(server, client, [b"DEL", *deleted])
        server.propagation.end_transaction()
    took_ns = perf_counter_ns() - migration.begun_ns
    if client.blocked is not None and took_ns >= server.slow_ns:
        record_slow(client, client.blocked.command, client.blocked.argv, took_ns)
    migration.reply = migration.conversation.reply(migration.failure)
    serve_polled_clients(server)


def _delete_acknowledged(server: Server, migration: Migration) -> list[bytes]:
    """End the pause, and delete what the target has now; returns the keys."""
    server.migration = None
    server.pause.end(BY_MIGRATE)
    if migration.copies or server.following is not migration.following:
        return []
    for key in migration.conversation.acknowledged:
        migration.db.delete(key)
    return migration.conversation.acknowledged
