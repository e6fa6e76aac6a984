"""The one sum of memory, which `used_memory` shows and `maxmemory` limits.

    databases   keys, values, and what is kept beside them: also the indexes for random picks
    clients     a connection, what came from it and was not run yet, and what waits to be sent to it
    the log     what was not written to the append-only file yet: used, but not limited, as in Redis

Always true, and kept under the server's lock: `eviction.used.buffers` is the sum of all clients'
`counted_bytes`.  A client is counted again by the cron, after a large send, and at the end of a pipeline if
its buffers are not small or were not when it was counted, or if it queues commands in MULTI.

Two of a client's numbers, `query_bytes` and `output_buffer.sending`, are written by the connection's own
thread alone, and mostly without the lock.  Any thread may read them: each is one integer, perhaps of a moment
ago.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis_clone.server.state import Client, Server

SMALL = 4096  # bytes: only the cron counts a client whose buffers hold less
PER_CLIENT = 28_000  # bytes of an idle connection: its objects and the pages of its thread, as measured
COUNTED_SMALL = PER_CLIENT + SMALL  # a client counted with more is counted again at its next pipeline


def used_memory(server: Server) -> int:
    """In bytes.  O(databases), O(keys changed in place since the last time)"""
    databases = sum(database.size() for database in server.databases)
    return databases + server.eviction.used.buffers + not_limited(server)


def not_limited(server: Server) -> int:
    """The part that does not count for `maxmemory`, because an eviction makes it longer first.

    That is the log, and the stream in the backlog and in the output buffers of replicas.  (Redis counts the
    first `repl-backlog-size` bytes of the backlog for the limit.)
    """
    return server.log.buffered + server.replication.memory()


def client_memory(client: Client) -> int:
    """The bytes that a client takes; 0 if it is to be closed, for its thread frees all in a moment.  O(1)"""
    output_buffer = client.output_buffer
    if output_buffer.close_asap:
        return 0
    waiting = 0 if client.is_replica else output_buffer.size + output_buffer.sending
    return PER_CLIENT + client.query_bytes + argv_bytes(client) + client.transaction.queued_bytes + waiting


def argv_bytes(client: Client) -> int:
    """The bytes of the command that is running, or blocks its client."""
    argv = client.argv if client.blocked is None else client.blocked.argv
    return sum(map(len, argv)) if argv else 0


def count_memory(client: Client) -> None:
    """Bring the sum up to date with what the client takes now.  O(1)"""
    now = client_memory(client)
    if now != client.counted_bytes:
        client.server.eviction.used.buffers += now - client.counted_bytes
        client.counted_bytes = now


def forget_memory(client: Client) -> None:
    """The client is gone, with all its buffers."""
    client.server.eviction.used.buffers -= client.counted_bytes
    client.counted_bytes = 0
