"""The one sum of memory, which `used_memory` shows and `maxmemory` limits.

    databases   keys, values, and what is kept beside them: also the indexes for random picks
    clients     connections, and what waits in their buffers (server/client_memory.py)
    the log     what was not written to the append-only file yet: used, but not limited, as in Redis

The caller holds the lock.
"""

from redis_clone.server.state import Server


def used_memory(server: Server) -> int:
    """In bytes.  O(databases), O(keys changed in place since the last time)"""
    return (
        sum(database.size() for database in server.databases) + server.eviction.buffers + not_limited(server)
    )


def not_limited(server: Server) -> int:
    """The part that does not count for `maxmemory`: an eviction makes it longer first."""
    return server.log.buffered
