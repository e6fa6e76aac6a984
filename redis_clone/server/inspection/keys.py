"""The keys of one database, the newest first.  The caller holds the lock.

Looking at a key here is no access, counts no hit, and deletes no key that has expired.
"""

from typing import Any

from redis_clone.server.inspection.texts import linked, shown
from redis_clone.server.state import Server
from redis_clone.storage.database import Database
from redis_clone.storage.encodings import encoding_of
from redis_clone.storage.sizes import size_of
from redis_clone.storage.types import type_name

MOST = 40  # keys that are shown


def keys_panel(server: Server, db: int) -> dict[str, Any]:
    database = server.databases[db]
    return {
        "db": db,
        "databases": [{"db": each.index, "keys": len(each)} for each in server.databases if len(each)],
        "total": len(database),
        "expiring": len(database.expires),
        "hits": sum(each.hits for each in server.databases),
        "misses": sum(each.misses for each in server.databases),
        "is_lfu": server.access.is_lfu,
        "rows": [key_row(server, database, key) for key in database.newest(MOST)],
    }


def key_row(server: Server, database: Database, key: bytes) -> dict[str, Any]:
    """What is known of a stored key beside its value."""
    value = database.stored(key)
    field = database.access_field(key)
    return {
        "key": shown(key),
        "link": linked(key),
        "type": type_name(value),
        "encoding": encoding_of(value, server.config),
        "bytes": size_of(value),
        "length": _length(value),
        "expire_at_ms": database.expire_at_ms(key),
        # Of LRU the time of the last access, of LFU the counter.
        "access": server.access.counter(field) if server.access.is_lfu else field,
        "watchers": database.versions.watchers(key),
        "version": database.versions.get(key),
    }


def _length(value: Any) -> int:
    """Bytes of a string, entries of a stream, members of anything else."""
    return len(value.entries) if type_name(value) == "stream" else len(value)
