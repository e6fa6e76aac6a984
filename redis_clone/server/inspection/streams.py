"""A stream opened: its blocks of entries, and its groups with what is pending for whom."""

from itertools import islice
from typing import Any

from redis_clone.server.inspection.texts import shown
from redis_clone.storage.streams import Consumer, Entry, Group, Stream

MOST_BLOCKS = 48
MOST_ENTRIES = 20  # the last ones
MOST_FIELDS = 12  # fields and values of an entry
MOST_GROUPS = 8
MOST_CONSUMERS = 12
MOST_PENDING = 40  # of a consumer


def stream_parts(value: Stream) -> dict[str, Any]:
    blocks = value.entries.blocks()
    newest = islice(value.entries.items(reverse=True), MOST_ENTRIES)
    return {
        "kind": "stream",
        "last_id": value.last_id.formatted().decode(),
        "entries_added": value.entries_added,
        "blocks": [
            {"first": block.ids[0].formatted().decode(), "entries": len(block.ids), "slots": block.slots}
            for block in islice(blocks, MOST_BLOCKS)
        ],
        "more_blocks": max(len(blocks) - MOST_BLOCKS, 0),
        "entries": [_entry(entry) for entry in newest],
        "groups": [_group(value, *each) for each in value.sorted_groups()[:MOST_GROUPS]],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    id_, fields = entry
    return {"id": id_.formatted().decode(), "fields": [shown(each, 40) for each in fields[:MOST_FIELDS]]}


def _group(stream: Stream, name: bytes, group: Group) -> dict[str, Any]:
    return {
        "name": shown(name),
        "last_id": group.last_id.formatted().decode(),
        "lag": stream.lag(group),
        "pending": len(group.pending),
        "consumers": [_consumer(each) for each in group.sorted_consumers()[:MOST_CONSUMERS]],
    }


def _consumer(consumer: Consumer) -> dict[str, Any]:
    pending = islice(consumer.pending.items(), MOST_PENDING)
    return {
        "name": shown(consumer.name),
        "count": len(consumer.pending),
        "pending": [
            {"id": id_.formatted().decode(), "deliveries": each.deliveries, "since_ms": each.delivered_ms}
            for id_, each in pending
        ],
    }
