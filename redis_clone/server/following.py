"""The replica's side of replication: this server follows a master, or becomes one again.

    follow            REPLICAOF host port: the data will be the master's; the link is network/master_link.py
    follow_nobody     REPLICAOF NO ONE: this server is a master, and its history branches off here
    go_on_under       a partial synchronization: the stream goes on, perhaps under another replication ID
    apply             the transactions of the stream

A full synchronization, which replaces all data, is in full_load.py.  While this server follows, other clients
may read but not write (CHECKS in checks.py), and no key expires by itself: an expired key is hidden from them
until the master deletes it.  The stream's commands go through dispatch.call like any others.  What they
change goes into the append-only file; the replicas of this replica get the bytes of the master as they came,
so that the offsets of all are the same.  The caller holds the lock.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter_ns
from typing import NamedTuple

from redis_clone import logging
from redis_clone.command_table.registry import find, lookup
from redis_clone.features.acl.users import default_user
from redis_clone.features.persistence.aof_reader import read_transactions
from redis_clone.features.replication.handshake import NOWHERE, Introduction
from redis_clone.features.replication.synced_offset import SyncedOffset
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.ops import REPLICAS
from redis_clone.server.blocked_clients import unblock_client
from redis_clone.server.clients import forget_client
from redis_clone.server.dispatch import call
from redis_clone.server.locking import TIME_SLICE_NS, locked, locked_outside_scripts
from redis_clone.server.memory import forget_memory
from redis_clone.server.state import Client, Server
from redis_clone.server.unexpected_errors import panic_if_disk_refuses, record_unexpected_error

CONNECT, CONNECTING, HANDSHAKE, SYNC, CONNECTED = "connect", "connecting", "handshake", "sync", "connected"
UNBLOCKED = RedisError(
    "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)"
)


class Following:
    """That this server follows a master; a new one each time it is told to follow another."""

    def __init__(self, host: str, port: int, may_continue: bool, now_ms: int) -> None:
        self.host = host
        self.port = port
        self.may_continue = may_continue  # the data are a past of some history, so PSYNC may ask for the rest
        self.state = CONNECT  # as ROLE shows it
        self.is_over = False  # it was told otherwise; stays set, so the link reads it without the lock
        self.heard_ms = now_ms  # when the master last sent anything
        self.lost_ms: int | None = None  # since when there is no link; None: there is one, or never was
        self.cut: Callable[[], object] = bool  # ends a wait for the master; set by network/
        self.total_bytes = self.read_bytes = -1  # of a file that is received on the disk
        self.client: Client | None = None  # the link to the master, while the stream goes on
        self.synced = SyncedOffset()  # how much of the stream is on the disk


def follow(server: Server, host: str, port: int, may_continue: bool = True) -> bool:
    """Follow this master from now on; False if it is the one already.

    `may_continue`: our data are a past of our history, which a master knows if it has followed us.
    """
    before: Following | None = server.following
    if before is not None and (before.host, before.port) == (host, port):
        return False
    if before is None:
        logging.set_role("S")
        server.propagation.flush()
        server.propagation.forget(server.replication.feed)  # replicas get the bytes of the master from now on
        _unblock_clients(server)
        if may_continue:
            logging.notice(
                "Before turning into a replica, using my own master parameters to synthesize a cached "
                "master: I may be able to synchronize with the new master with just a partial transfer."
            )
    else:
        _leave(before)
        may_continue = before.may_continue
    server.following = Following(host, port, may_continue, server.clock.now_ms)
    _show_role(server)
    server.start_link(server.following)
    return True


def follow_as_configured(server: Server) -> None:
    """At the start, after loading: follow the master of `replicaof`, if there is one."""
    if server.config["replicaof"]:
        host, port = server.config["replicaof"]
        follow(server, host, int(port), may_continue=server.replication.backlog is not None)


def follow_nobody(server: Server) -> None:
    """Be a master from now on; its replicas must come again, and may go on where they are."""
    before: Following | None = server.following
    if before is None:
        return
    _leave(before)
    server.following = None
    logging.set_role("M")
    history = server.replication.history
    history.branch()
    logging.notice(
        f"Setting secondary replication ID to {history.replid2}, valid up to offset: "
        f"{history.second_offset}. New replication ID is {history.replid}"
    )
    server.replication.encoder.forget_db()
    if server.replication.backlog is not None:
        server.propagation.listen(server.replication.feed, REPLICAS)
        server.replication.without_replicas_ms = server.clock.now_ms
    disconnect_replicas(server)
    restart_log(server)
    _show_role(server)


def restart_log(server: Server) -> None:
    """Begin the append-only file anew if it is off only because the data of a master were loaded."""
    if server.config["appendonly"] and not server.log.is_on:
        outside_scripts = partial(locked_outside_scripts, server)
        server.aof_rewriting.switch_on(partial(locked, server), outside_scripts, in_transaction=False)


def _unblock_clients(server: Server) -> None:
    """Clients that wait for a key or for replicas would wait for ever; those that a pause postpones stay."""
    blocked_clients = server.blocked_clients.clients
    for blocked_client in [each for each in blocked_clients if not each.wait.is_postponed]:
        unblock_client(blocked_client, UNBLOCKED)
        blocked_client.client.output_buffer.close_after_reply = True


def _leave(following: Following) -> None:
    following.is_over = True
    following.cut()


def _show_role(server: Server) -> None:
    """What follows from the role: CHECKS, expiry, and what CONFIG REWRITE will write."""
    following: Following | None = server.following
    is_told = following is not None and server.cluster is None  # by its administrator, and not its cluster
    address = f"{following.host} {following.port}" if following and is_told else ""
    server.config.set_all({"replicaof": address}, starting=True)
    if following is not None:
        server.restrictions.add("replica")
    else:
        server.restrictions.discard("replica")
    server.keep_expired_keys()


def disconnect_replicas(server: Server) -> None:
    """Close the links to our replicas, which come again at once and ask for what they need."""
    for replica in server.replication.replicas:
        replica.output_buffer.close()


def introduction(server: Server) -> Introduction:
    config = server.config
    own_port = config["tls-port"] if config["tls-replication"] else server.port
    port = config["replica-announce-port"] or own_port
    return Introduction(port, config["replica-announce-ip"], config["masteruser"], config["masterauth"])


def position(server: Server, following: Following) -> tuple[str, int]:
    """Where in which history the data are, for PSYNC."""
    history = server.replication.history
    return (history.replid, history.offset) if following.may_continue else NOWHERE


# Called by the link to the master.


def set_state(server: Server, following: Following, state: str) -> None:
    now_ms = server.clock.now_ms
    if state == CONNECTED:
        following.lost_ms = None
    elif following.state == CONNECTED:
        following.lost_ms = now_ms
    following.state, following.heard_ms = state, now_ms


def new_link_client(server: Server, following: Following, address: str) -> Client:
    """The client whose commands are those of the stream; CLIENT LIST shows it."""
    client = Client(server, next(server.client_ids), address)
    client.user, client.authenticated = default_user(), True
    client.is_master = True
    client.db = server.databases[max(server.replication.encoder.db, 0)]
    server.clients[client.id] = following.client = client
    return client


def forget_link(server: Server, following: Following) -> None:
    """The link is lost; it may be made anew."""
    client, following.client = following.client, None
    if client is not None:
        forget_client(client)
        server.clients.pop(client.id, None)
        forget_memory(client)
    if following.state == CONNECTED:
        logging.notice("Connection with master lost.")
    set_state(server, following, CONNECT)
    following.total_bytes = following.read_bytes = -1


def go_on_under(server: Server, replid: str) -> None:
    """The master takes us on where we are; its history may have another ID by now."""
    history = server.replication.history
    if replid and replid != history.replid:
        history.continue_as(replid)
        disconnect_replicas(server)
        logging.notice(f"Master replication ID changed to {replid}")
    if server.replication.backlog is None:
        server.replication.create_backlog()
    logging.notice("Successful partial resynchronization with master.")


class Received(NamedTuple):
    """A transaction of the stream, and its bytes."""

    commands: list[list[bytes]]
    data: bytes


def read_stream(receive: Callable[[int], bytes]) -> Iterator[Received]:
    r"""The transactions of the stream, each as soon as it has come as a whole.  BadFormat, CutShort.

    `receive` returns the next bytes; it is called only when more are needed than have come.  The bytes of a
    transaction are those since the one before it, so that signs of life before it count too.

    >>> from io import BytesIO
    >>> [each.data for each in read_stream(BytesIO(b"*1\r\n$4\r\nPING\r\n\n*1\r\n$4\r\nPING\r\n").read)]
    [b'*1\r\n$4\r\nPING\r\n', b'\n*1\r\n$4\r\nPING\r\n']
    """
    received, begin = bytearray(), 0

    def receive_and_keep(at_most: int) -> bytes:
        data = receive(at_most)
        received.extend(data)
        return data

    for commands, end in read_transactions(receive_and_keep, skips_newlines=True):
        yield Received(commands, bytes(received[: end - begin]))
        del received[: end - begin]
        begin = end


def apply(client: Client, transactions: deque[Received]) -> list[int]:
    """Run transactions off the front, for a time slice; returns what is to be acknowledged at once.

    For each REPLCONF GETACK that is the offset just before it, as in Redis: its own bytes do not count yet.
    No transaction runs during a pause, whatever it pauses: the offset stays where it is.
    """
    server, following = client.server, client.server.following
    asked: list[int] = []
    ends_ns = perf_counter_ns() + TIME_SLICE_NS
    for database in server.databases:
        database.expiry_is_on = False  # for the master a key is there until it says that it is not
    try:
        while transactions and perf_counter_ns() < ends_ns and not server.pause.is_on:
            commands, data = transactions.popleft()
            asked += [server.replication.history.offset for argv in commands if _run(client, argv)]
            server.propagation.end_transaction()
            if following.is_over:
                break  # a command of the stream was REPLICAOF, or its error has ended the server
            server.replication.encoder.db = client.db.index
            server.replication.append(data)
    finally:
        for database in server.databases:
            database.expiry_is_on = True
    client.active_ns = server.clock.now_ns
    return asked


def _run(client: Client, argv: list[bytes]) -> bool:
    """Run a command of the master; True if it asks how far we are."""
    server, client.last_command = client.server, lookup(argv)
    if [word.upper() for word in argv[:2]] == [b"REPLCONF", b"GETACK"]:
        return True
    try:
        command = find(argv)
        if "disk" in server.restrictions and "write" in command.flags:
            panic_if_disk_refuses(server)
        reply = call(client, command, argv) if not server.panicked else None
    except RedisError as error:
        server.stats.count_error(str(error))
        reply = error
    if isinstance(reply, RedisError):
        record_unexpected_error(client, reply)
    return False
