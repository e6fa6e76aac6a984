"""Those who wait: for a key that somebody will write, or for the end of a pause.

blocking.py is the waiting room; here its guests come in, are served, and leave.  A guest is served by running
his command again, in the way of every command, so the two functions that do that are handed in:

    Call     run a command that was let in already (dispatch.call)
    Run      let it in first, for it has waited at the door (dispatch.run)

The caller holds the lock.
"""

from collections.abc import Callable

from redis_clone.admission import refuse
from redis_clone.blocking import Blocked, PlaceOfKey, Waiter
from redis_clone.checks import refusal
from redis_clone.errors import RedisError
from redis_clone.protocol.replies import Reply, encode
from redis_clone.registry import Command
from redis_clone.state import Client, Server

Run = Callable[[Client, list[bytes]], Reply]
Call = Callable[[Client, Command, list[bytes]], Reply]


def reply_bytes(client: Client, reply: Reply) -> bytes:
    """What is sent for a reply; nothing where CLIENT REPLY has turned it off."""
    encoded = encode(reply, client.protocol)
    if not client.silent:
        return encoded
    client.silent -= client.silent > 0
    return b""


def let_wait(client: Client, argv: list[bytes], blocked: Blocked) -> None:
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


def serve_waiters(server: Server, call: Call, run: Run) -> None:
    """Run again whoever waits for a key that was written; that may write more keys, as BLMOVE does.

    Before them, whoever waits for the end of a pause, if this is it.
    """
    if server.waiting.postponed and not server.pause.is_on:
        _run_postponed(server, run)
    while ready := server.waiting.take_ready():
        for place in ready:
            for waiter in server.waiting.waiting_for(place):
                _serve(server, waiter, place, call)


def _run_postponed(server: Server, run: Run) -> None:
    """In the order in which they came, and each in the way of a command that comes now."""
    for waiter in list(server.waiting.postponed):
        client: Client = waiter.client
        server.waiting.leave(waiter)
        client.waiter = None
        if client.outbox.is_gone():
            continue  # it did not wait for the end
        reply = run(client, waiter.argv)
        if type(reply) is Blocked:
            let_wait(client, waiter.argv, reply)
            server.to_wake.append(client.outbox)  # it has another time-out now
        else:
            client.outbox.put(reply_bytes(client, reply))


def _serve(server: Server, waiter: Waiter, place: PlaceOfKey, call: Call) -> None:
    db, key = place
    blocked = waiter.blocked
    value = server.databases[db].peek(key)
    if not isinstance(value, blocked.kind) and not blocked.wakes_without_key:
        return
    if waiter.client.outbox.is_gone():
        return  # it would take the element with it
    client, argv = waiter.client, waiter.argv
    error = refusal(client, waiter.command, argv)  # its rights may have changed meanwhile; asked since 7.2
    reply = refuse(client, argv, error) if error else call(client, waiter.command, argv)
    server.propagation.end_unit()
    if type(reply) is not Blocked:
        _answer(waiter, reply)


def end_wait(waiter: Waiter, reply: Reply) -> None:
    """A wait that brought nothing: its time is up, or CLIENT UNBLOCK ended it.

    Only now does it count as a call; the time that it waited is no time that it took.
    """
    server: Server = waiter.client.server
    server.command_stats.note(waiter.command, 0)
    if type(reply) is RedisError:
        server.stats.count_error(str(reply))
        server.command_stats.of(waiter.command).failed += 1
    _answer(waiter, reply)


def _answer(waiter: Waiter, reply: Reply) -> None:
    """The wait is over; the connection finds the reply in its outbox."""
    client: Client = waiter.client
    client.server.waiting.leave(waiter)
    client.waiter = None
    client.outbox.put(reply_bytes(client, reply))
