"""The commands of Redis Cluster, answered by a server that is not part of one.

CLUSTER has no subcommands in the command table: the answer is the same error for all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import SimpleString

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("cluster")

NO_CLUSTER = "ERR This instance has cluster support disabled"


@command("CLUSTER", arity=-2)
def cluster(client: Client, subcommand: bytes, *args: bytes) -> None:
    """Shows or changes the cluster; an error on a server without cluster support.

    CLUSTER subcommand [argument [argument ...]]
    Since 3.0.0, Depends on the subcommand.
    """
    raise RedisError(NO_CLUSTER)


@command("READONLY", arity=1, flags="loading stale fast", categories="connection")
def readonly(client: Client) -> SimpleString:
    """Lets this connection read from a replica in a cluster.

    READONLY
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)


@command("READWRITE", arity=1, flags="loading stale fast", categories="connection")
def readwrite(client: Client) -> SimpleString:
    """Ends READONLY.

    READWRITE
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)


@command("ASKING", arity=1, flags="fast", categories="connection")
def asking(client: Client) -> SimpleString:
    """Announces that the next command was redirected here by -ASK.

    ASKING
    Since 3.0.0, O(1)
    """
    raise RedisError(NO_CLUSTER)
