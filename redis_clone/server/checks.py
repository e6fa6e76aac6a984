"""The CHECKS: what may keep a client from its command, asked in this order before the command runs.

A check is a function that raises the RedisError which says why not.  Redis asks the same questions in the
same order (processCommand in server.c), so a command that fails two of them gets the same answer there.

To ask them all would cost a SET a tenth, and mostly none can refuse.  So they are asked only while the client
is restricted (Client.is_restricted) or every client is (Server.restrictions).  A new check is one row of
CHECKS; the feature that it asks about enters its word in `restrictions` as long as the check may refuse.

A rejected command is answered, and more than that: it is counted, and spoils the transaction that it was
meant for (reject_command).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.command_table.registry import Command, lookup
from redis_clone.features.acl.acl_log import Event
from redis_clone.features.acl.selectors import Denial
from redis_clone.features.pause import MAY_REPLICATE
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Encoded, Reply
from redis_clone.server.client_info import client_info_line

if TYPE_CHECKING:
    from redis_clone.server.state import Client

HTTP_WORDS = {b"POST", b"HOST:"}

ENABLED_BY = {"DEBUG": "enable-debug-command", "MODULE": "enable-module-command"}
FOR_SUBSCRIBERS = {
    "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE",
    "PING", "QUIT", "RESET",
}  # fmt: skip
NEVER_REFUSED = {"DISCARD", "QUIT", "RESET"}  # they give memory back


def _is_authenticated(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if client.authenticated or "no_auth" in command.flags:
        return
    if not client.server.users.default_lets_in:
        raise RedisError("NOAUTH Authentication required.")


def _is_permitted(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if client.user.may_do_everything:
        return  # the usual case
    error = refusal(client, command, argv)
    if error is not None:
        raise error


def refusal(client: Client, command: Command, argv: Sequence[bytes]) -> RedisError | None:
    """What the client is told that may not run this; which key or channel it was, only the ACL LOG tells."""
    denial = None if client.user.may_do_everything else denied(client, command, argv)
    if denial is None:
        return None
    if denial.reason == "command":
        return RedisError("NOPERM " + denial_message(denial, client.user.name, command, argv))
    return RedisError(f"NOPERM No permissions to access a {denial.reason}")


def denied(
    client: Client, command: Command, argv: Sequence[bytes], context: str = "toplevel"
) -> Denial | None:
    """Why the client's user may not run this, which is then on record in the ACL LOG; None when it may."""
    denial = client.user.denial(command, argv)
    if denial is not None:
        name = command.shown_name.encode()
        log_denial(client, denial.reason, argv[denial.position] if denial.position else name, context)
    return denial


def log_denial(
    client: Client, reason: str, what: bytes, context: str = "toplevel", username: bytes | None = None
) -> None:
    if client.transaction.queuing or client.transaction.is_running:
        context = "multi"
    event = Event(reason, context, what, client.user.name if username is None else username)
    client.server.acl_log.add(event, client_info_line(client), client.server.clock.now_ms)


def denial_message(denial: Denial, username: bytes, command: Command, argv: Sequence[bytes]) -> str:
    """In the words of 7.2; 7.0 says "this user"."""
    user = f"User {username.decode('latin-1')} has no permissions to"
    if denial.reason == "command":
        return f"{user} run the '{command.shown_name}' command"
    return f"{user} access the '{argv[denial.position].decode('latin-1')}' {denial.reason}"


