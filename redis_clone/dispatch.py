"""The way of one command: look up, check, call, propagate, encode; all of it under the one lock.

    execute    takes the lock, and gives it back with the reply as bytes
      admit    finds the row and asks the CHECKS, in their order
      queue    inside MULTI
      call     runs the function; EXEC comes through here too, for each command that it held
        propagate    tells everybody who must hear of what changed
      serve_waiters  runs again whoever waits for a key that was written

Three rules:
  1. The server's lock is taken in this file and in no other; who needs it for more than a command says
     `with locked(server)`.  Under it nothing waits: no socket, no sleep.  A script that runs for long gives
     it away for a moment, again and again (let_others_in); whoever has it then may not touch the data.
  2. call() is the only place that runs a command's function.
  3. A reply becomes bytes before the lock is released, for after that its values may change.

This module needs the command table, not the commands, so they may import it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import perf_counter_ns

from redis_clone import logging
from redis_clone.blocking import POSTPONED, Blocked, PlaceOfKey, Waiter
from redis_clone.checks import CHECKS, fits_in_memory, refusal
from redis_clone.errors import RedisError
from redis_clone.notifications import forget_remarks
from redis_clone.outbox import Outbox
from redis_clone.pause import MAY_REPLICATE
from redis_clone.protocol.replies import QUEUED, Encoded, Reply, encode
from redis_clone.registry import Command, find, row_of, too_many_words
from redis_clone.state import Client, Server

UNMONITORED = {"admin", "skip_monitor"}
HTTP_WORDS = {b"POST", b"HOST:"}
MOMENT_S = 0.001
NEVER_QUEUED = {"EXEC", "DISCARD", "MULTI", "WATCH", "QUIT", "RESET"}


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes.

    What the client's outbox held before stands in front of it, what the command itself brought behind it.
    """
    server = client.server
    with server.lock:
        server.clock.tick()
        messages = client.outbox.take() if client.outbox.is_open else b""
        reply = _run(client, argv)
        if server.propagation.unit:
            server.propagation.end_unit()
        if client.tracking is not None:
            _forget_caching(client, argv)
        if server.waiting.everybody:
            serve_waiters(server)
        if type(reply) is Blocked:
            _let_wait(client, argv, reply)
            encoded = b""
        else:
            encoded = encode(reply, client.protocol)
            if client.silent:
                encoded = _silenced(client)
        if server.tracking.to_broadcast:
            server.tracking.broadcast()
        if server.propagation.is_on:
            client.logged = server.log.logged
        if client.outbox.is_open:
            encoded = messages + encoded + client.outbox.take()
        woken = _take_woken(server) if server.to_wake else ()
    for outbox in woken:
        outbox.ring()
    return encoded


def _run(client: Client, argv: list[bytes]) -> Reply:
    try:
        command = admit(client, argv)
    except RedisError as error:
        return _refuse(client, argv, error)
    if client.server.pause.is_on and _is_postponed(client, command):
        return POSTPONED
    if client.transaction.queuing and command.name not in NEVER_QUEUED:
        client.transaction.queue(command, argv)
        return QUEUED
    return call(client, command, argv)


def _refuse(client: Client, argv: list[bytes], error: RedisError) -> Reply:
    """A refused command spoils the transaction that it was meant for; a refused EXEC ends it.

    A browser that was tricked into posting to us says POST or Host: first; to go on reading would run what
    stands in the body.
    """
    server = client.server
    server.stats.count_error(str(error))
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
        return RedisError(f"EXECABORT Transaction discarded because of: {reason}")
    client.transaction.spoil()
    return error


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
    if server.eviction.maxmemory:
        _make_room(client, command)
    return command


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


def _is_postponed(client: Client, command: Command) -> bool:
    """As processCommand in server.c has it: in MULTI too, and EXEC if anything that was queued may write."""
    server = client.server
    if server.pause.end_if_over(server.clock.now_ms):
        return False
    rows = client.transaction.rows if command.name == "EXEC" else (command,)
    return server.pause.holds(
        may_write=any("write" in row.flags or row.name in MAY_REPLICATE for row in rows)
    )


def _silenced(client: Client) -> bytes:
    """What is sent in place of a reply that CLIENT REPLY has turned off."""
    client.silent -= client.silent > 0
    return b""


def _forget_caching(client: Client, argv: list[bytes]) -> None:
    """CLIENT CACHING counts for one command, or one transaction; other CLIENT commands do not count."""
    if client.tracking and not client.transaction.queuing and argv[0].upper() != b"CLIENT":
        client.tracking.caching = False


def call(client: Client, command: Command, argv: list[bytes]) -> Reply:
    """Run a command.  Its error is its reply; what it changed is propagated even then."""
    server = client.server
    begun_ns = perf_counter_ns()
    try:
        if len(argv) > command.most:
            raise too_many_words(command, argv)
        if client.no_touch and command.name != "TOUCH":
            with server.uses.paused():
                reply = command.function(client, *argv[command.words :])  # type: ignore[misc]
        else:
            reply = command.function(client, *argv[command.words :])  # type: ignore[misc]
    except RedisError as error:
        server.stats.count_error(str(error))
        server.command_stats.of(command).failed += 1
        reply = error
    finally:
        took_ns = perf_counter_ns() - begun_ns
        if client.tracking is not None and "readonly" in command.flags:
            _remember_reads(client, command, argv)
        if server.changes:
            propagate(server, client, argv)
        if server.monitors.listeners and not command.flags & UNMONITORED:
            server.monitors.tell(server.clock.now_us, client.db.index, client.address, argv)
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


