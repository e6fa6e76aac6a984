"""A client's turn: it has the lock, and as many of its commands are run as are there.

    execute_all      takes the lock, and gives it back with the replies as bytes
      _go_long       any command: its whole way (dispatch.run), and then
        serve_waiters    runs again whoever waits for a key that was written (serving.py)
      _go_short      the plain commands of a pipeline, when nothing is up
        perform_alike, perform_row   those of one name that stand together (alike.py)

The server's lock is taken here and in locking.py, for what is not a command, and nowhere else.  Under it
nothing waits: no socket, no sleep.  A turn lasts a millisecond at most; then others have theirs.

**The short way.**  Most of the time nobody listens and nothing is amiss: no client tracks or waits or
monitors, memory has no limit.  That is asked once (nothing_is_up), and then plain commands, which touch the
data and nothing else, are performed one after the other without asking it all again; only the log is told.
A SET in a pipeline takes half as long.
"""

from time import perf_counter_ns

from redis_clone.alike import note_changes, perform_alike, perform_row
from redis_clone.blocking import Blocked
from redis_clone.dispatch import call, perform, run
from redis_clone.outbox import Outbox
from redis_clone.protocol.bursts import Alike, Burst, Commands
from redis_clone.protocol.replies import encode
from redis_clone.registry import PLAIN
from redis_clone.serving import let_wait, reply_bytes, serve_waiters
from redis_clone.state import Client, Server

TURN_NS = 1_000_000  # of one connection, when it has sent many commands at once
MANY_BYTES = 64 * 1024  # of replies: it is time to send them


def execute(client: Client, argv: list[bytes]) -> bytes:
    """Run one command; returns its reply as bytes."""
    replies = bytearray()
    execute_all(client, Commands([argv]), replies)
    return bytes(replies)


def execute_all(client: Client, commands: Burst, replies: bytearray) -> None:
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


def _go_short(client: Client, commands: Burst, replies: bytearray, ends_ns: int) -> bool:
    """Perform the plain commands at the front; False when there is none."""
    server, is_done = client.server, False
    client.active_ns = server.clock.now_ns
    if isinstance(commands, Alike):
        return _perform_all(client, commands, replies, ends_ns)
    while commands:
        argv = commands[0]
        command = PLAIN.get(argv[0])
        if command is None or not command.fewest <= len(argv) <= command.takes:
            break
        client.last_command = command
        is_done = True
        if len(commands) > 1:
            if perform_row(client, command, commands, replies) > ends_ns or len(replies) > MANY_BYTES:
                break
            continue
        commands.clear()
        try:
            replies += encode(perform(client, command, argv), client.protocol)
        finally:
            if server.changes:
                note_changes(client, [argv], commands)
            elif server.propagation.is_on:
                server.propagation.no_note()
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