def _fits_a_subscriber(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """In RESP2 a message looks like any array, so a subscriber may not ask for other arrays."""
    if not client.output_buffer.takes_pushes or client.protocol != 2:
        return  # the usual case: it never subscribed
    if client.subscriptions and command.name not in FOR_SUBSCRIBERS:
        raise RedisError(
            f"ERR Can't execute '{command.shown_name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / "
            "PING / QUIT / RESET are allowed in this context"
        )


def check(client: Client, command: Command, argv: list[bytes]) -> None:
    """RedisError when this client may not call the command now."""
    for refuses in CHECKS:
        refuses(client, command, argv)


def _can_be_saved(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While the disk takes nothing, nothing is written that could be lost."""
    refusal = client.server.disk.refusal
    if refusal is None:
        return  # the usual case
    writes = "write" in command.flags or command.name == "PING"  # PING, for those who watch over the server
    if writes or (command.name == "EXEC" and any("write" in spec.flags for spec in client.transaction.specs)):
        raise RedisError(refusal)


def _may_be_queued(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if not client.transaction.queuing:
        return
    require_enabled(client, command.name)
    if "no_multi" in command.flags:
        raise RedisError("ERR Command not allowed inside a transaction")


def _is_not_busy(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While a script that runs for long yields the lock, only a few commands may run in between."""
    if "busy" in client.server.restrictions and "allow_busy" not in command.flags:
        raise RedisError(client.server.busy)


def _is_not_loading(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While loading the files yields the lock, only commands that need no data may run in between."""
    if "loading" in client.server.restrictions and "loading" not in command.flags:
        raise RedisError(client.server.busy)


def fits_in_memory(client: Client, command: Command) -> None:
    """Asked only when the limit of memory is reached, and no key may go.

    What is queued takes memory as well, so between MULTI and EXEC even a GET is refused.
    """
    if command.name == "EXEC":
        is_refused = client.transaction.has_flag("denyoom")
    else:
        is_refused = "denyoom" in command.flags or client.transaction.queuing
    if is_refused and command.name not in NEVER_REFUSED:
        raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")


def require_enabled(client: Client, name: str) -> None:
    """Some commands are there only where the configuration says so; they ask this themselves, first of all.

    Only here inside MULTI is it asked before a command runs: the way of all others is spared a question.
    """
    parameter = ENABLED_BY.get(name)
    if parameter and not allows(client.server.config[parameter], client):
        raise RedisError(
            f'ERR {name} command not allowed. If the {parameter} option is set to "local", you can run it '
            "from a local connection, otherwise you need to set this option in the configuration file, and "
            "then restart the server."
        )


def allows(who_may: str, client: Client) -> bool:
    """`who_may`: "yes", "no", or "local" for connections from this machine."""
    return who_may == "yes" or (who_may == "local" and client.is_local)


CHECKS = (
    _is_authenticated,
    _may_be_queued,
    _is_permitted,
    _can_be_saved,
    _fits_a_subscriber,
    _is_not_loading,
    _is_not_busy,
)


def reject_command(client: Client, argv: list[bytes], error: RedisError) -> Reply:
    """Reject a command; returns the reply.  It spoils the transaction it was meant for; EXEC ends its own.

    A browser that was tricked into posting to us says POST or Host: first; to go on reading would run what
    stands in the body.
    """
    server = client.server
    command = lookup(argv)
    if command is not None:
        server.command_stats.of(command).rejected += 1
    if argv[0].upper() in HTTP_WORDS:
        logging.warning(
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: commands to "
            "Redis. This is likely due to an attacker attempting to use Cross Protocol Scripting to "
            f"compromise your Redis instance. Connection from {client.address} aborted."
        )
        client.output_buffer.close()  # at once, without the replies to what came before
        return Encoded(b"")
    if argv[0].upper() == b"EXEC":
        client.transaction.end()
        reason = str(error).removeprefix("ERR ")
        error = RedisError(f"EXECABORT Transaction discarded because of: {reason}")
    else:
        client.transaction.flag_dirty()
    server.stats.count_error(str(error))
    return error


def is_postponed(client: Client, command: Command) -> bool:
    """Must it wait for the end of a pause?  In MULTI too (processCommand in server.c); EXEC waits if anything
    that was queued may write.
    """
    server = client.server
    if server.pause.end_if_over(server.clock.now_ms):
        return False
    specs = client.transaction.specs if command.name == "EXEC" else (command,)
    return server.pause.holds(
        may_write=any("write" in spec.flags or spec.name in MAY_REPLICATE for spec in specs)
    )
