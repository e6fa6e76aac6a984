"""OBJECT: the encoding of a value, and its access field.  These commands do not count as an access."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.containers import container
from redis_clone.protocol.errors import RedisError
from redis_clone.storage.encodings import encoding_of, reference_count

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("generic")

container("OBJECT", "generic", help_since="6.2.0")

RANDOM = "nondeterministic_output"
SWITCHING = (
    "Please note that when switching between policies at runtime LRU and LFU data "
    "will take some time to adjust."
)


def _look_up(client: Client, key: bytes) -> Any:
    """A value that is asked about: a hit or a miss, but no access, and no keymiss event."""
    value = client.db.get_no_stats(key)
    client.db.hits += value is not None
    client.db.misses += value is None
    return value


@command("OBJECT|ENCODING", arity=3, flags="readonly", keys=one_key("RO", at=2), tips=RANDOM)
def object_encoding(client: Client, key: bytes) -> str | None:
    """Returns the name of the form in which Redis would keep a value.

    OBJECT ENCODING key
    Since 2.2.3, O(1), but O(N) for a list, where N is the number of elements that fit into a listpack.
    """
    value = _look_up(client, key)
    return None if value is None else encoding_of(value, client.server.config)


@command("OBJECT|REFCOUNT", arity=3, flags="readonly", keys=one_key("RO", at=2), tips=RANDOM)
def object_refcount(client: Client, key: bytes) -> int | None:
    """Returns how many references Redis would hold to a value.

    OBJECT REFCOUNT key
    Since 2.2.3, O(1)
    """
    value = _look_up(client, key)
    return None if value is None else reference_count(value, client.server.config)


@command("OBJECT|IDLETIME", arity=3, flags="readonly", keys=one_key("RO", at=2), tips=RANDOM)
def object_idletime(client: Client, key: bytes) -> int | None:
    """Returns how many seconds ago a key was last used.

    OBJECT IDLETIME key
    Since 2.2.3, O(1)
    """
    if _look_up(client, key) is None:
        return None
    access = client.server.access
    if access.is_lfu:
        raise RedisError(f"ERR An LFU maxmemory policy is selected, idle time not tracked. {SWITCHING}")
    return access.idle_ms(client.db.access_field(key)) // 1000


@command("OBJECT|FREQ", arity=3, flags="readonly", keys=one_key("RO", at=2), tips=RANDOM)
def object_freq(client: Client, key: bytes) -> int | None:
    """Returns how often a key was accessed: the logarithmic counter of the LFU policies.

    OBJECT FREQ key
    Since 4.0.0, O(1)
    """
    if _look_up(client, key) is None:
        return None
    access = client.server.access
    if not access.is_lfu:
        raise RedisError(
            f"ERR An LFU maxmemory policy is not selected, access frequency not tracked. {SWITCHING}"
        )
    return access.counter(client.db.access_field(key))
