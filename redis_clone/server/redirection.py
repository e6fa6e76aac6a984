"""Whether a command is for this node of its cluster: all of its keys must be in one slot, and the slot here.

A client that asks the wrong node is told which is the right one: before each command (CHECKS in checks.py),
before each command that a script calls, and while the client waits for a key.  The rules are in
features/cluster/redirect.py.  Only a node of a cluster imports this module.  The caller holds the lock.
"""

from collections.abc import Sequence

from redis_clone.command_table.registry import Command
from redis_clone.features.blocking import BlockedClient
from redis_clone.features.cluster import redirect
from redis_clone.features.cluster.redirect import Request, check_place, is_settled
from redis_clone.features.cluster.slots import key_slot
from redis_clone.features.cluster.state import Cluster
from redis_clone.protocol.errors import Redirection, RedisError
from redis_clone.server.blocked_clients import unblock_client
from redis_clone.server.state import Client, Server

SHARD_CHANNELS = {"SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH"}  # their keys are shard channels
IN_SCRIPT = {
    redirect.DOWN: "ERR Script attempted to execute a command while the cluster is down",
    redirect.DOWN_FOR_WRITES: (
        "ERR Script attempted to execute a write command while the cluster is down and readonly"
    ),
}
NOT_LOCAL = "ERR Script attempted to access a non local key in a cluster node"
NOT_THE_SAME_SLOT = "ERR Script attempted to access keys that do not hash to the same slot"


def slot_of(client: Client, command: Command, argv: Sequence[bytes]) -> int | None:
    """The slot of the keys of a command, or of the transaction that EXEC runs; None if there are no keys.

    Redirection when this node does not serve it.
    """
    keys = _queued_keys(client) if command.name == "EXEC" else command.key_names(argv)
    if not keys:
        return None
    view: Cluster = client.server.cluster.view
    slot = key_slot(keys[0])
    if len(keys) == 1 and is_settled(view, slot):
        return slot
    return check_place(view, _request(client, command, argv, keys), lambda key: _exists(client.server, key))


def _queued_keys(client: Client) -> Sequence[bytes]:
    return [key for command, argv in client.transaction.queued for key in command.key_names(argv)]


def _request(client: Client, command: Command, argv: Sequence[bytes], keys: Sequence[bytes]) -> Request:
    server, is_shard_channel = client.server, command.name in SHARD_CHANNELS
    called = client.transaction.queued if command.name == "EXEC" else [(command, argv)]
    return Request(
        keys=keys,
        writes=any(_writes(server, *each) for each in called),
        is_migrate=command.name == "MIGRATE",
        is_asking=bool(client.asking) or "asking" in command.flags,
        reads_replicas=client.reads_replicas or is_shard_channel,
        is_shard_channel=is_shard_channel,
        uses_tls=client.uses_tls,
    )


def _writes(server: Server, command: Command, argv: Sequence[bytes]) -> bool:
    """Whether a command may write; the flags of a script count more than those of its command."""
    flags = server.scripting.flags_of(argv) if command.runs_script else None
    return "write" in command.flags if flags is None else b"no-writes" not in flags


def _exists(server: Server, key: bytes) -> bool:
    """Whether a key has a value; nothing is deleted or counted, for the command may run elsewhere."""
    database = server.databases[0]
    expire_at_ms = database.expire_at_ms(key)
    return database.stored(key) is not None and (expire_at_ms is None or not database.is_past(expire_at_ms))


# Scripts.


def check_slot_in_script(
    caller: Client, command: Command, argv: Sequence[bytes], may_cross_slots: bool
) -> None:
    """RedisError when a command of a script has keys elsewhere, or in another slot than the ones before it.

    A script may use several slots of this node if it has no shebang, or the flag allow-cross-slot-keys.
    """
    if caller.replays or caller.is_master:
        return
    try:
        slot = slot_of(caller, command, argv)
    except Redirection as problem:
        raise RedisError(IN_SCRIPT.get(problem, NOT_LOCAL)) from None
    if slot is None or may_cross_slots:
        return
    if caller.slot is None:
        caller.slot = slot
    if caller.slot != slot:
        raise RedisError(NOT_THE_SAME_SLOT)


# Blocked clients.


def redirect_blocked_clients(server: Server) -> None:
    """Unblock the clients that wait for a key in vain: its slot has moved away, or the cluster is down."""
    for blocked_client in list(server.blocked_clients.clients):
        if blocked_client.db_keys:
            problem = _why_in_vain(server.cluster.view, blocked_client)
            if problem is not None:
                unblock_client(blocked_client, problem)


def _why_in_vain(view: Cluster, blocked_client: BlockedClient) -> Redirection | None:
    """The error that ends a client's wait; None if the key may come here.  All its keys are in one slot."""
    if not view.is_ok:
        return redirect.DOWN
    slot = key_slot(blocked_client.db_keys[0][1])
    owner = view.owners[slot]
    if owner is view.myself or slot in view.importing:
        return None
    if owner is None:
        return redirect.NOT_SERVED
    client, writes = blocked_client.client, "write" in blocked_client.command.flags
    if redirect.may_read_here(view, owner, client.reads_replicas, writes):
        return None
    return redirect.moved(view, "MOVED", slot, owner, client.uses_tls)
