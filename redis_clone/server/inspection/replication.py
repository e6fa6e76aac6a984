"""Replication, and publish/subscribe: who gets what, and how far each is.  The caller holds the lock."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

from redis_clone.features.pubsub import Topics
from redis_clone.server.inspection.texts import shown
from redis_clone.server.state import Server

MOST_REPLICAS = 16
MOST_TOPICS = 40
MOST_SUBSCRIBERS = 12


def replication_panel(server: Server, _: int) -> dict[str, Any]:
    replication = server.replication
    backlog = replication.backlog
    return {
        "role": "replica" if server.following else "master",
        "replid": replication.history.replid,
        "replid2": replication.history.replid2,
        "offset": replication.history.offset,
        "backlog": None
        if backlog is None
        else {"first": backlog.first_offset, "next": backlog.next_offset, "size": backlog.size},
        "master": _master(server),
        "replicas": [
            {
                "name": each.name,
                "state": each.state,
                "offset": each.offset,
                "synced": each.synced_offset,
                "to_send": each.output_buffer.size + each.output_buffer.sending,
                "heard_ms": each.heard_ms,
            }
            for each in islice(replication.replicas, MOST_REPLICAS)
        ],
    }


def _master(server: Server) -> dict[str, Any] | None:
    following = server.following
    if following is None:
        return None
    return {
        "address": f"{following.host}:{following.port}",
        "state": following.state,
        "total": following.total_bytes,
        "read": following.read_bytes,
        "heard_ms": following.heard_ms,
    }


def pubsub_panel(server: Server, _: int) -> dict[str, Any]:
    pubsub = server.pubsub
    return {
        "channels": _topics(pubsub.channels),
        "patterns": _topics(pubsub.patterns),
        "shard_channels": _topics(pubsub.shard_channels),
    }


def _topics(topics: Topics) -> list[dict[str, Any]]:
    return [
        {"name": shown(topic), "count": topics.count(topic), "subscribers": _ids(topics.of(topic))}
        for topic in islice(topics, MOST_TOPICS)
    ]


def _ids(subscribers: Iterable[Any]) -> list[int]:
    return [client.id for client in islice(subscribers, MOST_SUBSCRIBERS)]