def _remember_reads(client: Client, command: Command, argv: list[bytes]) -> None:
    if client.tracking and client.tracking.remembers_reads:
        with suppress(RedisError):  # the keys cannot be found, and so the command has failed
            keys = [argv[place.position] for place in command.keys_in(argv)]
            client.server.tracking.remember(client, keys)


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
    if server.tracking.trackers:
        server.tracking.tell(server.changes, client)
    if server.waiting.everybody:
        server.waiting.note_written(server.changes)
    server.changes.clear()


# Those who wait for a key.


def _let_wait(client: Client, argv: list[bytes], blocked: Blocked) -> None:
    """Enter the waiting room; there is nothing to send for now."""
    timeout_ns = blocked.timeout_ms * 1_000_000
    client.waiter = Waiter(
        client=client,
        command=client.last_command,
        argv=blocked.argv or argv,
        blocked=blocked,
        places=[(client.db.index, key) for key in blocked.keys],
        deadline_ns=client.server.clock.now_ns + timeout_ns if timeout_ns else None,
    )
    client.server.waiting.enter(client.waiter)


def serve_waiters(server: Server) -> None:
    """Run again whoever waits for a key that was written; that may write more keys, as BLMOVE does.

    Before them, whoever waits for the end of a pause, if this is it.
    """
    if server.waiting.postponed and not server.pause.is_on:
        _run_postponed(server)
    while ready := server.waiting.take_ready():
        for place in ready:
            for waiter in server.waiting.waiting_for(place):
                _serve(server, waiter, place)


def _run_postponed(server: Server) -> None:
    """In the order in which they came, and each in the way of a command that comes now."""
    for waiter in list(server.waiting.postponed):
        client: Client = waiter.client
        server.waiting.leave(waiter)
        client.waiter = None
        if client.outbox.is_gone():
            continue  # it did not wait for the end
        reply = _run(client, waiter.argv)
        if server.propagation.unit:
            server.propagation.end_unit()
        _forget_caching(client, waiter.argv)
        if type(reply) is Blocked:
            _let_wait(client, waiter.argv, reply)
            server.to_wake.append(client.outbox)  # it has another time-out now
        else:
            _send_later(client, reply)


def _send_later(client: Client, reply: Reply) -> None:
    """The connection finds the reply in its outbox."""
    encoded = encode(reply, client.protocol)
    client.outbox.put(_silenced(client) if client.silent else encoded)


def _serve(server: Server, waiter: Waiter, place: PlaceOfKey) -> None:
    db, key = place
    blocked = waiter.blocked
    value = server.databases[db].peek(key)
    if not isinstance(value, blocked.kind) and not blocked.wakes_without_key:
        return
    if waiter.client.outbox.is_gone():
        return  # it would take the element with it
    client, argv = waiter.client, waiter.argv
    error = refusal(client, waiter.command, argv)  # its rights may have changed meanwhile; asked since 7.2
    reply = _refuse(client, argv, error) if error else call(client, waiter.command, argv)
    if server.propagation.unit:
        server.propagation.end_unit()
    if type(reply) is not Blocked:
        answer_waiter(waiter, reply)


def end_wait(waiter: Waiter, reply: Reply) -> None:
    """A wait that brought nothing: its time is up, or CLIENT UNBLOCK ended it.

    Only now does it count as a call; the time that it waited is no time that it took.
    """
    server: Server = waiter.client.server
    server.command_stats.note(waiter.command, 0)
    if type(reply) is RedisError:
        server.stats.count_error(str(reply))
        server.command_stats.of(waiter.command).failed += 1
    answer_waiter(waiter, reply)


def answer_waiter(waiter: Waiter, reply: Reply) -> None:
    """The wait is over; the connection finds the reply in its outbox."""
    client: Client = waiter.client
    client.server.waiting.leave(waiter)
    client.waiter = None
    _send_later(client, reply)


@contextmanager
def locked(server: Server) -> Iterator[None]:
    """The lock and one reading of the clock, for what is not a command.

    What it changed is propagated as a command's changes are, and afterwards the bells are rung.
    """
    with server.lock:
        server.clock.tick()
        yield
        if server.changes:
            propagate(server)
        if server.propagation.unit:
            server.propagation.end_chores()
        if server.waiting.everybody:
            serve_waiters(server)
        if server.tracking.to_broadcast:
            server.tracking.broadcast()
        woken = _take_woken(server)
    for outbox in woken:
        outbox.ring()


@contextmanager
def quiet(server: Server) -> Iterator[None]:
    """As locked(), but not in the middle of a script: for who looks at all the data at one instant."""
    while True:
        with locked(server):
            if not server.busy:
                yield
                return
        time.sleep(MOMENT_S)


def let_others_in(server: Server, busy: str) -> None:
    """In the middle of a script: release the lock for a moment.  `busy` is what others are told.

    They find nothing of the script's half-done work: what it has to say to the log, and whoever it is about
    to wake, is put aside; and the time stands still for it.
    """
    unit, ready = server.propagation.unit, server.waiting.take_ready()
    now_ns = server.clock.now_ns
    server.propagation.unit, server.busy = [], busy
    woken = _take_woken(server)
    server.lock.release()
    for outbox in woken:
        outbox.ring()
    time.sleep(MOMENT_S)
    server.lock.acquire()
    server.propagation.unit, server.busy = unit, ""
    server.clock.now_ns = now_ns
    server.waiting.put_back(ready)


def _take_woken(server: Server) -> list[Outbox]:
    woken = server.to_wake[:]
    server.to_wake.clear()
    return woken
