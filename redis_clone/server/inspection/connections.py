"""The connections, each with what it is doing, and the other threads.  The caller holds the lock."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from redis_clone.server.inspection.texts import linked, shown
from redis_clone.server.inspection.threads import BLOCKED, IDLE, READING, Seen
from redis_clone.server.state import Client, Server

MOST = 32  # connections that are shown; the others are counted
MOST_KEYS = 8


def connections_panel(server: Server, seen: Mapping[str, Seen], held: Mapping[int, str]) -> dict[str, Any]:
    """`seen`: the threads as they were just before the lock was taken; `held`: stations, in step mode."""
    lanes = [_lane(client, seen, held) for client in islice(server.clients.values(), MOST)]
    theirs = {client.thread.name for client in server.clients.values()}
    others = [
        {"name": thread.name, "state": thread.state, "function": thread.inside}
        for thread in seen.values()
        if thread.name not in theirs and thread.inside
    ]
    return {"total": len(server.clients), "lanes": lanes, "threads": others}


def _lane(client: Client, seen: Mapping[str, Seen], held: Mapping[int, str]) -> dict[str, Any]:
    thread = seen.get(client.thread.name, Seen("", READING, ""))
    state = BLOCKED if client.blocked is not None else READING if thread.state == IDLE else thread.state
    station = held.get(client.id, "")
    subscriptions = client.subscriptions
    return {
        "id": client.id,
        "address": client.address,
        "name": shown(client.name),
        "db": client.db.index,
        "resp": client.protocol,
        "state": f"held: {station}" if station else state,
        "is_held": bool(station),
        "function": thread.inside,
        "command": client.last_command.name if client.last_command else "",
        "blocked_on": _blocked_on(client),
        "queued": client.transaction.length,
        "watching": watched_keys(client),
        "subscriptions": subscriptions.count + len(subscriptions.shard_channels),
        "is_replica": client.is_replica,
        "is_monitor": client in client.server.monitors.listeners,
        "received": client.input_bytes,
        "sent": client.output_bytes,
        "to_send": client.output_buffer.size + client.output_buffer.sending,
    }


def _blocked_on(client: Client) -> list[str]:
    return [shown(key) for _, key in client.blocked.db_keys[:MOST_KEYS]] if client.blocked else []


def watched_keys(client: Client) -> list[dict[str, Any]]:
    """The keys that WATCH has seen: the version then, the version now."""
    return [
        {
            "key": shown(key),
            "link": linked(key),
            "db": database.index,
            "seen": seen,
            "now": database.version(key),
        }
        for database, key, seen in client.transaction.watched[:MOST_KEYS]
    ]
