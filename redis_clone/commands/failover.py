"""FAILOVER.  What it does is in server/failover.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.features.replication.failover import Address
from redis_clone.features.replication.replica import ONLINE
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.server.failover import abort_failover, begin_failover

if TYPE_CHECKING:
    from redis_clone.server.state import Client, Server

command = command_group("server")


class Request(NamedTuple):
    """The options of FAILOVER."""

    target: Address | None = None
    timeout_ms: int = 0  # 0: without limit
    is_forced: bool = False
    is_abort: bool = False


@command("FAILOVER", arity=-1, flags="admin noscript stale")
def failover(client: Client, *args: bytes) -> SimpleString:
    """Hands the role of the master over to a replica.

    FAILOVER [TO host port [FORCE]] [ABORT] [TIMEOUT milliseconds]
    Since 6.2.0, O(1)
    """
    server = client.server
    if server.cluster is not None:
        raise RedisError("ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.")
    request = _read(args)
    if request.is_abort:
        if not server.failover.is_on:
            raise RedisError("ERR No failover in progress.")
        abort_failover(server, "Failover manually aborted")
        return OK
    _check(server, request)
    target = None if request.target is None else _find_target(server, request.target)
    begin_failover(server, target, request.timeout_ms, request.is_forced)
    return OK


def _read(args: tuple[bytes, ...]) -> Request:
    """The options; each may be given once, and ABORT stands alone."""
    options, given, request = Options(args), set(), Request()
    while options:
        word = options.word()
        if word in given:
            raise options.error()
        given.add(word)
        match word:
            case b"ABORT" if len(args) == 1:
                request = request._replace(is_abort=True)
            case b"TO":
                host, port = options.value(), options.value()
                request = request._replace(target=Address(host.decode("latin-1"), integer(port)))
            case b"TIMEOUT":
                request = request._replace(timeout_ms=_timeout_ms(options.value()))
            case b"FORCE":
                request = request._replace(is_forced=True)
            case _:
                raise options.error()
    return request


def _timeout_ms(text: bytes) -> int:
    timeout_ms = integer(text)
    if timeout_ms <= 0:
        raise RedisError("ERR FAILOVER timeout must be greater than 0")
    return timeout_ms


def _check(server: Server, request: Request) -> None:
    """RedisError when no failover may begin, or not this one."""
    if server.failover.is_on:
        raise RedisError("ERR FAILOVER already in progress.")
    if server.following is not None:
        raise RedisError("ERR FAILOVER is not valid when server is a replica.")
    if not server.replication.replicas:
        raise RedisError("ERR FAILOVER requires connected replicas.")
    if request.is_forced and not (request.target and request.timeout_ms):
        raise RedisError("ERR FAILOVER with force option requires both a timeout and target HOST and IP.")


def _find_target(server: Server, wanted: Address) -> Address:
    """The address of an online replica, as the replica has said it: in `wanted` the case may differ."""
    found = [
        replica
        for replica in server.replication.replicas
        if (replica.shown_ip.lower(), replica.port) == (wanted.host.lower(), wanted.port)
    ]
    if not found:
        raise RedisError("ERR FAILOVER target HOST and PORT is not a replica.")
    if all(replica.state != ONLINE for replica in found):
        raise RedisError("ERR FAILOVER target replica is not online.")
    return Address(found[0].shown_ip, found[0].port)
