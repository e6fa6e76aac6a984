"""The CHECKS: what may stand between a client and its command, asked in this order before each one.

A check is a function that raises the RedisError which says why not.  Redis asks the same questions in the
same order (processCommand in server.c), so a command that fails two of them gets the same answer there.
"""

from redis_clone.acl import NOT_AUTHENTICATED
from redis_clone.errors import RedisError
from redis_clone.registry import Command
from redis_clone.state import Client

FOR_SUBSCRIBERS = {
    "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE",
    "PING", "QUIT", "RESET",
}  # fmt: skip


def _is_authenticated(client: Client, command: Command) -> None:
    if not client.authenticated and "no_auth" not in command.flags:
        raise RedisError(NOT_AUTHENTICATED)


def _fits_a_subscriber(client: Client, command: Command) -> None:
    """In RESP2 a message looks like any array, so a subscriber may not ask for other arrays."""
    if not client.outbox.is_open or client.protocol != 2:
        return  # the usual case: it never subscribed
    if client.subscriptions and command.name not in FOR_SUBSCRIBERS:
        raise RedisError(
            f"ERR Can't execute '{command.shown_name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / "
            "PING / QUIT / RESET are allowed in this context"
        )


def _can_be_saved(client: Client, command: Command) -> None:
    """While the disk takes nothing, nothing is written that could be lost."""
    refusal = client.server.disk.refusal
    if refusal is None:
        return  # the usual case
    writes = "write" in command.flags or command.name == "PING"  # PING, for those who watch over the server
    if writes or (command.name == "EXEC" and any("write" in row.flags for row in client.transaction.rows)):
        raise RedisError(refusal)


def _may_be_queued(client: Client, command: Command) -> None:
    if client.transaction.queuing and "no_multi" in command.flags:
        raise RedisError("ERR Command not allowed inside a transaction")


CHECKS = (_is_authenticated, _may_be_queued, _can_be_saved, _fits_a_subscriber)
