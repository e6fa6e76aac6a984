"""The CHECKS: the questions asked before a command runs, in their order.

Each check is a function that raises a RedisError with the reason when the client may not run the command
now.  The order is that of Redis (processCommand in server.c), so a command that fails two checks gets the
same error from both servers.

The checks cost a tenth of a SET, and most of the time none of them can fail.  So they are asked only if this
client is restricted (Client.is_restricted) or if all clients are (Server.restrictions).  A new check is one
row of CHECKS; while it might reject any client's command, its feature has an entry in `restrictions`.

Two more questions have a place of their own in dispatch.process_command: is there memory (fits_in_memory),
and must the command wait for the end of a pause (is_postponed)?  A rejected command is counted, and makes the
EXEC of a transaction that is being queued fail (reject_command).  The caller holds the lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.command_table.registry import Command, lookup
from redis_clone.features.acl.acl_log import Event
from redis_clone.features.acl.selectors import Denial
from redis_clone.features.pause import MAY_REPLICATE
from redis_clone.protocol.errors import Redirection, RedisError
from redis_clone.protocol.replies import Encoded, Reply
from redis_clone.server.client_info import client_info_line

if TYPE_CHECKING:
    from redis_clone.server.state import Client, Server

FOR_SUBSCRIBERS = {
    "SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE",
    "PING", "QUIT", "RESET",
}  # fmt: skip
NEVER_OUT_OF_MEMORY = {"DISCARD", "QUIT", "RESET"}  # they free memory
ENABLED_BY = {"DEBUG": "enable-debug-command", "MODULE": "enable-module-command"}
NO_GOOD_REPLICAS = "NOREPLICAS Not enough good replicas to write."
READ_ONLY = "READONLY You can't write against a read only replica."
MASTER_DOWN = "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."
IN_A_CLUSTER = {"cluster"}  # what restricts a healthy master of a cluster
LOADING = "LOADING Redis is loading the dataset in memory"
HTTP_WORDS = {b"POST", b"HOST:"}


def _is_authenticated(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if client.authenticated or "no_auth" in command.flags:
        return
    if not client.server.users.default_lets_in:
        raise RedisError("NOAUTH Authentication required.")


def _may_be_queued(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if not client.transaction.queuing:
        return
    require_enabled(client, command.name)
    if "no_multi" in command.flags:
        raise RedisError("ERR Command not allowed inside a transaction")


def _is_permitted(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    if client.user.may_do_everything:
        return  # the usual case
    error = permission_error(client, command, argv)
    if error is not None:
        raise error


def _is_served_here(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """In a cluster each key has its node, and a client that asks another one is sent there."""
    if "cluster" in client.server.restrictions:
        client.slot = client.server.cluster.redirection.slot_of(client, command, argv)


def _can_be_saved(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While the data cannot be saved to disk, no write is accepted that might be lost."""
    refusal = client.server.disk.refusal
    if refusal is None:
        return  # the usual case
    writes = "write" in command.flags or command.name == "PING"  # PING, so that monitoring notices
    if writes or (command.name == "EXEC" and any("write" in spec.flags for spec in client.transaction.specs)):
        raise RedisError(refusal)


