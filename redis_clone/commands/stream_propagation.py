"""What the log is told of groups of consumers, whose commands depend on the time and on who asks first.

Whatever made an entry pending for somebody is written down as one XCLAIM, with all that is known of the
delivery; how far a group has read, as XGROUP SETID.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.storage.streams import Group
from redis_clone.structures.stream_log import StreamId

if TYPE_CHECKING:
    from redis_clone.server.state import Client


def propagate_pending(client: Client, key: bytes, name: bytes, group: Group, id_: StreamId) -> None:
    """An entry that is pending now, or that is about to be forgotten, for it was deleted meanwhile.

    An XCLAIM does that too: it makes pending only what is in the stream.
    """
    pending = group.pending.get(id_)
    if pending is None or not client.server.propagation.is_on:
        return
    # FORCE, for whoever reads the log may not know the entry as pending; 0: however short it was idle.
    delivered, deliveries = b"%d" % pending.delivered_ms, b"%d" % pending.deliveries
    words = [b"XCLAIM", key, name, pending.consumer.name, b"0", id_.formatted(), b"TIME", delivered]
    words += [b"RETRYCOUNT", deliveries, b"FORCE", b"JUSTID", b"LASTID", group.last_id.formatted()]
    client.server.propagation.replicate_as(*words)


def propagate_last_id(client: Client, key: bytes, name: bytes, group: Group) -> None:
    """How far a group has read, and how many entries that were."""
    read = -1 if group.entries_read is None else group.entries_read
    words = [b"XGROUP", b"SETID", key, name, group.last_id.formatted(), b"ENTRIESREAD", b"%d" % read]
    client.server.propagation.replicate_as(*words)


def propagate_consumer(client: Client, key: bytes, name: bytes, consumer: bytes) -> None:
    """A consumer that was made, though nothing became pending for it."""
    client.server.propagation.replicate_as(b"XGROUP", b"CREATECONSUMER", key, name, consumer)
