"""The way of one command: look up, check, call, propagate.

    run            one command; its caller is the client's turn (turns.py), which holds the lock
      admit        finds the row and asks the CHECKS, in their order (admission.py)
      queue        inside MULTI
      call         EXEC comes through here too, for each command that it held
        perform    runs the command's function, and counts
        propagate  tells everybody who must hear of what changed

The caller holds the server's lock, and makes bytes of the reply before it lets go of it: after that the
values in it may change.  perform() runs a command's function, and nobody else but the short ways: see
perform_plain(), and alike.py.

This module needs the command table, not the commands, so they may import it.
"""

from collections.abc import Callable
from time import perf_counter_ns

from redis_clone.admission import admit, is_postponed, refuse
from redis_clone.blocking import POSTPONED, Blocked
from redis_clone.checks import fits_in_memory
from redis_clone.errors import CountedError, RedisError, too_many_words
from redis_clone.notifications import forget_remarks
from redis_clone.protocol.replies import QUEUED, Reply
from redis_clone.registry import Command
from redis_clone.state import Client, Server

UNMONITORED = {"admin", "skip_monitor"}
NEVER_QUEUED = {"EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"}


def run(client: Client, argv: list[bytes]) -> Reply:
    """One command and all that comes of it."""
    server = client.server
    try:
        command = admit(client, argv)
        if server.eviction.maxmemory:
            _make_room(client, command)
    except RedisError as error:
        reply = refuse(client, argv, error.with_traceback(None))
    else:
        if server.pause.is_on and is_postponed(client, command):
            reply = POSTPONED
        elif client.transaction.queuing and command.name not in NEVER_QUEUED:
            client.transaction.queue(command, argv)
            reply = QUEUED
        else:
            reply = call(client, command, argv)
    if server.propagation.unit:
        server.propagation.end_unit()
    if client.tracking is not None:
        client.tracking.end_command(argv, client.transaction.queuing)
    return reply


def _make_room(client: Client, command: Command) -> None:
    """Evict what must go before this command may take more memory; RedisError when that is not enough."""
    server = client.server
    if server.pause.is_on:
        return  # nothing may change meanwhile
    begun_ns = perf_counter_ns()
    has_room = server.eviction.make_room(server.databases)
    if server.changes:
        propagate(server)
        server.latency.add("eviction-cycle", (perf_counter_ns() - begun_ns) // 1_000_000)
    if not has_room:
        fits_in_memory(client, command)


def call(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Perform a command, and tell of what it changed: even after an error, or a bug."""
    server = client.server
    try:
        if client.no_touch and command.name != "TOUCH":
            with server.uses.paused():
                return perform(client, command, argv)
        return perform(client, command, argv)
    finally:
        if client.tracking is not None and "readonly" in command.flags:
            server.tracking.remember(client, command, argv)
        if server.changes:
            propagate(server, client, argv)
        elif server.propagation.is_on:
            server.propagation.no_note()
        if server.monitors.listeners and not command.flags & UNMONITORED:
            server.monitors.tell(server.clock.now_us, client.db.index, client.address, argv)


def perform(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Run a command's function, and count.  Its error is its reply."""
    server = client.server
    begun_ns = perf_counter_ns()
    try:
        if len(argv) > command.takes:
            raise too_many_words(command.name, argv)
        reply = command.function(client, *argv[command.words :])  # type: ignore[misc]
    except RedisError as error:
        reply = count_error(server, command, error)
    took_ns = perf_counter_ns() - begun_ns
    if type(reply) is not Blocked:  # else it is counted when its wait is over
        server.command_stats.note(command, took_ns)
        if took_ns >= server.slow_ns:
            note_slow(client, command, argv, took_ns)
    return reply


def perform_plain(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """The same for a plain command, whose words were counted: it does not block, and its name is one word."""
    server, count = client.server, len(argv)
    function: Callable[..., Reply] = command.function  # type: ignore[assignment]
    begun_ns = perf_counter_ns()
    try:
        if count == 3:  # spelled out, for a star takes a twelfth of a GET
            reply = function(client, argv[1], argv[2])
        elif count == 2:
            reply = function(client, argv[1])
        elif count == 4:
            reply = function(client, argv[1], argv[2], argv[3])
        else:
            reply = function(client, *argv[1:])
    except RedisError as error:
        reply = count_error(server, command, error)
    took_ns = perf_counter_ns() - begun_ns
    server.command_stats.note(command, took_ns)
    if took_ns >= server.slow_ns:
        note_slow(client, command, argv, took_ns)
    return reply


def count_error(server: Server, command: Command, error: RedisError) -> RedisError:
    """Of a command's function; returns it as the reply that it is."""
    if not isinstance(error, CountedError):
        server.stats.count_error(str(error))
    server.command_stats.of(command).failed += 1
    return error.with_traceback(None)  # which leads to its frame, and so back to the reply: a circle


def note_slow(client: Client, command: Command, argv: list[bytes], took_ns: int) -> None:
    """For SLOWLOG and LATENCY, who ask their own questions."""
    server = client.server
    server.latency.add("fast-command" if "fast" in command.flags else "command", took_ns // 1_000_000)
    if "skip_slowlog" not in command.flags:
        server.slowlog.add(took_ns // 1000, argv, client.address, client.name)


def propagate(server: Server, client: Client | None = None, argv: list[bytes] | None = None) -> None:
    """Tell everyone who must hear of the changes, by name and in this order.

    `argv` is the command that made them, and `client` who sent it; None when it was the cron.  A watching
    client needs no word: the keyspace has raised the versions that EXEC will compare.
    """
    if server.notifications.is_on:
        server.notifications.tell(server.changes)
        forget_remarks(server.changes)
    if server.propagation.is_on:
        server.propagation.note(server.changes, client.db.index if client else 0, argv)
    server.stats.changes += len(server.changes)
    if server.eviction.maxmemory:
        server.eviction.note_written(server.changes)
    if server.tracking.trackers:
        server.tracking.tell(server.changes, client)
    if server.waiting.everybody:
        server.waiting.note_written(server.changes)
    server.changes.clear()
