"""CLIENT PAUSE and UNPAUSE.  The pause itself is in redis_clone/features/pause.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.structures.numbers import INT64_MAX

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("connection")


@command("CLIENT|PAUSE", arity=-3, flags="admin noscript loading stale")
def client_pause(client: Client, timeout: bytes, mode: bytes = b"ALL") -> SimpleString:
    """Makes the commands of all clients wait for some milliseconds; with WRITE only those that may write.

    CLIENT PAUSE timeout [WRITE | ALL]
    Since 2.9.50, O(1)
    """
    if mode.upper() not in (b"WRITE", b"ALL"):
        raise RedisError("ERR CLIENT PAUSE mode must be WRITE or ALL")
    timeout_ms = integer(timeout, "ERR timeout is not an integer or out of range")
    if timeout_ms < 0:
        raise RedisError("ERR timeout is negative")
    now_ms = client.server.clock.now_ms
    if timeout_ms > INT64_MAX - now_ms:  # 7.0 takes this one for a time in the past
        raise RedisError("ERR timeout is out of range")
    client.server.pause.begin(now_ms + timeout_ms, everything=mode.upper() == b"ALL")
    return OK


@command("CLIENT|UNPAUSE", arity=2, flags="admin noscript loading stale")
def client_unpause(client: Client) -> SimpleString:
    """Ends a pause.

    CLIENT UNPAUSE
    Since 6.2.0, O(N) where N is the number of paused clients.
    """
    client.server.pause.end()
    return OK