def _has_good_replicas(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While too few replicas are near, no write is accepted that might be lost with this server."""
    if "replicas" in client.server.restrictions and "write" in command.flags:
        raise RedisError(NO_GOOD_REPLICAS)


def _may_write_here(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """On a replica only the master writes."""
    if "replica" not in client.server.restrictions or not client.server.config["replica-read-only"]:
        return
    if _any_has(client, command, "write"):
        raise RedisError(READ_ONLY)


def _has_fresh_data(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """A replica without a link to its master may be configured to show no old data."""
    server = client.server
    if "replica" not in server.restrictions or server.config["replica-serve-stale-data"]:
        return
    if server.following.state != "connected" and not _all_have(client, command, "stale"):
        raise RedisError(MASTER_DOWN)


def _any_has(client: Client, command: Command, flag: str) -> bool:
    """Whether the command has the flag, or for EXEC one that it would run."""
    return flag in command.flags or (command.name == "EXEC" and client.transaction.has_flag(flag))


def _all_have(client: Client, command: Command, flag: str) -> bool:
    """Whether the command has the flag; for EXEC, whether all that it would run have it."""
    specs = [command, *client.transaction.specs] if command.name == "EXEC" else [command]
    return all(flag in spec.flags for spec in specs)


def _fits_a_subscriber(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """In RESP2 a message looks like any array, so a subscriber may run only a few commands."""
    if not client.output_buffer.takes_pushes or client.protocol != 2:
        return  # the usual case: it never subscribed
    if client.subscriptions and command.name not in FOR_SUBSCRIBERS:
        raise RedisError(
            f"ERR Can't execute '{command.shown_name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / "
            "PING / QUIT / RESET are allowed in this context"
        )


def _is_no_replica(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """A replica's link is for the stream alone."""
    if not client.is_replica:
        return  # the usual case
    if command.flags & {"write", "readonly"} or command.name in MAY_REPLICATE:
        raise RedisError("ERR Replica can't interact with the keyspace")


def _is_not_busy(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While a long script yields the lock, only a few commands may run in between."""
    if "busy" in client.server.restrictions and "allow_busy" not in command.flags:
        raise RedisError(client.server.busy)


def _is_not_loading(client: Client, command: Command, argv: Sequence[bytes]) -> None:
    """While the data are loaded, only commands that need no data may run.

    A replica may serve old data meanwhile; then only commands that would get in the way are rejected.
    """
    restrictions = client.server.restrictions
    if "loading" in restrictions and not _all_have(client, command, "loading"):
        raise RedisError(LOADING)
    if "async_loading" in restrictions and _any_has(client, command, "no_async_loading"):
        raise RedisError(LOADING)


def _is_not_intercepted(client: Client, command: Command, argv: list[bytes]) -> None:
    """A test of an application may have set rules for what its clients send."""
    if "interception" in client.server.restrictions and client.id:  # 0: it has no connection
        client.server.interception.check(client, command, argv)


CHECKS = (
    _is_authenticated,
    _may_be_queued,
    _is_permitted,
    _is_served_here,
    _can_be_saved,
    _has_good_replicas,
    _may_write_here,
    _fits_a_subscriber,
    _has_fresh_data,
    _is_not_loading,
    _is_not_busy,
    _is_no_replica,
    _is_not_intercepted,
)


def check(client: Client, command: Command, argv: list[bytes]) -> None:
    """RedisError when this client may not call the command now."""
    if client.server.restrictions == IN_A_CLUSTER and not client.is_restricted:
        _is_served_here(client, command, argv)  # nothing else can be in the way
        return
    for check_one in CHECKS:
        check_one(client, command, argv)


def fits_in_memory(client: Client, command: Command) -> None:
    """RedisError when the command needs memory; called only above `maxmemory`, when no key can be evicted.

    A queued command takes memory too, so between MULTI and EXEC even a GET is rejected.
    """
    if command.name == "EXEC":
        needs_memory = client.transaction.has_flag("denyoom")
    else:
        needs_memory = "denyoom" in command.flags or client.transaction.queuing
    if needs_memory and command.name not in NEVER_OUT_OF_MEMORY:
        raise RedisError("OOM command not allowed when used memory > 'maxmemory'.")


def is_postponed(client: Client, command: Command, argv: Sequence[bytes]) -> bool:
    """Whether a command must wait for the end of a pause, as in processCommand of server.c.

    Commands inside MULTI wait too; EXEC waits if a queued command may write.  What a replica sends never
    waits, for it is about the stream.
    """
    server = client.server
    if server.pause.end_if_over(server.clock.now_ms) or client.is_replica:
        return False
    queued = client.transaction.queued if command.name == "EXEC" else [(command, argv)]
    return server.pause.holds(may_write=any(_may_write(server, *each) for each in queued))


def _may_write(server: Server, command: Command, argv: Sequence[bytes]) -> bool:
    """Whether a command may write or publish; the flags of a script count more than those of its command."""
    flags = server.scripting.flags_of(argv) if command.runs_script else None
    if flags is not None:
        return b"no-writes" not in flags
    return "write" in command.flags or command.name in MAY_REPLICATE


def reject_command(client: Client, argv: list[bytes], error: RedisError) -> Reply:
    """Count a rejected command; returns the reply.

    A transaction that is being queued becomes dirty; a rejected EXEC ends its transaction.  POST and Host:
    come from a browser that a web page has tricked into posting to the server.  The connection is closed, or
    the lines of the posted body would run as commands.
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
        if not isinstance(error, Redirection):
            reason = str(error).removeprefix("ERR ")
            error = RedisError(f"EXECABORT Transaction discarded because of: {reason}")
    else:
        client.transaction.flag_dirty()
    server.stats.count_error(str(error))
    return error


def permission_error(client: Client, command: Command, argv: Sequence[bytes]) -> RedisError | None:
    """The error for a client whose user may not run this; None when the user may.

    It doesn't name the key or channel: only the ACL log does.
    """
    denial = None if client.user.may_do_everything else denied(client, command, argv)
    if denial is None:
        return None
    if denial.reason == "command":
        return RedisError("NOPERM " + denial_message(denial, client.user.name, command, argv))
    return RedisError(f"NOPERM No permissions to access a {denial.reason}")


def denied(
    client: Client, command: Command, argv: Sequence[bytes], context: str = "toplevel"
) -> Denial | None:
    """Why the client's user may not run this, added to the ACL log; None when the user may."""
    denial = client.user.denial(command, argv)
    if denial is not None:
        name = command.shown_name.encode()
        log_denial(client, denial.reason, argv[denial.position] if denial.position else name, context)
    return denial


def log_denial(
    client: Client, reason: str, what: bytes, context: str = "toplevel", username: bytes | None = None
) -> None:
    """Add a denial to the ACL log; `what` is the command, key, channel or user name that was denied."""
    if context == "toplevel" and (client.transaction.queuing or client.transaction.is_running):
        context = "multi"
    event = Event(reason, context, what, client.user.name if username is None else username)
    client.server.acl_log.add(event, client_info_line(client), client.server.clock.now_ms)


def denial_message(denial: Denial, username: bytes, command: Command, argv: Sequence[bytes]) -> str:
    """A denial as a sentence of Redis 7.2; 7.0 says "this user" in place of the name."""
    user = f"User {username.decode('latin-1')} has no permissions to"
    if denial.reason == "command":
        return f"{user} run the '{command.shown_name}' command"
    return f"{user} access the '{argv[denial.position].decode('latin-1')}' {denial.reason}"


def require_enabled(client: Client, name: str) -> None:
    """RedisError when the configuration forbids the command `name` to this client.

    DEBUG and MODULE call this themselves, so no other command pays for the question.  Inside MULTI it is one
    of the CHECKS, for Redis rejects them when they are queued.
    """
    parameter = ENABLED_BY.get(name)
    if parameter and not allows(client.server.config[parameter], client):
        raise RedisError(
            f'ERR {name} command not allowed. If the {parameter} option is set to "local", you can run it '
            "from a local connection, otherwise you need to set this option in the configuration file, and "
            "then restart the server."
        )


def allows(who_may: str, client: Client) -> bool:
    """Whether a parameter allows it: `who_may` is "yes", "no", or "local" for clients on this machine."""
    return who_may == "yes" or (who_may == "local" and client.is_local)
