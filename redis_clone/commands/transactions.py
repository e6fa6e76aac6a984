"""MULTI, EXEC, DISCARD, WATCH, UNWATCH.  The state of a transaction is in features/transactions.py."""

from redis_clone.command_table.keyspecs import all_keys
from redis_clone.command_table.registry import Command, command_group
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import COUNTS, NULL_ARRAY, OK, Encoded, NullArray, SimpleString, encode
from redis_clone.server.blocked_clients import let_through
from redis_clone.server.checks import denied
from redis_clone.server.dispatch import call, reply_at_once
from redis_clone.server.state import Client

command = command_group("transactions")

REASONS = {
    "command": "no permission to execute the command or subcommand",
    "key": "no permission to touch the specified keys",
    "channel": "no permission to access one of the channels used as arguments",
}


@command("MULTI", arity=1, flags="noscript loading stale fast allow_busy")
def multi(client: Client) -> SimpleString:
    """Begins a transaction: the commands that follow are queued until EXEC.

    MULTI
    Since 1.2.0, O(1)
    """
    if client.transaction.queuing:
        raise RedisError("ERR MULTI calls can not be nested")
    client.transaction.begin()
    return OK


@command("EXEC", arity=1, flags="noscript loading stale skip_slowlog")
def exec_(client: Client) -> Encoded | NullArray:
    """Runs all queued commands, with no other client's command in between, unless a watched key has changed.

    EXEC
    Since 1.2.0, Depends on the commands in the transaction.
    """
    transaction = client.transaction
    if not transaction.queuing:
        raise RedisError("ERR EXEC without MULTI")
    dirty_exec, changed = transaction.dirty_exec, transaction.watched_keys_changed()
    queued = transaction.end()
    if dirty_exec:
        raise RedisError("EXECABORT Transaction discarded because of previous errors.")
    if changed:
        return NULL_ARRAY
    transaction.is_running = True
    client.server.tracking.hold_back(client)  # a HELLO in the transaction decides how messages will look
    try:
        count = b"" if client.is_muted else COUNTS[len(queued)] + b"\r\n"  # before CLIENT REPLY OFF is run
        return Encoded(count + b"".join([_run_queued(client, spec, argv) for spec, argv in queued]))
    finally:
        transaction.is_running = False
        client.server.tracking.send_held()


def _run_queued(client: Client, spec: Command, argv: list[bytes]) -> Encoded:
    """The reply of one queued command, encoded at once."""
    reply = _acl_error(client, spec, argv) or reply_at_once(client, spec, call(client, spec, argv))
    return Encoded(encode(let_through(client, reply), client.protocol))


def _acl_error(client: Client, spec: Command, argv: list[bytes]) -> RedisError | None:
    """The error if the user has lost the right to this command since it was queued."""
    denial = None if client.user.may_do_everything else denied(client, spec, argv)
    if denial is None:
        return None
    error = RedisError(
        "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. "
        f"This command is no longer allowed for the following reason: {REASONS[denial.reason]}"
    )
    client.server.stats.count_error(str(error))
    return error


@command("DISCARD", arity=1, flags="noscript loading stale fast allow_busy")
def discard(client: Client) -> SimpleString:
    """Ends a transaction without running the queued commands.

    DISCARD
    Since 2.0.0, O(N) where N is the number of queued commands.
    """
    if not client.transaction.queuing:
        raise RedisError("ERR DISCARD without MULTI")
    client.transaction.end()
    return OK


@command("WATCH", arity=-2, flags="noscript loading stale fast allow_busy", keys=all_keys("RO"))
def watch(client: Client, *keys: bytes) -> SimpleString:
    """Makes the next EXEC do nothing if one of these keys has changed by then.

    WATCH key [key ...]
    Since 2.2.0, O(1) for every key.
    """
    if client.transaction.queuing:
        raise RedisError("ERR WATCH inside MULTI is not allowed")
    for key in keys:
        client.transaction.watch(client.db, key)
    return OK


@command("UNWATCH", arity=1, flags="noscript loading stale fast allow_busy")
def unwatch(client: Client) -> SimpleString:
    """Forgets all watched keys.

    UNWATCH
    Since 2.2.0, O(1)
    """
    client.transaction.unwatch()
    return OK
