"""BGREWRITEAOF and CONFIG SET appendonly.  The work itself is in features/persistence/aof_rewriting.py."""

from functools import partial

from redis_clone.command_table.registry import command_group
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import SimpleString
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client

command = command_group("server")


def switch_log(client: Client) -> None:
    """Begin or end the append-only file if CONFIG SET has changed `appendonly`."""
    server = client.server
    if server.log.is_on == server.config["appendonly"]:
        return
    if server.log.is_on:
        server.aof_rewriting.switch_off()
    else:
        arguments = partial(locked, server), partial(locked_outside_scripts, server)
        server.aof_rewriting.switch_on(*arguments, in_transaction=_is_in_exec(client))


def _is_in_exec(client: Client) -> bool:
    return client.last_command is not None and client.last_command.name == "EXEC"


@command("BGREWRITEAOF", arity=1, flags="admin noscript no_async_loading")
def bgrewriteaof(client: Client) -> SimpleString:
    """Writes the append-only file anew in the background, as short as the data allow.

    BGREWRITEAOF
    Since 1.0.0, O(1)
    """
    server = client.server
    if server.rewrites.job is not None:
        raise RedisError("ERR Background append only file rewriting already in progress")
    if server.saves.in_progress or _is_in_exec(client):
        server.rewrites.scheduled = True
        return SimpleString("Background append only file rewriting scheduled")
    if not server.aof_rewriting.start(partial(locked, server), partial(locked_outside_scripts, server)):
        raise RedisError(
            "ERR Can't execute an AOF background rewriting. "
            "Please check the server logs for more information."
        )
    return SimpleString("Background append only file rewriting started")
