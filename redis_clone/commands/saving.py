"""SAVE, BGSAVE and LASTSAVE: commands that write the data to a snapshot file."""

from functools import partial

from redis_clone.command_table.registry import command_group
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import OK, SimpleString
from redis_clone.server.locking import locked
from redis_clone.server.state import Client

command = command_group("server")

IN_PROGRESS = "ERR Background save already in progress"
OTHER_AT_WORK = (
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to "
    "schedule a BGSAVE whenever possible."
)
FAILED = "ERR"  # Redis says no more; the reason is in the log


@command("SAVE", arity=1, flags="admin noscript no_async_loading no_multi")
def save(client: Client) -> SimpleString:
    """Saves all data to a file, while all clients wait.

    SAVE
    Since 1.0.0, O(N) where N is the number of keys in all databases.
    """
    if client.server.saves.in_progress:
        raise RedisError(IN_PROGRESS)
    if not client.server.rdb_saving.save():
        raise RedisError(FAILED)
    return OK


@command("BGSAVE", arity=-1, flags="admin noscript no_async_loading")
def bgsave(client: Client, *args: bytes) -> SimpleString:
    """Saves all data, as they are now, to a file in the background.

    BGSAVE [SCHEDULE]
    Since 1.0.0, O(N) where N is the number of keys in all databases.
    """
    server = client.server
    if args and (len(args) > 1 or args[0].upper() != b"SCHEDULE"):
        raise RedisError(SYNTAX)
    if server.saves.in_progress:
        raise RedisError(IN_PROGRESS)
    if server.rewrites.job is not None and not args:
        raise RedisError(OTHER_AT_WORK)
    is_in_exec = client.last_command is not None and client.last_command.name == "EXEC"
    if is_in_exec or server.rewrites.job is not None:
        server.saves.scheduled = True  # starts after the transaction, which is then saved as a whole
        return SimpleString("Background saving scheduled")
    if not server.rdb_saving.start(partial(locked, server)):
        raise RedisError(FAILED)
    return SimpleString("Background saving started")


@command(
    "LASTSAVE",
    arity=1,
    flags="loading stale fast",
    tips="nondeterministic_output",
    categories="admin dangerous",
)
def lastsave(client: Client) -> int:
    """Returns the Unix time, in seconds, of the last save that went well.

    LASTSAVE
    Since 1.0.0, O(1)
    """
    return client.server.saves.last_s
