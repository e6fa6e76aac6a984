"""The commands about masters and replicas: REPLICAOF, PSYNC, SYNC, REPLCONF, WAIT, WAITAOF, ROLE.

What REPLICAOF does is in server/following.py, what a master does for its replicas in server/replicas.py, and
FAILOVER in failover.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from redis_clone import logging
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer, integer_within, positive
from redis_clone.config.values import encoded
from redis_clone.features.blocking import Blocked
from redis_clone.features.replication.history import NO_OFFSET
from redis_clone.features.replication.replica import ONLINE
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import OK, Encoded, Reply, SimpleString
from redis_clone.server.client_info import client_info_line
from redis_clone.server.failover import continue_failover, take_over
from redis_clone.server.following import CONNECTED, follow, follow_nobody
from redis_clone.server.locking import record_logged
from redis_clone.server.replicas import acknowledge, ask_how_far, replica_of, synchronize
from redis_clone.structures.numbers import is_integer, parse_integer

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")
generic_command = command_group("generic")

NOT_ON_A_REPLICA = RedisError(
    "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a replica is "
    "configured to be writable (which is not the default) writes to replicas are just local and are not "
    "propagated."
)
NOT_SYNCED_ON_A_REPLICA = RedisError(
    "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are just "
    "local and are not propagated."
)
WITHOUT_LOG = RedisError("ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.")
INVALID_PORT = "ERR Invalid master port"
LONGEST_IP = 255


@command("ROLE", arity=1, flags="noscript loading stale fast", categories="admin dangerous")
def role(client: Client) -> list[object]:
    """Returns the role of this server, its replication offset, and its replicas.

    ROLE
    Since 2.8.12, O(1)
    """
    replication, following = client.server.replication, client.server.following
    if following is not None:
        offset = replication.history.offset if following.state == CONNECTED else NO_OFFSET
        return [b"slave", encoded(following.host), following.port, following.state.encode(), offset]
    replicas = [
        [replica.shown_ip.encode(), b"%d" % replica.port, b"%d" % replica.offset]
        for replica in replication.in_state(ONLINE)
    ]
    return [b"master", replication.history.offset, replicas]


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
    if client.server.following is not None:
        raise NOT_ON_A_REPLICA
    wanted, wait_ms = integer(numreplicas), _milliseconds(timeout)
    replication, offset = client.server.replication, _last_write(client).offset

    def count() -> Count:
        replicas = replication.count_acknowledged(offset)
        return Count(replicas, replicas >= wanted)

    return _wait_for_replicas(client, wait_ms, count)


@generic_command(
    "WAITAOF",
    arity=4,
    flags="noscript",
    tips="request_policy:all_shards response_policy:agg_min",
    categories="connection -keyspace",
)
def waitaof(client: Client, numlocal: bytes, numreplicas: bytes, timeout: bytes) -> Reply:
    """Waits until this client's writes are on the disk, here and on enough replicas, or the time is up.

    It returns whether they are on this server's disk, 1 or 0, and on that of how many replicas.

    WAITAOF numlocal numreplicas timeout
    Since 7.2.0, O(1)
    """
    server, replication = client.server, client.server.replication
    wanted_here = integer_within(numlocal, 0, 1, "ERR value is out of range, value must between 0 and 1")
    wanted, wait_ms = positive(numreplicas), _milliseconds(timeout)
    if server.following is not None:
        raise NOT_SYNCED_ON_A_REPLICA
    if wanted_here and not server.log.is_on:
        raise WITHOUT_LOG
    last = _last_write(client)

    def count() -> Count:
        log = server.log
        if wanted_here and not log.is_on:
            return Count(WITHOUT_LOG, True)  # it was switched off meanwhile
        here = int(log.is_on and log.is_whole and log.synced >= last.position)
        replicas = replication.count_synced(last.offset)
        return Count([here, replicas], here >= wanted_here and replicas >= wanted)

    return _wait_for_replicas(client, wait_ms, count)


class Count(NamedTuple):
    """Who has the writes of a client by now, as WAIT or WAITAOF replies it, and whether these are enough."""

    reply: Reply
    is_enough: bool


class LastWrite(NamedTuple):
    """Where the last write of a client is: in the stream, and in the log.

    Redis 7.2 knows it in the stream alone, whose offset then moves without replicas too if there is a log.
    """

    offset: int
    position: int


def _last_write(client: Client) -> LastWrite:
    """Where the client's last write is; in EXEC or in a script, the last one before that, as in Redis."""
    if not _may_not_wait(client):
        client.server.propagation.flush()
        record_logged(client)
    return LastWrite(client.write_offset, client.acknowledges)


def _may_not_wait(client: Client) -> bool:
    return client.transaction.is_running or client.server.scripting.run is not None


