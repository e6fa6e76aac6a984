"""The line that tells all of one connection: in CLIENT LIST and CLIENT INFO, and in ACL LOG."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redis_clone.server.state import Client


def client_info_line(client: Client) -> bytes:
    """The line of CLIENT LIST.

    Of the buffers only those we have are counted: what is queued in MULTI, and what is in the outbox or on
    its way from there.  A query is read by its own thread, which alone knows how much of it has come.
    """
    now_ns = client.server.clock.now_ns
    subscriptions = client.subscriptions
    queued, outgoing = (
        client.transaction.queued_bytes,
        client.output_buffer.size + client.output_buffer.sending,
    )
    fields = {
        "id": client.id,
        "addr": client.address,
        "laddr": client.local_address,
        "fd": client.descriptor,
        "name": client.name.decode("latin-1"),
        "age": (now_ns - client.created_ns) // 10**9,
        "idle": (now_ns - client.active_ns) // 10**9,
        "flags": _flags(client),
        "db": client.db.index,
        "sub": len(subscriptions.channels),
        "psub": len(subscriptions.patterns),
        "ssub": len(subscriptions.shard_channels),
        "multi": client.transaction.length,
        "qbuf": 0,
        "qbuf-free": 0,
        "argv-mem": 0,
        "multi-mem": queued,
        "rbs": 0,
        "rbp": 0,
        "obl": 0,
        "oll": client.output_buffer.length,
        "omem": outgoing,
        "tot-mem": queued + outgoing,
        "events": "rw" if outgoing else "r",
        "cmd": client.last_command.shown_name if client.last_command else "NULL",
        "user": client.user.name.decode("latin-1"),
        "redir": client.tracking.redirect if client.tracking else -1,
        "resp": client.protocol,
        "lib-name": client.library.decode("latin-1"),
        "lib-ver": client.library_version.decode("latin-1"),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode("latin-1")


def _flags(client: Client) -> str:
    """N: none of these.  O monitors, P subscribed, b waits for a key, x in MULTI, U at a Unix socket.

    d: what it watches has changed.  e is spared by NO-EVICT, T does not touch, t tracks,
    R to a connection that is gone, B by prefixes.
    """
    claims = {
        "O": client.output_buffer in client.server.monitors.listeners,
        "P": client.subscriptions,
        "b": client.blocked is not None,
        "x": client.transaction.queuing,
        "d": client.transaction.watched_keys_changed(),
        "U": client.address.endswith(":0"),
        "e": client.no_evict,
        "T": client.no_touch,
        "t": client.tracking is not None,
        "R": client.tracking is not None and client.tracking.redirect_is_broken,
        "B": client.tracking is not None and client.tracking.broadcasts,
    }
    return "".join(flag for flag, holds in claims.items() if holds) or "N"
