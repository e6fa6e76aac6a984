"""Writing the data to a file: SAVE, BGSAVE, LASTSAVE."""

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
FAILED = "ERR"  # all that Redis says; the log knows more


@command("SAVE", arity=1, flags="admin noscript no_async_loading no_multi")
def save(client: Client) -> SimpleString:
    """Saves all data to a file, and lets everybody wait until it is written.

    SAVE
    Since 1.0.0, O(N) where N is the number of keys in all databases.
    """
    if client.server.saves.job is not None:
        raise RedisError(IN_PROGRESS)
    if not client.server.rdb_saving.save():
        raise RedisError(FAILED)
    return OK


@command("BGSAVE", arity=-1, flags="admin noscript no_async_loading")
def bgsave(client: Client, *words: bytes) -> SimpleString:
    """Saves all data, as they are now, to a file in the background.

    BGSAVE [SCHEDULE]
    Since 1.0.0, O(N) where N is the number of keys in all databases.
    """
    server = client.server
    if words and (len(words) > 1 or words[0].upper() != b"SCHEDULE"):
        raise RedisError(SYNTAX)
    if server.saves.job is not None:
        raise RedisError(IN_PROGRESS)
    if server.rewrites.job is not None and not words:
        raise RedisError(OTHER_AT_WORK)
    is_in_exec = client.last_command is not None and client.last_command.name == "EXEC"
    if is_in_exec or server.rewrites.job is not None:
        server.saves.scheduled = True  # a transaction is saved as a whole: when it is over
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
