"""The master's side of replication: replicas come, are synchronized and fed, acknowledge, and leave.

    synchronize       PSYNC and SYNC: the client becomes a replica, and goes on where it was, or needs all
    acknowledge       REPLCONF ACK: how far it is; clients in WAIT or WAITAOF may go on
    forget_replica    it has left
    tick              the cron: full synchronizations that may begin, PING, time-outs, the end of the backlog

A replica's connection is like any other: its thread reads REPLCONF ACK, and sends what is in the output
buffer, which is the stream.  The caller holds the lock.
"""

from redis_clone import logging
from redis_clone.features.persistence.rdb_loader import Loaded
from redis_clone.features.replication.replica import ONLINE, SENDING, WAITING, Replica
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.ops import REPLICAS
from redis_clone.protocol.replies import Encoded
from redis_clone.server.blocked_clients import serve_polled_clients
from redis_clone.server.full_sync import begin_full_sync_if_due
from redis_clone.server.state import Client, Server

NOTHING = Encoded(b"")


def replica_of(client: Client) -> Replica:
    """What is known of the replica at the other end of this connection."""
    if client.replica is None:
        client.replica = Replica(client, client.output_buffer)
        client.replica.address = client.address
    return client.replica


# A replica comes.


def synchronize(client: Client, replid: str, next_offset: int, acknowledges: bool) -> Encoded:
    """Make the client a replica; returns the first bytes for it.

    `replid` and `next_offset` say where it was, "?" and -1 that it has nothing; `acknowledges`: it has sent
    PSYNC, and not SYNC.
    """
    server, replica = client.server, replica_of(client)
    if client.is_replica or client in server.monitors.listeners:
        return NOTHING
    if server.failover.is_on:
        raise RedisError("NOMASTERLINK Can't SYNC while failing over")
    if not (replica.takes_data and replica.takes_functions) and not replica.takes_mark:
        raise RedisError("ERR Filtered replica requires EOF capability")
    if server.following is not None and server.following.state != "connected":
        raise RedisError("NOMASTERLINK Can't SYNC while not connected with my master")
    logging.notice(f"Replica {replica.name} asks for synchronization")
    server.propagation.flush()  # what came before in the same pipeline
    replica.acknowledges = acknowledges
    if server.replication.may_continue(replid, next_offset):
        return _continue(client, replica, next_offset)
    if acknowledges and replid != "?":
        server.stats.refused_partial_syncs += 1
        _log_refusal(server, replica, replid, next_offset)
    return _wait_for_full_sync(client, replica)


def _continue(client: Client, replica: Replica, next_offset: int) -> Encoded:
    replication = client.server.replication
    _attach(client, replica)
    client.server.stats.partial_syncs += 1
    missed = replication.start_feeding(replica, next_offset)
    logging.notice(
        f"Partial resynchronization request from {replica.name} accepted. Sending {missed} bytes of backlog "
        f"starting from offset {next_offset}."
    )
    replication.look_for_good()
    replid = f" {replication.history.replid}" if replica.takes_new_id else ""
    return Encoded(f"+CONTINUE{replid}\r\n".encode())


def _log_refusal(server: Server, replica: Replica, replid: str, next_offset: int) -> None:
    history = server.replication.history
    if history.has(replid, next_offset):
        logging.notice(
            f"Unable to partial resync with replica {replica.name} for lack of backlog (Replica request was: "
            f"{next_offset})."
        )
    elif replid != history.replid2:
        logging.notice(
            f"Partial resynchronization not accepted: Replication ID mismatch (Replica asked for '{replid}', "
            f"my replication IDs are '{history.replid}' and '{history.replid2}')"
        )
    else:
        logging.notice(
            "Partial resynchronization not accepted: Requested offset for second ID was "
            f"{next_offset}, but I can reply up to {history.second_offset}"
        )


def _wait_for_full_sync(client: Client, replica: Replica) -> Encoded:
    server = client.server
    replication = server.replication
    server.stats.full_syncs += 1
    logging.notice(f"Full resync requested by replica {replica.name}")
    _attach(client, replica)
    if server.config["repl-disable-tcp-nodelay"]:
        client.delay_sending()
    if replication.backlog is None:  # a replica of a master always has one
        replication.history.begin()
        start_stream(server)
        logging.notice(
            "Replication backlog created, my new replication IDs are "
            f"'{replication.history.replid}' and '{replication.history.replid2}'"
        )
    begin_full_sync_if_due(server)
    if replica in replication.waiting:
        is_busy = server.full_sync is not None or server.saves.in_progress or server.rewrites.job is not None
        why = "Waiting for next BGSAVE for SYNC" if is_busy else "Delay next BGSAVE for diskless SYNC"
        logging.notice(why)
    return NOTHING


def start_stream(server: Server) -> None:
    """Keep a backlog from now on, and continue it by each change."""
    server.replication.create_backlog()
    server.propagation.listen(server.replication.feed, REPLICAS)


def resume_history(server: Server, loaded: Loaded) -> None:
    """After a restart: replicas that have all of what was saved can go on without a full synchronization.

    They still have the keys that expired meanwhile and were not loaded, and are told so first.
    """
    if not loaded.replid:
        return
    replication = server.replication
    replication.without_replicas_ms = server.clock.now_ms
    if server.config["replicaof"]:  # a replica goes on where it was, and so do its replicas
        replication.history.adopt(loaded.replid, loaded.offset)
        replication.encoder.db = loaded.stream_db
        replication.create_backlog()
        return
    replication.history.restore(loaded.replid, loaded.offset)
    start_stream(server)
    replication.feed([(db, [b"DEL", key], REPLICAS) for db, key in loaded.expired_keys])


