"""Full synchronization: all data as they are now go to replicas, and then the stream from that instant on.

    begin_full_sync_if_due    under the lock: the snapshot, and the offset that belongs to it
    the thread "sync"         makes an RDB file of it, and puts it into the output buffers of the replicas

One snapshot serves all replicas that wait.  There are two forms of the transfer:

    $EOF:<mark> ... <mark>    made while it is sent, with a mark at the end; `repl-diskless-sync yes`
    $<length> ...             written to the disk first, because its length must be known

The thread puts a piece into a replica's output buffer only when there is room, so the slowest replica of a
group sets the pace and memory stays bounded.  What changes meanwhile is in the backlog, which keeps it until
the replica has the file.  There is one snapshot at a time: a save and a rewrite wait for a synchronization,
and it waits for them.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from redis_clone import logging
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import Entry, Snapshot
from redis_clone.features.replication.replica import ONLINE, SENDING, TRANSMITTED, Replica
from redis_clone.server.locking import locked
from redis_clone.server.state import Server

PIECE = 64 * 1024  # bytes of a file on the disk that are sent at once
ROOM = 1024 * 1024  # bytes that may wait in the output buffer of a replica
NAP_SECONDS = 0.001  # between two looks at whether there is room
JOIN_SECONDS = 5.0


class NoReplicaLeft(Exception):
    """Every replica that the file was for has left."""


class FullSync:
    """One full synchronization."""

    def __init__(
        self, snapshot: Snapshot, replicas: list[Replica], has_mark: bool, aux_fields: Mapping[str, str | int]
    ) -> None:
        self.snapshot = snapshot
        self.replicas = replicas
        self.has_mark = has_mark
        self.aux_fields = aux_fields
        self.is_sending = False  # the file's first bytes are in the output buffers
        self.thread: threading.Thread

    @property
    def takes_data(self) -> bool:
        return self.replicas[0].takes_data

    @property
    def takes_functions(self) -> bool:
        return self.replicas[0].takes_functions


def begin_full_sync_if_due(server: Server) -> None:
    """Begin a full synchronization of the replicas that wait for one, unless it must wait.

    With a mark a replica that comes later cannot join.  So a group waits `repl-diskless-sync-delay` seconds
    for more, or until there are `repl-diskless-sync-max-replicas`.
    """
    waiting = server.replication.waiting
    if not waiting or server.closing:
        return
    if server.full_sync is not None:
        _join(server, server.full_sync, waiting)
    elif not server.saves.in_progress and server.rewrites.job is None:
        group = [each for each in waiting if _takes_the_same(each, waiting[0])]
        has_mark = server.config["repl-diskless-sync"] and all(replica.takes_mark for replica in group)
        if not has_mark or _has_waited(server, group):
            _begin(server, group, has_mark)


def _takes_the_same(one: Replica, other: Replica) -> bool:
    return (one.takes_data, one.takes_functions) == (other.takes_data, other.takes_functions)


def _has_waited(server: Server, group: list[Replica]) -> bool:
    most = server.config["repl-diskless-sync-max-replicas"]
    waited_ms = server.clock.now_ms - min(replica.since_ms for replica in group)
    return bool(0 < most <= len(group) or waited_ms >= server.config["repl-diskless-sync-delay"] * 1000)


def _join(server: Server, job: FullSync, waiting: list[Replica]) -> None:
    """Let replicas join while the file is being written to the disk; their stream begins where its does."""
    if job.has_mark or job.is_sending or not job.replicas:
        return
    first = job.replicas[0]
    for replica in waiting:
        if _takes_the_same(replica, first):
            logging.notice("Waiting for end of BGSAVE for SYNC")
            _promise(server, replica, first.stream_from)
            job.replicas.append(replica)


def _promise(server: Server, replica: Replica, stream_from: int) -> None:
    """Tell a replica which history its data will belong to, and how far they will have come in it."""
    replica.state, replica.stream_from = SENDING, stream_from
    if replica.acknowledges:
        line = f"+FULLRESYNC {server.replication.history.replid} {stream_from - 1}\r\n"
        replica.output_buffer.append(line.encode())


def _begin(server: Server, group: list[Replica], has_mark: bool) -> None:
    """The snapshot, its offset, and a stream that begins with a SELECT, all in one instant."""
    replication = server.replication
    server.propagation.flush()
    logging.notice(f"Starting BGSAVE for SYNC with target: {'replicas sockets' if has_mark else 'disk'}")
    job = FullSync(server.dataset.snapshot(), group, has_mark, server.dataset.aux_fields())
    for replica in group:
        _promise(server, replica, replication.history.offset + 1)
    if server.following is None:  # else the stream is the master's, and the file says which database it is in
        replication.encoder.forget_db()
    server.full_sync, server.saves.is_sending = job, True
    job.thread = threading.Thread(target=_run, args=(server, job), name="sync", daemon=True)
    try:
        job.thread.start()
    except RuntimeError as problem:
        logging.warning(f"Can't start a full synchronization: {problem}")
        _end(server, job, is_whole=False)


# The thread "sync".


def _run(server: Server, job: FullSync) -> None:
    is_whole = False
    try:
        if job.has_mark:
            _send_with_mark(server, job)
        else:
            _send_from_disk(server, job)
        is_whole = True
    except NoReplicaLeft:
        logging.notice("All replicas have left, so their full synchronization is given up.")
    except OSError as problem:
        logging.warning(f"Full synchronization failed: {problem.strerror}")
    finally:
        with locked(server):
            _end(server, job, is_whole)


def _send_with_mark(server: Server, job: FullSync) -> None:
    mark = os.urandom(20).hex().encode()
    _send(server, job, b"$EOF:" + mark + b"\r\n")
    _write(server, job, partial(_send, server, job))
    _send(server, job, mark)


def _send_from_disk(server: Server, job: FullSync) -> None:
    """The file is without a name, or is deleted when it is closed: nobody but these replicas needs it."""
    import tempfile  # needed here alone, and brings five modules

    with tempfile.TemporaryFile(dir=server.config["dir"], prefix="temp-") as file:
        _write(server, job, file.write)
        length = file.tell()
        file.seek(0)
        _send(server, job, b"$%d\r\n" % length)
        while piece := file.read(PIECE):
            _send(server, job, piece)


def _write(server: Server, job: FullSync, write: Callable[[bytes], object]) -> None:
    """Write the RDB file, slice by slice of the snapshot."""
    config = server.config
    sizes = job.snapshot.sizes if job.takes_data else {}
    writer = RdbWriter(write, sizes, config["rdbcompression"], config["rdbchecksum"])
    writer.begin(job.aux_fields, job.snapshot.libraries if job.takes_functions else ())
    pause_s = max(config["rdb-key-save-delay"], 0) / 1e6
    while job.takes_data and (entries := _next_slice(server, job)):
        _add(writer, entries, pause_s)
    writer.end()


def _next_slice(server: Server, job: FullSync) -> list[Entry]:
    with locked(server):
        _drop_those_that_left(server, job)
        return job.snapshot.take()


def _add(writer: RdbWriter, entries: Iterable[Entry], pause_s: float) -> None:
    for entry in entries:
        writer.add(entry)
        if pause_s:
            time.sleep(pause_s)


def _send(server: Server, job: FullSync, piece: bytes) -> None:
    """Put a piece into the output buffer of each replica, once all of them have room for it."""
    while True:
        with locked(server):
            _drop_those_that_left(server, job)
            if all(_has_room(replica) for replica in job.replicas):
                job.is_sending = True
                for replica in job.replicas:
                    replica.output_buffer.append(piece)
                return
        time.sleep(NAP_SECONDS)


def _has_room(replica: Replica) -> bool:
    return replica.output_buffer.size + replica.output_buffer.sending < ROOM


def _drop_those_that_left(server: Server, job: FullSync) -> None:
    job.replicas = [each for each in job.replicas if each in server.replication.replicas]
    if not job.replicas or server.closing:
        raise NoReplicaLeft


# The end of one.


def _end(server: Server, job: FullSync, is_whole: bool) -> None:
    job.snapshot.end()
    server.full_sync, server.saves.is_sending = None, False
    for replica in job.replicas:
        if is_whole:
            _end_for(server, replica, job.has_mark)
        else:
            replica.output_buffer.close()


def _end_for(server: Server, replica: Replica, has_mark: bool) -> None:
    """A replica has the file in its output buffer; the stream follows.

    After a mark the replica must say first that it has loaded the file: until then it would take the stream
    for a part of it.
    """
    replica.heard_ms = server.clock.now_ms
    if replica.wants_rdb_only:
        logging.notice(f"RDB transfer completed, rdb only replica ({replica.name}) is disconnected")
        replica.state = TRANSMITTED
        replica.output_buffer.close_when_sent()
    elif has_mark and not replica.has_loaded:
        replica.state = ONLINE
    else:
        server.replication.start_feeding(replica, replica.stream_from)
    logging.notice(f"Synchronization with replica {replica.name} succeeded")


def end_full_sync(server: Server) -> None:
    """The server ends: the thread gives up, and is joined.  Takes the lock."""
    with locked(server):
        job = server.full_sync
    if job is not None:
        with contextlib.suppress(RuntimeError):
            job.thread.join(JOIN_SECONDS)
