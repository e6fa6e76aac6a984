"""The way of one command: look up, check, call, propagate, encode; all of it under the one lock.

    execute_all  takes the lock, and gives it back with the replies as bytes
      run        one command
        admit    finds the row and asks the CHECKS, in their order (admission.py)
        queue    inside MULTI
        call     EXEC comes through here too, for each command that it held
          perform      runs the command's function, and counts
          propagate    tells everybody who must hear of what changed
      serve_waiters    runs again whoever waits for a key that was written (serving.py)

Three rules:
  1. The server's lock is taken here and in locking.py, for what is not a command, and nowhere else.  Under
     it nothing waits: no socket, no sleep.
  2. perform() is the only place that runs a command's function.
  3. A reply becomes bytes before the lock is released, for after that its values may change.

A pipeline runs under one taking of the lock, for a millisecond at most; then others have their turn.

**The short way.**  Most of the time nobody listens and nothing is amiss: no client tracks or waits or
monitors, memory has no limit.  That is asked once (nothing_is_up), and then plain commands, which touch the
data and nothing else, are performed one after the other without asking it all again; only the log is told.
A SET in a pipeline takes a third less.

This module needs the command table, not the commands, so they may import it.
"""

from collections import deque
from time import perf_counter_ns

from redis_clone.admission import admit, is_postponed, refuse
from redis_clone.blocking import POSTPONED, Blocked
from redis_clone.checks import fits_in_memory
from redis_clone.errors import RedisError
from redis_clone.notifications import forget_remarks
from redis_clone.outbox import Outbox
from redis_clone.protocol.replies import QUEUED, Reply, encode
from redis_clone.registry import PLAIN, Command, too_many_words
from redis_clone.serving import let_wait, reply_bytes, serve_waiters
from redis_clone.state import Client, Server

UNMONITORED = {"admin", "skip_monitor"}
TURN_NS = 1_000_000  # of one connection, when it has sent many commands at once
MANY_BYTES = 64 * 1024  # of replies: it is time to send them
NEVER_QUEUED = {"EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"}


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes."""
    replies = bytearray()
    execute_all(client, deque([argv]), replies)
    return bytes(replies)


def execute_all(client: Client, commands: deque[list[bytes]], replies: bytearray) -> None:
    """Run commands off the front of a pipeline, and add what is to be sent to `replies`.

    Until none is left, or one of them has to wait, or this turn is over.
    """
    server = client.server
    with server.lock:
        server.clock.tick()
        ends_ns = perf_counter_ns() + TURN_NS
        try:
            while True:
                if not (nothing_is_up(client) and _go_short(client, commands, replies, ends_ns)):
                    _go_long(client, commands.popleft(), replies)
                if not commands or client.waiter is not None or client.outbox.closing:
                    break
                if len(replies) > MANY_BYTES or perf_counter_ns() > ends_ns:
                    break
        finally:  # after a bug too, for the commands before it have their replies
            if server.tracking.to_broadcast:
                server.tracking.broadcast()
            if server.propagation.unit:  # of a command with a bug
                server.propagation.end_unit()
            if server.propagation.ended:
                server.propagation.hand_on()
            client.logged = server.log.logged
            if client.outbox.is_open:
                replies += client.outbox.take()
        woken = take_woken(server) if server.to_wake else ()
    for outbox in woken:
        outbox.ring()


def nothing_is_up(client: Client) -> bool:
    """Will nobody hear of what this client's commands do, and nothing keep them from being done?

    What is asked here is all that run() and call() ask; no plain command can change the answer.
    """
    server = client.server
    return not (
        client.transaction.queuing
        or client.outbox.is_open
        or client.silent
        or client.no_touch
        or not (client.authenticated and client.user.may_do_everything)
        or server.notifications.is_on
        or server.tracking.trackers
        or server.waiting.everybody
        or server.monitors.listeners
        or server.eviction.maxmemory
        or server.pause.is_on
        or server.disk.refusal is not None
        or server.busy
    )


def _go_short(client: Client, commands: deque[list[bytes]], replies: bytearray, ends_ns: int) -> int:
    """Perform the plain commands at the front; returns how many there were."""
    server, protocol, before = client.server, client.protocol, len(commands)
    is_logged = server.propagation.is_on
    client.active_ns = server.clock.now_ns
    try:
        while True:
            argv = commands[0]
            command = PLAIN.get(argv[0])
            if command is None or not command.fewest <= len(argv) <= command.most:
                break
            client.last_command = command
            commands.popleft()
            replies += encode(perform(client, command, argv), protocol)
            if is_logged and server.changes:
                _tell_log(client, argv)
            if not commands or len(replies) > MANY_BYTES or perf_counter_ns() > ends_ns:
                break
    finally:
        if is_logged and server.changes:  # of a command with a bug
            _tell_log(client, argv)
        server.stats.changes += len(server.changes)
        server.changes.clear()
    return before - len(commands)


def _tell_log(client: Client, argv: list[bytes]) -> None:
    """What a plain command has changed; on the short way nobody else listens."""
    server = client.server
    server.propagation.note_all(server.changes, client.db.index, argv)
    server.stats.changes += len(server.changes)
    server.changes.clear()


def _go_long(client: Client, argv: list[bytes], replies: bytearray) -> None:
    """Any command, whatever is up.

    What the client's outbox held before stands in front of the reply, what the command brought behind it.
    """
    if client.outbox.is_open:
        replies += client.outbox.take()
    reply = run(client, argv)
    if client.server.waiting.everybody:
        serve_waiters(client.server, call, run)
    if type(reply) is Blocked:
        let_wait(client, argv, reply)
    else:
        replies += reply_bytes(client, reply)


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
        if server.monitors.listeners and not command.flags & UNMONITORED:
            server.monitors.tell(server.clock.now_us, client.db.index, client.address, argv)


def perform(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Run a command's function, and count.  Its error is its reply."""
    server = client.server
    begun_ns = perf_counter_ns()
    try:
        if len(argv) > command.takes:
            raise too_many_words(command, argv)
        reply = command.function(client, *argv[command.words :])  # type: ignore[misc]
    except RedisError as error:
        server.stats.count_error(str(error))
        server.command_stats.of(command).failed += 1
        reply = error.with_traceback(None)  # which leads to this frame, and so back to the reply: a circle
    took_ns = perf_counter_ns() - begun_ns
    if type(reply) is not Blocked:  # else it is counted when its wait is over
        server.command_stats.note(command, took_ns)
        if took_ns >= server.slow_ns:
            _note_slow(client, command, argv, took_ns)
    return reply


def _note_slow(client: Client, command: Command, argv: list[bytes], took_ns: int) -> None:
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


def take_woken(server: Server) -> list[Outbox]:
    """Whose bells are to be rung once the lock is released."""
    woken = server.to_wake[:]
    server.to_wake.clear()
    return woken
