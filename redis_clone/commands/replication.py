"""The commands about masters and replicas, answered by a master without replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.features.blocking import Blocked
from redis_clone.protocol.errors import NOT_AN_INTEGER, RedisError
from redis_clone.protocol.replies import OK, Reply, SimpleString

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")
generic_command = command_group("generic")

OFFSET = 0  # of the replication stream, which is not written
ACKNOWLEDGED = 0  # replicas that have received this client's writes
INVALID_PORT = "ERR Invalid master port"
NOT_YET = "ERR this server cannot be a replica: replication is not supported yet"
NO_REPLICAS = "ERR this server cannot have replicas: replication is not supported yet"


@command("ROLE", arity=1, flags="noscript loading stale fast", categories="admin dangerous")
def role(client: Client) -> list[object]:
    """Returns the role of this server, its replication offset, and its replicas.

    ROLE
    Since 2.8.12, O(1)
    """
    return [b"master", OFFSET, []]


@generic_command(
    "WAIT",
    arity=3,
    flags="blocking",  # 7.0 has "noscript"
    tips="request_policy:all_shards response_policy:agg_min",
    categories="connection -keyspace",
)
def wait(client: Client, numreplicas: bytes, timeout: bytes) -> Reply:
    """Waits until enough replicas have this client's writes, or the time is up; returns how many have them.

    WAIT numreplicas timeout
    Since 3.0.0, O(1)
    """
    wanted, wait_ms = integer(numreplicas), _milliseconds(timeout)
    if wanted <= ACKNOWLEDGED:
        return ACKNOWLEDGED
    return Blocked((), object, wait_ms, reply_at_once=ACKNOWLEDGED, reply_on_timeout=ACKNOWLEDGED)


def _milliseconds(timeout: bytes) -> int:
    wait_ms = integer(timeout, "ERR timeout is not an integer or out of range")
    if wait_ms < 0:
        raise RedisError("ERR timeout is negative")
    return wait_ms


@command("REPLICAOF", arity=3, flags="admin noscript stale no_async_loading")
def replicaof(client: Client, host: bytes, port: bytes) -> SimpleString:
    """Makes this server a replica of another one, or with NO ONE a master.

    REPLICAOF <host port | NO ONE>
    Since 5.0.0, O(1)
    """
    if (host.upper(), port.upper()) == (b"NO", b"ONE"):
        return OK
    if not 0 <= integer(port, INVALID_PORT) <= 65535:
        raise RedisError(INVALID_PORT)
    raise RedisError(NOT_YET)


@command("SLAVEOF", arity=3, flags="admin noscript stale no_async_loading")
def slaveof(client: Client, host: bytes, port: bytes) -> SimpleString:
    """The old name of REPLICAOF.

    SLAVEOF <host port | NO ONE>
    Since 1.0.0, O(1)
    """
    return replicaof(client, host, port)


@command("SYNC", arity=1, flags="admin noscript no_async_loading no_multi")
def sync(client: Client) -> None:
    """Asks a master for its data and for all that changes afterwards: a replica of old sends it.

    SYNC
    Since 1.0.0, O(N) where N is the size of the data.
    """
    raise RedisError(NO_REPLICAS)


@command("PSYNC", arity=-3, flags="admin noscript no_async_loading no_multi")
def psync(client: Client, replicationid: bytes, offset: bytes, *args: bytes) -> None:
    """Asks a master for what has changed since an offset, or for all: a replica sends it.

    PSYNC replicationid offset
    Since 2.8.0, O(N) where N is the size of what is sent.
    """
    raise RedisError(NO_REPLICAS)


@command("REPLCONF", arity=-1, flags="admin noscript loading stale allow_busy")
def replconf(client: Client, *args: bytes) -> None:
    """Tells a master about the replica that sends it.

    REPLCONF
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_REPLICAS)


@command("FAILOVER", arity=-1, flags="admin noscript stale")
def failover(client: Client, *args: bytes) -> SimpleString:
    """Hands the role of the master over to a replica.

    FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]
    Since 6.2.0, O(1)
    """
    options, given = Options(args), set()
    while options:
        word = options.word()
        if word in given:
            raise options.error()
        given.add(word)
        match word:
            case b"ABORT" if len(args) == 1:
                raise RedisError("ERR No failover in progress.")
            case b"TO":
                options.value()
                integer(options.value(), NOT_AN_INTEGER)
            case b"TIMEOUT":
                _timeout_of_failover(options.value())
            case b"FORCE":
                pass
            case _:
                raise options.error()
    raise RedisError("ERR FAILOVER requires connected replicas.")


def _timeout_of_failover(text: bytes) -> None:
    if integer(text) <= 0:
        raise RedisError("ERR FAILOVER timeout must be greater than 0")
