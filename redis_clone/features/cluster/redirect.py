"""Where a command belongs: to this node, or to another one, or nowhere for now.

The keys of one command must be in one slot.  While a slot moves, its keys are here or there: a client that
does not find a key here is sent there for this one command (-ASK, then ASKING), while -MOVED is for good.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from redis_clone.features.cluster.description import endpoint
from redis_clone.features.cluster.node import Node
from redis_clone.features.cluster.slots import key_slot
from redis_clone.features.cluster.state import Cluster
from redis_clone.protocol.errors import Redirection

CROSS_SLOT = Redirection("CROSSSLOT Keys in request don't hash to the same slot")
NOT_SERVED = Redirection("CLUSTERDOWN Hash slot not served")
DOWN = Redirection("CLUSTERDOWN The cluster is down")
DOWN_FOR_WRITES = Redirection("CLUSTERDOWN The cluster is down and only accepts read commands")
TRY_AGAIN = Redirection("TRYAGAIN Multiple keys request during rehashing of slot")


class Request(NamedTuple):
    """What must be known of a command, or of a whole transaction, to say where it belongs."""

    keys: Sequence[bytes]
    writes: bool = False
    is_migrate: bool = False  # it moves keys itself
    is_asking: bool = False  # ASKING came before it, or it is RESTORE-ASKING
    reads_replicas: bool = False  # READONLY was said on the connection, or it is a shard channel's
    is_shard_channel: bool = False  # the keys are shard channels
    uses_tls: bool = False  # the client does, and will where it is sent to


def is_settled(cluster: Cluster, slot: int) -> bool:
    """The usual case: the slot is ours and stays here, and the cluster is well.  Nobody is redirected."""
    return cluster.owners[slot] is cluster.myself and cluster.is_ok and slot not in cluster.migrating


def check_place(cluster: Cluster, request: Request, exists: Callable[[bytes], bool]) -> int:
    """The slot of the keys.

    If the command does not belong here, a Redirection has the line that tells the client where it does.
    """
    slot = key_slot(request.keys[0])
    owner = cluster.owners[slot]
    if owner is None:
        raise NOT_SERVED
    if any(key_slot(key) != slot for key in request.keys[1:]):
        raise CROSS_SLOT
    if not cluster.is_ok:
        _check_while_down(cluster, request)
    if (slot in cluster.migrating or slot in cluster.importing) and request.is_migrate:
        return slot
    if slot in cluster.migrating:
        _check_migrating(cluster, slot, request, exists)
        return slot
    if slot in cluster.importing and request.is_asking:
        if len(set(request.keys)) > 1 and not all(map(exists, request.keys)):
            raise TRY_AGAIN
        return slot
    if owner is cluster.myself or may_read_here(cluster, owner, request.reads_replicas, request.writes):
        return slot
    raise moved(cluster, "MOVED", slot, owner, request.uses_tls)


def may_read_here(cluster: Cluster, owner: Node, reads_replicas: bool, writes: bool) -> bool:
    """Whether this is a replica of the slot's owner, and the client wants to read at replicas."""
    return owner is cluster.myself.master and reads_replicas and not writes


def _check_while_down(cluster: Cluster, request: Request) -> None:
    settings = cluster.settings
    if request.is_shard_channel:
        is_allowed = settings.allow_shard_channels_when_down
    else:
        is_allowed = settings.allow_reads_when_down
    if not is_allowed:
        raise DOWN
    if request.writes:
        raise DOWN_FOR_WRITES


def _check_migrating(cluster: Cluster, slot: int, request: Request, exists: Callable[[bytes], bool]) -> None:
    if request.is_shard_channel:
        return
    here = [exists(key) for key in request.keys]
    if all(here):
        return
    if any(here):
        raise TRY_AGAIN
    raise moved(cluster, "ASK", slot, cluster.migrating[slot], request.uses_tls)


def moved(cluster: Cluster, word: str, slot: int, node: Node, uses_tls: bool) -> Redirection:
    """The line that sends a client to another node: MOVED or ASK."""
    return Redirection(f"{word} {slot} {endpoint(cluster, node) or ''}:{cluster.port_of(node, uses_tls)}")
