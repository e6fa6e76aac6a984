"""Blocked clients: they wait for a key that somebody will write, or for the end of a pause.

features/blocking.py knows who waits for what; here clients are blocked, served and unblocked.  A client is
served by running its command again, in the way of every command.  The caller holds the lock.
"""

from redis_clone.features.blocking import Blocked, BlockedClient, DbKey
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import ENCODERS, Reply, encode
from redis_clone.server.checks import refusal, reject_command
from redis_clone.server.dispatch import call, process_command
from redis_clone.server.state import Client, Server


def encode_reply(client: Client, reply: Reply) -> bytes:
    """The bytes to be sent for a reply; none where CLIENT REPLY has turned it off."""
    encoded = ENCODERS.get(type(reply), encode)(reply, client.protocol)
    if client.reply_off:
        return b""
    if client.reply_skip:
        client.reply_skip -= 1
        return b""
    return encoded


def block_client(client: Client, argv: list[bytes], blocked: Blocked) -> None:
    """Have a client wait; there is nothing to send for now."""
    timeout_ns = blocked.timeout_ms * 1_000_000
    client.blocked = BlockedClient(
        client=client,
        command=client.last_command,
        argv=blocked.argv or argv,
        wait=blocked,
        db_keys=[(client.db.index, key) for key in blocked.keys],
        deadline_ns=client.server.clock.now_ns + timeout_ns if timeout_ns else None,
    )
    client.server.blocked_clients.add(client.blocked)


def serve_blocked_clients(server: Server) -> None:
    """Run the commands again that wait for a key which was written; that may write more keys, as BLMOVE does.

    Before them, if the pause is over, the commands that were postponed to its end.
    """
    if server.blocked_clients.postponed and not server.pause.is_on:
        _run_postponed(server)
    while ready := server.blocked_clients.take_ready_keys():
        for db_key in ready:
            for blocked_client in server.blocked_clients.blocked_on(db_key):
                _serve(server, blocked_client, db_key)


def _run_postponed(server: Server) -> None:
    """Run the postponed commands in the order in which they came, each as a command that comes now."""
    for postponed in list(server.blocked_clients.postponed):
        client: Client = postponed.client
        server.blocked_clients.remove(postponed)
        client.blocked = None
        if client.output_buffer.has_hung_up():
            continue  # it did not wait for the end
        reply = process_command(client, postponed.argv)
        if type(reply) is Blocked:
            block_client(client, postponed.argv, reply)
            server.to_wake.append(client.output_buffer)  # it has another time-out now
        else:
            client.output_buffer.append(encode_reply(client, reply))


def _serve(server: Server, blocked_client: BlockedClient, db_key: DbKey) -> None:
    """Run the command of a blocked client again; nothing happens while the key holds no value of its kind."""
    client, command, argv = blocked_client.client, blocked_client.command, blocked_client.argv
    db, key = db_key
    value = server.databases[db].get_no_stats(key)
    if not isinstance(value, blocked_client.wait.kind) and not blocked_client.wait.wakes_without_key:
        return
    if client.output_buffer.has_hung_up():
        return  # it would take the element with it
    error = refusal(client, command, argv)  # its rights may have changed meanwhile; asked since 7.2
    reply = reject_command(client, argv, error) if error else call(client, command, argv)
    server.propagation.end_transaction()
    if type(reply) is not Blocked:
        _send_reply(blocked_client, reply)


def unblock_client(blocked_client: BlockedClient, reply: Reply) -> None:
    """Ends a wait that brought nothing: its time is up, or CLIENT UNBLOCK ended it.

    Only now does it count as a call; the time that it waited is no time that it took.
    """
    server: Server = blocked_client.client.server
    server.command_stats.record(blocked_client.command, 0)
    if type(reply) is RedisError:
        server.stats.count_error(str(reply))
        server.command_stats.of(blocked_client.command).failed += 1
    _send_reply(blocked_client, reply)


def _send_reply(blocked_client: BlockedClient, reply: Reply) -> None:
    """The client is not blocked any more; its connection finds the reply in the output buffer."""
    client: Client = blocked_client.client
    client.server.blocked_clients.remove(blocked_client)
    client.blocked = None
    client.output_buffer.append(encode_reply(client, reply))
