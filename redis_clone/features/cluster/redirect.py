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
from redis_clone.protocol.errors import RedisError

CROSS_SLOT = RedisError("CROSSSLOT Keys in request don't hash to the same slot")
NOT_SERVED = RedisError("CLUSTERDOWN Hash slot not served")
DOWN = RedisError("CLUSTERDOWN The cluster is down")
DOWN_FOR_WRITES = RedisError("CLUSTERDOWN The cluster is down and only accepts read commands")
TRY_AGAIN = RedisError("TRYAGAIN Multiple keys request during rehashing of slot")


class Request(NamedTuple):
    """What must be known of a command, or of a whole transaction, to say where it belongs."""

    keys: Sequence[bytes]
    writes: bool = False
    is_migrate: bool = False  # it moves keys itself
    is_asking: bool = False  # ASKING came before it, or it is RESTORE-ASKING
    reads_replicas: bool = False  # READONLY was said on the connection, or it is a shard channel's
    is_shard_channel: bool = False  # the keys are shard channels


def check_place(cluster: Cluster, request: Request, exists: Callable[[bytes], bool]) -> None:
    """RedisError if the command does not belong here, with the line that tells the client where it does."""
    if not request.keys:
        return
    slot = _common_slot(request.keys)
    owner = cluster.owners[slot]
    if owner is None:
        raise NOT_SERVED
    if not cluster.is_ok:
        _check_while_down(cluster, request)
    myself = cluster.myself
    is_moving = slot in cluster.migrating or slot in cluster.importing
    if is_moving and request.is_migrate:
        return
    if owner is myself and slot in cluster.migrating:
        _check_migrating(cluster, slot, request, exists)
        return
    if slot in cluster.importing and request.is_asking:
        if len(set(request.keys)) > 1 and not all(map(exists, request.keys)):
            raise TRY_AGAIN
        return
    if owner is myself or (owner is myself.master and request.reads_replicas and not request.writes):
        return
    raise moved(cluster, "MOVED", slot, owner)


def _common_slot(keys: Sequence[bytes]) -> int:
    slot = key_slot(keys[0])
    if any(key_slot(key) != slot for key in keys[1:]):
        raise CROSS_SLOT
    return slot


def _check_while_down(cluster: Cluster, request: Request) -> None:
    settings = cluster.settings
    if request.is_shard_channel and settings.allow_shard_channels_when_down:
        return
    if not settings.allow_reads_when_down:
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
    raise moved(cluster, "ASK", slot, cluster.migrating[slot])


def moved(cluster: Cluster, word: str, slot: int, node: Node) -> RedisError:
    """The line that sends a client to another node: MOVED or ASK."""
    return RedisError(f"{word} {slot} {endpoint(cluster, node) or ''}:{node.port}")
