"""The line that describes one client in CLIENT LIST, CLIENT INFO and ACL LOG.  The caller holds the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.protocol.output_buffer import FREE_BYTES
from redis_clone.protocol.replies import encode_command
from redis_clone.server.memory import argv_bytes, client_memory

if TYPE_CHECKING:
    from redis_clone.server.state import Client


def client_info_line(client: Client) -> bytes:
    """The fields of a client as `name=value`, in the order of Redis.

    The query buffer holds what came and was not run yet, with the running command.  It has no room to spare
    (qbuf-free), for it is as long as what it holds, and so is the buffer of replies (rbs, and rbp its peak).
    Replies that are not sent yet are shown as Redis keeps them: few in that buffer, many in a list.
    """
    now_ns = client.server.clock.now_ns
    subscriptions = client.subscriptions
    messages, replies = client.output_buffer.size, client.output_buffer.sending
    # What fits into Redis's fixed buffer of a client is its `obl`; more stand in a list, `omem`.
    few = replies if replies <= FREE_BYTES else 0
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
        "argv-mem": argv_bytes(client),
        "multi-mem": client.transaction.queued_bytes,
        "rbs": few,
        "rbp": few,
        "obl": few,
        "oll": client.output_buffer.length + (many > 0),
        "omem": messages + many,
        "tot-mem": client_memory(client),
        "events": "rw" if messages or replies else "r",
        "cmd": client.last_command.shown_name if client.last_command else "NULL",
        "user": "(superuser)" if client.is_master else client.user.name.decode("latin-1"),
        "redir": client.tracking.redirect if client.tracking else -1,
        "resp": client.protocol,
        "lib-name": client.library.decode("latin-1"),
        "lib-ver": client.library_version.decode("latin-1"),
    }
    return " ".join(f"{name}={value}" for name, value in fields.items()).encode("latin-1")


def _flags(client: Client) -> str:
    """The letters of CLIENT LIST's `flags`.

    S: a replica.  M: our master.  O: MONITOR.  P: subscribed.  b: blocked.  x: in MULTI.  d: a watched key
    has changed.  U: Unix socket.  e: NO-EVICT.  T: NO-TOUCH.  t: tracking; R: its redirection is broken;
    B: it tracks prefixes (BCAST).  r: READONLY, in a cluster.  N: none of these.
    """
    claims = {
        "S": client.is_replica,
        "M": client.is_master,
        "O": client in client.server.monitors.listeners,
        "P": client.subscriptions,
        "r": client.reads_replicas,
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
