"""How changes of consumer groups are propagated to the log and the replicas.

The outcome of XREADGROUP, XCLAIM and XAUTOCLAIM depends on the time and on the order of clients, so the
commands themselves are not replayed.  A delivery is propagated as an XCLAIM with its time and number of
deliveries, the position of a group as an XGROUP SETID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.storage.streams import Group
from redis_clone.structures.stream_log import StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client


def propagate_pending(client: Client, key: bytes, name: bytes, group: Group, id_: StreamId) -> None:
    """Propagates a pending entry, or one that is about to be removed because it was deleted from the stream.

    The same XCLAIM does for both: replayed, it drops an entry that is not in the stream.
    """
    pending = group.pending.get(id_)
    if pending is None or not client.server.propagation.is_on:
        return
    # FORCE, since the reader may not have the entry as pending; 0, so that it need not have been idle.
    delivered, deliveries = b"%d" % pending.delivered_ms, b"%d" % pending.deliveries
    args = [b"XCLAIM", key, name, pending.consumer.name, b"0", id_.formatted(), b"TIME", delivered]
    args += [b"RETRYCOUNT", deliveries, b"FORCE", b"JUSTID", b"LASTID", group.last_id.formatted()]
    client.server.propagation.replicate_as(*args)


def propagate_last_id(client: Client, key: bytes, name: bytes, group: Group) -> None:
    """Propagates the last id that a group has read, and how many entries it has read."""
    read = -1 if group.entries_read is None else group.entries_read
    args = [b"XGROUP", b"SETID", key, name, group.last_id.formatted(), b"ENTRIESREAD", b"%d" % read]
    client.server.propagation.replicate_as(*args)


def propagate_consumer(client: Client, key: bytes, name: bytes, consumer: bytes) -> None:
    """Propagates a new consumer for which nothing became pending."""
    client.server.propagation.replicate_as(b"XGROUP", b"CREATECONSUMER", key, name, consumer)
