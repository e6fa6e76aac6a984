"""The one way of a command: find, check, call, propagate.

    process_command   takes a client's command from locking.execute_pipeline
      find              looks it up: name, arity, flags, key positions (command_table/registry.py)
      check             asks the CHECKS in their order: may this client call it now?  (server/checks.py)
      queue             inside MULTI, keeps it for EXEC
      call            runs the command's function; EXEC, scripts, blocked clients and the AOF come here too
        propagate       passes the changes to the features that act on them: the AOF, tracking, ...

The caller holds the server's lock, and encodes the reply before it releases the lock: the values in a reply
may change after that.  This module imports the command table but no command, so commands may import it.
"""

from collections.abc import Callable
from time import perf_counter_ns

from redis_clone.command_table.registry import Command, find
from redis_clone.features.blocking import POSTPONED, Blocked
from redis_clone.features.interception import Intercepted
from redis_clone.features.notifications import drop_notification_only
from redis_clone.protocol.errors import CountedError, RedisError, too_many_arguments
from redis_clone.protocol.replies import QUEUED, Reply
from redis_clone.server.checks import check, fits_in_memory, is_postponed, reject_command
from redis_clone.server.state import Client, Server

UNMONITORED = {"admin", "skip_monitor"}
NEVER_QUEUED = {"EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"}


def process_command(client: Client, argv: list[bytes]) -> Reply:
    """Reject a client's command, postpone it, queue it or call it; returns the reply."""
    server = client.server
    try:
        command = client.last_command = find(argv)
        if server.restrictions or client.is_restricted:
            check(client, command, argv)
        if server.eviction.maxmemory:
            _make_room(client, command)
        if server.pause.is_on and is_postponed(client, command, argv):
            return POSTPONED
        if client.transaction.queuing and command.name not in NEVER_QUEUED:
            client.transaction.queue(command, argv)
            return QUEUED
        return call(client, command, argv)
    except RedisError as error:
        return reject_command(client, argv, error.with_traceback(None))
    except Intercepted as outcome:
        return outcome.reply
    finally:  # after a rejected command too, for CLIENT CACHING covers just one command
        if server.propagation.ops:
            server.propagation.end_transaction()
        if client.tracking is not None:
            client.tracking.end_command(argv, client.transaction.queuing)


def may_evict(server: Server) -> bool:
    """No key may change during a pause, before all are loaded, or on a replica without its master's word."""
    if server.pause.is_on or "loading" in server.restrictions:
        return False
    return "replica" not in server.restrictions or not server.config["replica-ignore-maxmemory"]


def _make_room(client: Client, command: Command) -> None:
    """Evict keys until memory is below `maxmemory`.

    RedisError when no more can be evicted and the command needs memory.
    """
    server = client.server
    if not may_evict(server):
        return
    begun_ns = perf_counter_ns()
    has_room = server.eviction.make_room(server.databases)
    if server.changes:
        propagate(server)
        server.latency.add("eviction-cycle", (perf_counter_ns() - begun_ns) // 1_000_000)
    if not has_room:
        fits_in_memory(client, command)


def call(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Run a command's function and count the call; changes are propagated even after an error or a bug."""
    server, words, count = client.server, command.words, len(argv)
    function: Callable[..., Reply] = command.function  # type: ignore[assignment]
    begun_ns = perf_counter_ns()
    if command.runs_script:
        _show_script(client, argv)
    try:
        if count > command.takes:
            raise too_many_arguments(command.name, argv)
        if client.no_touch:
            reply = _call_untouched(client, command, argv)
        elif count == 3 and words == 1:  # written out, for `*argv` costs a twelfth of a GET
            reply = function(client, argv[1], argv[2])
        elif count == 2 and words == 1:
            reply = function(client, argv[1])
        else:
            reply = function(client, *argv[words:])
    except RedisError as error:
        reply = count_error(server, command, error)
    finally:
        took_ns = perf_counter_ns() - begun_ns
        if server.changes:
            client.has_written = client.has_written or "write" in command.flags
            propagate(server, client, argv)
        elif server.propagation.is_on:
            server.propagation.record_unchanged(client.db.index, argv)
        if client.tracking is not None and "readonly" in command.flags and not command.runs_script:
            server.tracking.remember(client, command, argv)
        if server.monitors.listeners and client.blocked is None and not command.flags & UNMONITORED:
            # not for a blocked client, whose command was shown when it first ran
            server.monitors.feed(server.clock.now_us, client.db.index, client.address, argv)
    if type(reply) is not Blocked:  # a blocked command is counted when its client is unblocked
        server.command_stats.record(command, took_ns)
        if took_ns >= server.slow_ns:
            record_slow(client, command, argv, took_ns)
    return reply


def reply_at_once(client: Client, command: Command, reply: Reply) -> Reply:
    """The reply of call() where no client waits, as in EXEC; a command that would block is counted now."""
    if not isinstance(reply, Blocked):
        return reply
    client.server.command_stats.record(command, 0)
    return reply.reply_at_once


def _show_script(client: Client, argv: list[bytes]) -> None:
    """Show MONITOR and FUNCTION STATS a script as it was sent, before the commands that it calls."""
    server = client.server
    server.scripting.argv = argv
    if server.monitors.listeners:
        server.monitors.feed(server.clock.now_us, client.db.index, client.address, argv)


def _call_untouched(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Run a command after CLIENT NO-TOUCH: reading a key leaves its access field alone, except for TOUCH."""
    function: Callable[..., Reply] = command.function  # type: ignore[assignment]
    if command.name == "TOUCH":
        return function(client, *argv[1:])
    with client.server.access.paused():
        return function(client, *argv[command.words :])


def count_error(server: Server, command: Command, error: RedisError) -> RedisError:
    """Count an error that a command's function raised; returns the error, which is the reply."""
    if not isinstance(error, CountedError):
        server.stats.count_error(str(error))
    server.command_stats.of(command).failed += 1
    return error.with_traceback(None)  # a traceback holds the frame, and the frame this error: a cycle


def record_slow(client: Client, command: Command, argv: list[bytes], took_ns: int) -> None:
    """Pass a slow command to SLOWLOG and LATENCY, each of which has a threshold of its own."""
    server = client.server
    server.latency.add("fast-command" if "fast" in command.flags else "command", took_ns // 1_000_000)
    if "skip_slowlog" not in command.flags:
        server.slowlog.add(took_ns // 1000, argv, client.address, client.name)


def propagate(server: Server, client: Client | None = None, argv: list[bytes] | None = None) -> None:
    """Pass the recorded changes to each feature that acts on them, by name and in this order.

    `argv` is the command that made the changes and `client` the client that sent it; None for the cron.
    WATCH needs nothing here: the keyspace has raised the versions that EXEC compares.
    """
    if server.notifications.is_on:
        server.notifications.notify(server.changes)
        drop_notification_only(server.changes)
    if server.propagation.is_on:
        server.propagation.record(server.changes, client.db.index if client else 0, argv)
    if server.eviction.maxmemory:
        server.eviction.record_written(server.changes)
    if server.tracking.trackers:
        server.tracking.invalidate(server.changes, client)
    if server.blocked_clients.clients:
        server.blocked_clients.signal_keys_as_ready(server.changes)
    server.changes.clear()
