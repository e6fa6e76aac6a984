"""One client in figures: the line of CLIENT LIST, CLIENT INFO and ACL LOG, and the memory that it takes.

The caller holds the lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.protocol.replies import encode_command

if TYPE_CHECKING:
    from redis_clone.server.state import Client

PER_CLIENT = 28_000  # bytes of an idle connection: its objects and the pages of its thread, as measured
REPLY_BUFFER = 16 * 1024  # bytes of replies that Redis shows as `obl`; more stand in a list there, as `omem`


def client_memory(client: Client) -> int:
    """The bytes that a client takes; 0 if it is to be closed, for its thread frees all in a moment.  O(1)"""
    output_buffer = client.output_buffer
    if output_buffer.close_asap:
        return 0
    return (
        PER_CLIENT
        + client.query_bytes
        + _argv_bytes(client)
        + client.transaction.queued_bytes
        + output_buffer.size
        + output_buffer.sending
    )


def _argv_bytes(client: Client) -> int:
    """The bytes of the command that is running, or blocks its client."""
    return sum(map(len, client.argv if client.blocked is None else client.blocked.argv))


def client_info_line(client: Client) -> bytes:
    """The fields of a client as `name=value`, in the order of Redis.

    The query buffer holds what came and was not run yet, with the running command.  It has no room to spare
    (qbuf-free), for it is as long as what it holds, and so is the buffer of replies (rbs, and rbp its peak).
    Replies that are not sent yet are shown as Redis keeps them: few in that buffer, many in a list.
    """
    now_ns = client.server.clock.now_ns
    subscriptions = client.subscriptions
    messages, replies = client.output_buffer.size, client.output_buffer.sending
    few = replies if replies <= REPLY_BUFFER else 0
    many = replies - few
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
        "qbuf": client.query_bytes + (len(encode_command(client.argv)) if client.argv else 0),
        "qbuf-free": 0,
        "argv-mem": _argv_bytes(client),
        "multi-mem": client.transaction.queued_bytes,
        "rbs": few,
        "rbp": few,
        "obl": few,
        "oll": client.output_buffer.length + (many > 0),
        "omem": messages + many,
        "tot-mem": client_memory(client),
        "events": "rw" if messages or replies else "r",
        "cmd": client.last_command.shown_name if client.last_command else "NULL",
        "user": client.user.name.decode("latin-1"),
        "redir": client.tracking.redirect if client.tracking else -1,
        "resp": client.protocol,
        "lib-name": client.library.decode("latin-1"),
        "lib-ver": client.library_version.decode("latin-1"),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode("latin-1")


def _flags(client: Client) -> str:
    """The letters of CLIENT LIST's `flags`.

    O: MONITOR.  P: subscribed.  b: blocked.  x: in MULTI.  d: a watched key has changed.  U: Unix socket.
    e: NO-EVICT.  T: NO-TOUCH.  t: tracking; R: its redirection is broken; B: it tracks prefixes (BCAST).
    N: none of these.
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