def _wait_for_replicas(client: Client, wait_ms: int, count: Callable[[], Count]) -> Reply:
    """The reply, once there are enough or the time is up."""
    now = count()
    if now.is_enough or _may_not_wait(client):
        return now.reply

    def poll(time_is_up: bool) -> Reply | None:
        now = count()
        return now.reply if now.is_enough or time_is_up else None

    ask_how_far(client.server)
    return Blocked((), object, wait_ms, poll=poll)


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
    server = client.server
    if server.cluster is not None:  # where CLUSTER REPLICATE says it
        raise RedisError("ERR REPLICAOF not allowed in cluster mode.")
    if server.failover.is_on:
        raise RedisError("ERR REPLICAOF not allowed while failing over.")
    if (host.upper(), port.upper()) == (b"NO", b"ONE"):
        if server.following is not None:
            follow_nobody(server)
            _log_request(client, "MASTER MODE enabled")
        return OK
    number = integer(port, INVALID_PORT)
    if not 0 <= number <= 65535:
        raise RedisError(INVALID_PORT)
    if client.is_replica:
        raise RedisError("ERR Command is not valid when client is a replica.")
    if not follow(server, host.decode("utf-8", "surrogateescape"), number):
        return SimpleString("OK Already connected to specified master")
    _log_request(client, f"REPLICAOF {host.decode('latin-1')}:{number} enabled")
    return OK


def _log_request(client: Client, what: str) -> None:
    line = client_info_line(client).decode("latin-1")
    logging.notice(f"{what} (user request from '{line}')")


@command("SLAVEOF", arity=3, flags="admin noscript stale no_async_loading")
def slaveof(client: Client, host: bytes, port: bytes) -> SimpleString:
    """The old name of REPLICAOF.

    SLAVEOF <host port | NO ONE>
    Since 1.0.0, O(1)
    """
    return replicaof(client, host, port)


@command("SYNC", arity=1, flags="admin noscript no_async_loading no_multi")
def sync(client: Client) -> Encoded:
    """Asks a master for its data and for all that changes afterwards: a replica of old sends it.

    SYNC
    Since 1.0.0, O(N) where N is the size of the data.
    """
    return synchronize(client, "?", NO_OFFSET, acknowledges=False)


@command("PSYNC", arity=-3, flags="admin noscript no_async_loading no_multi")
def psync(client: Client, replicationid: bytes, offset: bytes, *args: bytes) -> Encoded:
    """Asks a master for what has changed since an offset, or for all: a replica sends it.

    PSYNC replicationid offset
    Since 2.8.0, O(N) where N is the size of what is sent.
    """
    replid = replicationid.decode("latin-1").lower()
    if args and args[0].upper() == b"FAILOVER" and not client.is_replica:
        take_over(client, replid)
    return synchronize(client, replid, integer(offset), acknowledges=True)


@command("REPLCONF", arity=-1, flags="admin noscript loading stale allow_busy")
def replconf(client: Client, *args: bytes) -> Reply:
    """Tells a master about the replica that sends it.

    REPLCONF
    Since 3.0.0, O(1)
    """
    if len(args) % 2:
        raise RedisError(SYNTAX)
    said: Said = {}
    for name, value in zip(args[::2], args[1::2], strict=True):
        said.setdefault(name.lower(), []).append(value)
    for option in said:
        if option not in OPTIONS:
            raise RedisError(f"ERR Unrecognized REPLCONF option: {option.decode('latin-1')}")
        reply = OPTIONS[option](client, said)
        if reply is not None:
            return reply
    return OK


Said = dict[bytes, list[bytes]]  # by name in small letters: the values, for `capa` comes several times


def _take_port(client: Client, said: Said) -> None:
    replica_of(client).port = integer(said[b"listening-port"][-1])


def _take_ip(client: Client, said: Said) -> None:
    ip = said[b"ip-address"][-1]
    if len(ip) > LONGEST_IP:
        raise RedisError(f"ERR REPLCONF ip-address provided by replica instance is too long: {len(ip)} bytes")
    replica_of(client).ip = ip.decode("latin-1")


def _take_ack(client: Client, said: Said) -> Encoded:
    """It gets no reply, whoever sends it and whatever it says; FACK came with 7.2."""
    offsets = [_offset(said.get(name, [b""])[0]) for name in (b"ack", b"fack")]
    if offsets[0] is not None:
        acknowledge(client, offsets[0], offsets[1])
        continue_failover(client.server)
    return Encoded(b"")


def _offset(text: bytes) -> int | None:
    return parse_integer(text) if is_integer(text) else None


def _take_capability(client: Client, said: Said) -> None:
    """A master ignores the capabilities that it does not know."""
    replica = replica_of(client)
    replica.takes_mark = replica.takes_mark or b"eof" in said[b"capa"]
    replica.takes_new_id = replica.takes_new_id or b"psync2" in said[b"capa"]


def _ignore(client: Client, said: Said) -> Encoded:
    """GETACK: only a replica answers it, and only to its master."""
    return Encoded(b"")


def _take_rdb_only(client: Client, said: Said) -> None:
    wanted = integer(said[b"rdb-only"][-1])
    if wanted not in (0, 1):
        raise RedisError("ERR value is out of range, value must between 0 and 1")
    replica_of(client).wants_rdb_only = wanted == 1


def _take_filter(client: Client, said: Said) -> None:
    """Only the parts that are named are to be in the file: the functions, or with "" nothing."""
    words = said[b"rdb-filter-only"][-1].split()
    for word in words:
        if word.lower() != b"functions":
            raise RedisError(f"ERR Unsupported rdb-filter-only option: {word.decode('latin-1')}")
    replica_of(client).takes_data, replica_of(client).takes_functions = False, bool(words)


OPTIONS: dict[bytes, Callable[[Client, Said], Reply]] = {
    b"listening-port": _take_port,
    b"ip-address": _take_ip,
    b"capa": _take_capability,
    b"ack": _take_ack,
    b"getack": _ignore,
    b"rdb-only": _take_rdb_only,
    b"rdb-filter-only": _take_filter,
}
