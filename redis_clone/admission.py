"""Before a command runs: may this client call it now?  And what follows if not.

`admit` finds the command's row and asks the CHECKS.  A refusal is a reply, but it is more than that: it is
counted, and it spoils the transaction that the command was meant for.
"""

from redis_clone import logging
from redis_clone.checks import CHECKS
from redis_clone.errors import RedisError
from redis_clone.pause import MAY_REPLICATE
from redis_clone.protocol.replies import Encoded, Reply
from redis_clone.registry import Command, find, row_of
from redis_clone.state import Client

HTTP_WORDS = {b"POST", b"HOST:"}


def admit(client: Client, argv: list[bytes]) -> Command:
    """The row that `argv` calls, if this client may call it now; else the RedisError that says why not."""
    server = client.server
    client.active_ns = server.clock.now_ns
    command = client.last_command = find(argv)
    is_free = client.authenticated and client.user.may_do_everything and not client.transaction.queuing
    if not is_free or client.outbox.is_open or server.disk.refusal is not None:
        for check in CHECKS:  # else none of them could refuse; they would cost a SET a tenth
            check(client, command, argv)
    if server.busy and "allow_busy" not in command.flags:
        raise RedisError(server.busy)
    return command


def refuse(client: Client, argv: list[bytes], error: RedisError) -> Reply:
    """A refused command spoils the transaction that it was meant for; a refused EXEC ends it.

    A browser that was tricked into posting to us says POST or Host: first; to go on reading would run what
    stands in the body.
    """
    server = client.server
    command = row_of(argv)
    if command is not None:
        server.command_stats.of(command).rejected += 1
    if argv[0].upper() in HTTP_WORDS:
        logging.warning(f"Possible SECURITY ATTACK: {client.address} speaks HTTP, and was hung up on.")
        client.outbox.closing = True
        return Encoded(b"")
    if argv[0].upper() == b"EXEC":
        client.transaction.end()
        reason = str(error).removeprefix("ERR ")
        error = RedisError(f"EXECABORT Transaction discarded because of: {reason}")
    else:
        client.transaction.spoil()
    server.stats.count_error(str(error))
    return error


def is_postponed(client: Client, command: Command) -> bool:
    """Must it wait for the end of a pause?  As processCommand in server.c has it: in MULTI too, and EXEC if
    anything that was queued may write.
    """
    server = client.server
    if server.pause.end_if_over(server.clock.now_ms):
        return False
    rows = client.transaction.rows if command.name == "EXEC" else (command,)
    return server.pause.holds(
        may_write=any("write" in row.flags or row.name in MAY_REPLICATE for row in rows)
    )
