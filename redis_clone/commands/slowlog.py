"""SLOWLOG: the commands that took long.  The log itself is in features/monitoring/slowlog.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.commands.containers import container
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, SimpleString

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

container("SLOWLOG", "server", help_since="6.2.0")

BAD_COUNT = "ERR count should be greater than or equal to -1"


@command(
    "SLOWLOG|GET",
    arity=-2,
    flags="admin loading stale",
    tips="request_policy:all_nodes nondeterministic_output",
)
def slowlog_get(client: Client, count: bytes = b"10") -> list[list[object]]:
    """Returns the last commands that were slow, newest first; -1 for all of them.

    SLOWLOG GET [count]
    Since 2.2.12, O(N) where N is the number of entries returned.
    """
    wanted = integer(count, BAD_COUNT)
    if wanted < -1:
        raise RedisError(BAD_COUNT)
    return [list(entry) for entry in client.server.slowlog.newest(wanted)]


@command(
    "SLOWLOG|LEN",
    arity=2,
    flags="admin loading stale",
    tips="request_policy:all_nodes response_policy:agg_sum nondeterministic_output",
)
def slowlog_len(client: Client) -> int:
    """Returns the number of entries in the slow log.

    SLOWLOG LEN
    Since 2.2.12, O(1)
    """
    return len(client.server.slowlog)


@command(
    "SLOWLOG|RESET",
    arity=2,
    flags="admin loading stale",
    tips="request_policy:all_nodes response_policy:all_succeeded",
)
def slowlog_reset(client: Client) -> SimpleString:
    """Clears the slow log.

    SLOWLOG RESET
    Since 2.2.12, O(N) where N is the number of entries.
    """
    client.server.slowlog.clear()
    return OK
