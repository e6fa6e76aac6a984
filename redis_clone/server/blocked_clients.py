"""Blocked clients: they wait for a key that somebody will write, or for the end of a pause.

features/blocking.py knows who waits for what; here clients are blocked, served and unblocked.  A client is
served by running its command again, in the way of every command.  The caller holds the lock.
"""

from redis_clone.features.blocking import Blocked, PlaceOfKey, Waiter
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import ENCODERS, Reply, encode
from redis_clone.server.checks import refusal, reject_command
from redis_clone.server.dispatch import call, process_command
from redis_clone.server.state import Client, Server


def encode_reply(client: Client, reply: Reply) -> bytes:
    """The bytes to be sent for a reply; none where CLIENT REPLY has turned it off."""
    encoded = ENCODERS.get(type(reply), encode)(reply, client.protocol)
    if not client.silent:
        return encoded
    client.silent -= client.silent > 0
    return b""


def block_client(client: Client, argv: list[bytes], blocked: Blocked) -> None:
    """Have a client wait; there is nothing to send for now."""
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


def serve_blocked_clients(server: Server) -> None:
    """Run the commands again that wait for a key which was written; that may write more keys, as BLMOVE does.

    Before them, if the pause is over, the commands that were postponed to its end.
    """
    if server.waiting.postponed and not server.pause.is_on:
        _run_postponed(server)
    while ready := server.waiting.take_ready():
        for place in ready:
            for waiter in server.waiting.waiting_for(place):
                _serve(server, waiter, place)


def _run_postponed(server: Server) -> None:
    """In the order in which they came, and each as a command that comes now."""
    for waiter in list(server.waiting.postponed):
        client: Client = waiter.client
        server.waiting.leave(waiter)
        client.waiter = None
        if client.outbox.is_gone():
            continue  # it did not wait for the end
        reply = process_command(client, waiter.argv)
        if type(reply) is Blocked:
            block_client(client, waiter.argv, reply)
            server.to_wake.append(client.outbox)  # it has another time-out now
        else:
            client.outbox.put(encode_reply(client, reply))


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
    reply = reject_command(client, argv, error) if error else call(client, waiter.command, argv)
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
    client.outbox.put(encode_reply(client, reply))
