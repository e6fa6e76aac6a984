"""BGREWRITEAOF.  The rewrite itself is in features/persistence/aof_rewriting.py."""

from functools import partial

from redis_clone.command_table.registry import command_group
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import SimpleString
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client

command = command_group("server")


@command("BGREWRITEAOF", arity=1, flags="admin noscript no_async_loading")
def bgrewriteaof(client: Client) -> SimpleString:
    """Writes the append-only file anew in the background, as short as the data allow.

    BGREWRITEAOF
    Since 1.0.0, O(1)
    """
    server = client.server
    if server.rewrites.job is not None:
        raise RedisError("ERR Background append only file rewriting already in progress")
    is_in_exec = client.last_command is not None and client.last_command.name == "EXEC"
    if server.saves.job is not None or is_in_exec:
        server.rewrites.scheduled = True
        return SimpleString("Background append only file rewriting scheduled")
    if not server.aof_rewriting.start(partial(locked, server), partial(locked_outside_scripts, server)):
        raise RedisError(
            "ERR Can't execute an AOF background rewriting. "
            "Please check the server logs for more information."
        )
    return SimpleString("Background append only file rewriting started")
