"""A client's turn: it has the lock, and as many of its commands are run as are there.

    execute_all      takes the lock, and gives it back with the replies as bytes
      _go_alone      a plain command that came alone, when nothing is up
      _go_on         a pipeline, as far as this turn has time for, by turns
        _go_short      its plain commands, when nothing is up
          perform_alike, perform_row   those of one name that stand together (alike.py)
      _go_long       any command: its whole way (dispatch.run), and then
        serve_waiters    runs again whoever waits for a key that was written (serving.py)

The server's lock is taken here and in locking.py, for what is not a command, and nowhere else.  Under it
nothing waits: no socket, no sleep.  A turn lasts a millisecond at most; then others have theirs.

**The short way.**  Most of the time nobody listens and nothing is amiss: no client tracks or waits or
monitors, memory has no limit.  That is asked once (nothing_is_up), and then plain commands, which touch the
data and nothing else, are performed one after the other without asking it all again; only the log is told.
A yes is remembered (`server.at_ease`) until it may have become a no: until a command goes the long way, who
is no command has the lock (locking.py), or the log cannot be written.  A SET in a pipeline takes a quarter
of the time.
"""

from time import perf_counter_ns

from redis_clone.alike import perform_alike, perform_row
from redis_clone.blocking import Blocked
from redis_clone.dispatch import call, perform_plain, propagate, run
from redis_clone.outbox import Outbox
from redis_clone.protocol.bursts import Alike, Burst
from redis_clone.protocol.replies import ENCODERS, OK, OK_LINE, encode
from redis_clone.registry import PLAIN
from redis_clone.serving import let_wait, reply_bytes, serve_waiters
from redis_clone.state import Client, Server

TURN_NS = 1_000_000  # of one connection, when it has sent many commands at once
MANY_BYTES = 64 * 1024  # of replies: it is time to send them


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes."""
    replies = bytearray()
    execute_all(client, argv, replies)
    return bytes(replies)


def execute_all(client: Client, commands: list[bytes] | Burst, replies: bytearray) -> None:
    """Run one command, or some off the front of a pipeline, and add what is to be sent to `replies`.

    Of a pipeline until none is left, or one of them has to wait, or this turn is over.
    """
    server = client.server
    with server.lock:
        server.clock.tick()
        if not isinstance(commands, list):
            _go_on(client, commands, replies)
        elif not _go_alone(client, commands, replies):
            try:
                _go_long(client, commands, replies)
            finally:
                _end(client, replies)
        if not server.to_wake:
            return
        woken = take_woken(server)
    for outbox in woken:
        outbox.ring()


def _go_on(client: Client, commands: Burst, replies: bytearray) -> None:
    """Take the short way or the long one, again and again."""
    ends_ns = perf_counter_ns() + TURN_NS
    try:
        while True:
            is_at_ease = client in client.server.at_ease or nothing_is_up(client)
            if not (is_at_ease and _go_short(client, commands, replies, ends_ns)):
                _go_long(client, commands.popleft(), replies)
            if not commands or client.waiter is not None or client.outbox.closing:
                break
            if len(replies) > MANY_BYTES or perf_counter_ns() > ends_ns:
                break
    finally:  # after a bug too, for the commands before it have their replies
        _end(client, replies)


def _end(client: Client, replies: bytearray) -> None:
    """The lock is about to be given back: whoever waits for the end of a turn is told."""
    server = client.server
    if server.tracking.to_broadcast:
        server.tracking.broadcast()
    if server.propagation.unit:
        server.propagation.end_unit()
    if server.propagation.ended:
        server.propagation.hand_on()
    client.logged = server.log.logged
    if client.outbox.is_open:
        replies += client.outbox.take()


def nothing_is_up(client: Client) -> bool:
    """Will nobody hear of what this client's commands do, and nothing keep them from being done?

    What is asked here is all that run() and call() ask.  No plain command can change the answer, so a yes is
    remembered: the client is at ease.
    """
    server = client.server
    is_up = (
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
    if not is_up:
        server.at_ease.add(client)
    return not is_up


def _go_alone(client: Client, argv: list[bytes], replies: bytearray) -> bool:
    """Perform a plain command that came alone; False when it is not plain, or something is up."""
    server = client.server
    command = PLAIN.get(argv[0])
    if command is None or not command.fewest <= len(argv) <= command.takes:
        return False
    if not (client in server.at_ease or nothing_is_up(client)):
        return False
    client.active_ns = server.clock.now_ns
    client.last_command = command
    try:
        reply = perform_plain(client, command, argv)
        replies += OK_LINE if reply is OK else ENCODERS.get(type(reply), encode)(reply, client.protocol)
    finally:
        if server.propagation.is_on:
            if server.changes:
                propagate(server, client, argv)
            else:
                server.propagation.no_note()
            _end(client, replies)
        elif server.changes:  # and nobody waits for the end of this turn, for nothing is up
            server.stats.changes += len(server.changes)
            server.changes.clear()
    return True


def _go_short(client: Client, commands: Burst, replies: bytearray, ends_ns: int) -> bool:
    """Perform the plain commands at the front; False when there is none."""
    is_done = False
    client.active_ns = client.server.clock.now_ns
    if isinstance(commands, Alike):
        return _perform_all(client, commands, replies, ends_ns)
    while commands:
        argv = commands[0]
        command = PLAIN.get(argv[0])
        if command is None or not command.fewest <= len(argv) <= command.takes:
            break
        client.last_command = command
        is_done = True
        if perform_row(client, command, commands, replies) > ends_ns or len(replies) > MANY_BYTES:
            break
    return is_done


def _perform_all(client: Client, commands: Alike, replies: bytearray, ends_ns: int) -> bool:
    """The same for commands alike: as many as there is time for, or none if they are not plain."""
    command = PLAIN.get(commands.name)
    if command is None or not command.fewest <= commands.width <= command.takes:
        return False
    client.last_command = command
    while commands and perform_alike(client, command, commands, replies) <= ends_ns:
        if len(replies) > MANY_BYTES:
            break
    return True


def _go_long(client: Client, argv: list[bytes], replies: bytearray) -> None:
    """Any command, whatever is up.

    What the client's outbox held before stands in front of the reply, what the command brought behind it.
    """
    client.server.at_ease.clear()
    if client.outbox.is_open:
        replies += client.outbox.take()
    reply = run(client, argv)
    if client.server.waiting.everybody:
        serve_waiters(client.server, call, run)
    if type(reply) is Blocked:
        let_wait(client, argv, reply)
    else:
        replies += reply_bytes(client, reply)


def take_woken(server: Server) -> list[Outbox]:
    """Whose bells are to be rung once the lock is released."""
    woken = server.to_wake[:]
    server.to_wake.clear()
    return woken
