"""Blocks clients, runs their commands again when a key is written, and unblocks them.

features/blocking.py records which client waits for which key.  A blocked client is served by running its
command again through dispatch.call, as if the client had just sent it; so each blocking command is written
once.  Commands that CLIENT PAUSE or a rule of a test has postponed wait here too.  The caller holds the lock.
"""

from redis_clone import logging
from redis_clone.features.blocking import Blocked, BlockedClient, DbKey
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import ENCODERS, Encoded, Push, Replies, Reply, encode
from redis_clone.server.checks import permission_error, reject_command
from redis_clone.server.dispatch import call, process_command
from redis_clone.server.state import Client, Server
from redis_clone.server.unexpected_errors import record_unexpected_error


def encode_reply(client: Client, reply: Reply) -> bytes:
    """The bytes to send for the reply of a command that is over; CLIENT REPLY may mute it."""
    if client.asking and not client.transaction.queuing:
        client.asking >>= 1  # ASKING covers one command, or one MULTI ... EXEC
    if client.reply_off or client.reply_skip:
        if client.is_replica and type(reply) is not Encoded:
            return _close_replica(client, reply)
        reply = let_through(client, reply)
        client.reply_skip >>= 1
    return ENCODERS.get(type(reply), encode)(reply, client.protocol)


def _close_replica(client: Client, reply: Reply) -> bytes:
    """Close the link of a replica whose command has a reply: it must not stand amid the stream."""
    name = client.last_command.shown_name if client.last_command else "NULL"
    logging.warning(f"Replica generated a reply to command {name}, disconnecting it: {client.address}")
    if type(reply) is RedisError:
        record_unexpected_error(client, reply)
    client.output_buffer.close()
    return b""


def let_through(client: Client, reply: Reply) -> Reply:
    """The part of a reply that CLIENT REPLY does not mute now: a muted client gets pushes alone.

    EXEC mutes the replies of its commands one by one, so what is Encoded passes as it is.
    """
    if not client.is_muted or isinstance(reply, (Push, Encoded)):
        return reply
    return Replies(part for part in reply if type(part) is Push) if type(reply) is Replies else Encoded(b"")


def block_client(client: Client, argv: list[bytes], blocked: Blocked) -> None:
    """Block a client whose command has returned `blocked`; nothing is sent for now."""
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
    """Run postponed commands whose time has come; then serve the clients blocked on keys that were written.

    To serve a client may write more keys, as BLMOVE does, so it goes on until no key is ready.
    """
    if server.blocked_clients.postponed and (not server.pause.is_on or server.pause.was_eased):
        server.pause.was_eased = False
        _run_postponed(server)
    while ready := server.blocked_clients.take_ready_keys():
        for db_key in ready:
            for blocked_client in server.blocked_clients.blocked_on(db_key):
                _serve(server, blocked_client, db_key)


def _run_postponed(server: Server) -> None:
    """Run the postponed commands that are not delayed any more, in their order, each as a new command.

    One that another pause holds is postponed again.
    """
    for postponed in list(server.blocked_clients.postponed):
        if (postponed.deadline_ns or 0) > server.clock.now_ns:
            continue
        if postponed not in server.blocked_clients.postponed:
            continue  # its client has left while a command before it had released the lock
        server.blocked_clients.remove(postponed)
        client: Client = postponed.client
        client.blocked = None
        if client.output_buffer.has_hung_up():
            continue  # the command of a client that has left does not run
        client.is_served = True
        try:
            _run_as_new(client, postponed.argv)
        finally:
            client.is_served = False


def _run_as_new(client: Client, argv: list[bytes]) -> None:
    reply = process_command(client, argv)
    if type(reply) is Blocked:
        block_client(client, argv, reply)
        client.server.to_wake.append(client.output_buffer)  # its thread must look at the new deadline
    else:
        client.output_buffer.append(encode_reply(client, reply))


def _serve(server: Server, blocked_client: BlockedClient, db_key: DbKey) -> None:
    """Run a blocked client's command again, if the key holds a value of the kind that it waits for."""
    client, command, argv = blocked_client.client, blocked_client.command, blocked_client.argv
    db, key = db_key
    value = server.databases[db].get_no_stats(key)
    if not isinstance(value, blocked_client.wait.kind) and not blocked_client.wait.wakes_without_key:
        return
    if client.output_buffer.has_hung_up():
        return  # an element that is popped for it would be lost
    error = permission_error(client, command, argv)  # its rights may have changed; checked since 7.2
    reply = reject_command(client, argv, error) if error else call(client, command, argv)
    server.propagation.end_transaction()
    if type(reply) is not Blocked:
        _send_reply(blocked_client, reply)


def wake_blocked_clients(server: Server) -> None:
    """Have the threads of blocked clients look at their deadlines again, for the clock was moved."""
    server.to_wake += [each.client.output_buffer for each in server.blocked_clients.clients]


def serve_polled_clients(server: Server) -> None:
    """Unblock the clients that wait for no key and may go on: a replica has said how far it is."""
    for blocked_client in list(server.blocked_clients.polled):
        reply = blocked_client.wait.poll(False)  # type: ignore[misc]  # only those that have one are there
        if reply is not None:
            unblock_client(blocked_client, reply)


def unblock_client(blocked_client: BlockedClient, reply: Reply) -> None:
    """End a wait without an element: after the time-out, or by CLIENT UNBLOCK.

    The command is counted as a call only now, with no duration: waiting is not running.
    """
    server: Server = blocked_client.client.server
    server.command_stats.record(blocked_client.command, 0)
    if type(reply) is RedisError:
        server.stats.count_error(str(reply))
        server.command_stats.of(blocked_client.command).failed += 1
    _send_reply(blocked_client, reply)


def _send_reply(blocked_client: BlockedClient, reply: Reply) -> None:
    """Unblock a client and put the reply into its output buffer."""
    client: Client = blocked_client.client
    client.server.blocked_clients.remove(blocked_client)
    client.blocked = None
    client.output_buffer.append(encode_reply(client, reply))