def _attach(client: Client, replica: Replica) -> None:
    client.is_replica = client.output_buffer.is_replica = client.output_buffer.takes_pushes = True
    client.reply_off = True  # nothing but the stream is sent
    client.server.pubsub.forget(client)
    client.server.tracking.stop(client)
    replication, now_ms = client.server.replication, client.server.clock.now_ms
    replica.state, replica.since_ms, replica.heard_ms = WAITING, now_ms, now_ms
    replication.replicas[replica] = None
    replication.without_replicas_ms = None


# A replica is there.


def acknowledge(client: Client, offset: int, synced_offset: int | None) -> None:
    """A replica has all of the stream up to `offset`, and up to `synced_offset` on its disk."""
    server, replica = client.server, client.replica
    if replica is None or not client.is_replica:
        return
    replica.heard_ms, replica.has_loaded = server.clock.now_ms, True
    replica.offset = max(replica.offset, offset)
    replica.synced_offset = max(replica.synced_offset, synced_offset or 0)
    if replica.state == ONLINE and not replica.is_fed:
        server.replication.start_feeding(replica, replica.stream_from)
        logging.notice(f"Streaming to replica {replica.name} starts, for it has loaded the file")
        server.replication.look_for_good()
    serve_polled_clients(server)


def take_sign_of_life(client: Client) -> None:
    """An empty line has come: a replica sends one each second while it loads, and is not late meanwhile."""
    if client.replica is not None:
        client.replica.heard_ms = client.server.clock.now_ms


def ask_how_far(server: Server) -> None:
    """Ask all replicas to acknowledge what they have now; nothing is sent during a pause of writes."""
    server.propagation.flush()
    replication = server.replication
    if server.pause.is_on or replication.asked_at == replication.history.offset or not replication.replicas:
        return
    server.propagation.send_to_replicas(b"REPLCONF", b"GETACK", b"*")
    server.propagation.flush()
    replication.asked_at = replication.history.offset


# A replica leaves.


def forget_replica(client: Client) -> None:
    """The connection has ended."""
    server, replica = client.server, client.replica
    if replica is None or replica not in server.replication.replicas:
        return
    logging.notice(f"Connection with replica {replica.name} lost.")
    del server.replication.replicas[replica]
    if not server.replication.replicas:
        server.replication.without_replicas_ms = server.clock.now_ms
    server.replication.look_for_good()
    serve_polled_clients(server)


# The cron.


def tick(server: Server) -> None:
    """Called ten times a second or so; most is done once a second."""
    replication, now_ms = server.replication, server.clock.now_ms
    begin_full_sync_if_due(server)
    if now_ms < replication.next_second_ms:
        return
    replication.next_second_ms = now_ms + 1000
    replication.seconds += 1
    if replication.replicas:
        if server.following is None:  # else they hear the master's
            _ping(server)
        _keep_waiting_replicas(server)
        _close_late_replicas(server)
    _free_unused_backlog(server)
    replication.look_for_good()


def _ping(server: Server) -> None:
    """Let the replicas hear of us, even if nothing changes; but a pause holds the offset where it is."""
    is_due = server.replication.seconds % server.config["repl-ping-replica-period"] == 0
    if is_due and not server.pause.is_on:
        server.propagation.send_to_replicas(b"ping")


def _keep_waiting_replicas(server: Server) -> None:
    """Send a newline to replicas that wait for a file, lest they think that we are gone."""
    job = server.full_sync
    for replica in server.replication.replicas:
        is_in_file = job is not None and job.is_sending and replica in job.replicas
        if replica.state != ONLINE and not is_in_file:
            replica.output_buffer.append(b"\n")


def _close_late_replicas(server: Server) -> None:
    """Close the links of replicas that say nothing, take nothing, or lag too far behind to be fed at all."""
    now_ms, timeout_ms = server.clock.now_ms, server.config["repl-timeout"] * 1000
    for replica in server.replication.replicas:
        is_silent = now_ms - replica.heard_ms > timeout_ms
        if replica.state == ONLINE and replica.acknowledges and is_silent:
            logging.warning(f"Disconnecting timedout replica (streaming sync): {replica.name}")
            replica.output_buffer.close()
        elif replica.state == SENDING and replica.seconds_stuck(now_ms) * 1000 > timeout_ms:
            logging.warning(f"Disconnecting timedout replica (full sync): {replica.name}")
            replica.output_buffer.close()
        elif replica.needs_backlog and _is_too_far_behind(server, replica):
            replica.output_buffer.overflow()


def _is_too_far_behind(server: Server, replica: Replica) -> bool:
    hard, _, _ = server.output_buffer_limits.of("slave")
    return 0 < hard < server.replication.history.offset - replica.stream_from


def _free_unused_backlog(server: Server) -> None:
    replication, seconds = server.replication, server.config["repl-backlog-ttl"]
    since_ms = replication.without_replicas_ms
    if replication.backlog is None or since_ms is None or not seconds or server.following is not None:
        return
    if server.clock.now_ms - since_ms > seconds * 1000:
        server.propagation.flush()
        server.propagation.forget(replication.feed)
        replication.free_backlog()
        logging.notice(f"Replication backlog freed after {seconds} seconds without connected replicas.")
