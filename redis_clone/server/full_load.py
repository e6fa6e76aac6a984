"""The replica's side of a full synchronization: the data of the master take the place of ours.

    parses_from_socket    whether the file is parsed while it comes, or is received on the disk first
    begin_full_load       under the lock: clients are told, and what saves our data ends
    FullLoad.load         without the lock, by the thread "master": loads the file into databases beside ours
    end_full_load         under the lock, in one instant: ours are swapped with them, or they are dropped

`repl-diskless-load` chooses how it goes:

                   parsed from    our data meanwhile               after a failure
    disabled       the disk       are gone: clients get LOADING    there are none
    on-empty-db    the socket     there were none: LOADING         there are none
    swapdb         the socket     stay                             they stay

Where there are data, on-empty-db does what disabled does.  With swapdb clients may read the old data
meanwhile if these are an earlier state of what comes, which the replication ID tells; else they get LOADING.

Our replicas and our backlog belong to the old data: they go when these do.  The append-only file is switched
off when loading begins, and is begun anew after it (following.restart_log).  No key expires, not even while
it is loaded: the master says when a key goes.
"""

from collections.abc import Sequence

from redis_clone import logging
from redis_clone.features.persistence.progress import File, YieldLock
from redis_clone.features.persistence.rdb_loader import Loaded, RdbLoader, load_open_file
from redis_clone.features.replication.handshake import Outcome
from redis_clone.features.replication.synced_offset import SyncedOffset
from redis_clone.server.dispatch import propagate
from redis_clone.server.following import Following, disconnect_replicas, restart_log
from redis_clone.server.state import Server
from redis_clone.storage.database import Database


class FullLoad:
    """One full synchronization, while the file is loaded."""

    def __init__(self, server: Server, from_socket: bool, keeps_data: bool) -> None:
        self.from_socket = from_socket
        self.keeps_data = keeps_data  # ours stay until the others are whole
        self.databases: Sequence[Database] = [database.beside() for database in server.databases]
        self.is_lfu = server.access.is_lfu  # what the access fields of the loaded keys mean
        self._progress = server.dataset.progress
        self._skips_checksums = server.rdb_saving.skips_checksums

    def load(self, file: File, pause: YieldLock) -> Loaded:
        """Load the file; needs no lock.  BadRdb when it is damaged, and any error of `file` comes through.

        `pause` is called again and again, with the seconds of a `key-load-delay`; it may raise an error too.
        """
        loader = RdbLoader(self.databases, now_ms=None, progress=self._progress)
        with self._progress.yielding(pause):
            loaded = load_open_file(file, loader, self._skips_checksums)
        file.read(1)  # there is no more, but the mark at the end may still be on its way
        return loaded


def parses_from_socket(server: Server) -> bool:
    """Whether the file is parsed while it comes."""
    wanted = server.config["repl-diskless-load"]
    has_data = any(len(database) for database in server.databases)
    return bool(wanted == "swapdb" or (wanted == "on-empty-db" and not has_data))


def begin_full_load(
    server: Server, following: Following, replid: str, total_bytes: int, from_socket: bool
) -> FullLoad:
    """Prepare for the data of this master's history; `total_bytes` of the file, or 0 if a mark ends it."""
    _stop_saving(server)
    keeps_data = from_socket and server.config["repl-diskless-load"] == "swapdb"
    if not keeps_data:
        logging.notice("MASTER <-> REPLICA sync: Flushing old data")
        _drop_data(server, following)
    may_read = keeps_data and replid == server.replication.history.replid
    server.restrictions.add("async_loading" if may_read else "loading")
    server.dataset.progress.begin(server.dataset.now_s, total_bytes)
    logging.notice("MASTER <-> REPLICA sync: Loading DB in memory")
    return FullLoad(server, from_socket, keeps_data)


def _stop_saving(server: Server) -> None:
    """What is being saved are data that are about to go; no file of them may replace what has come."""
    server.rdb_saving.abandon()
    if server.log.is_on:
        server.aof_rewriting.switch_off()


def _drop_data(server: Server, following: Following) -> None:
    """Clients that watch keys or keep a cache hear that all is gone; save points do not count it."""
    disconnect_replicas(server)
    server.replication.backlog = None
    following.may_continue = False
    dirty = server.dataset.dirty
    for database in server.databases:
        database.clear()
    server.dataset.libraries = []
    server.dataset.record_saved(server.dataset.dirty - dirty)
    propagate(server)


def end_full_load(
    server: Server, following: Following, job: FullLoad, loaded: Loaded | None, outcome: Outcome
) -> None:
    """Take over what was loaded; None: the file was damaged, or did not come as a whole."""
    server.dataset.progress.is_on = False
    server.restrictions.difference_update(("loading", "async_loading"))
    if loaded is None:
        logging.notice("MASTER <-> REPLICA sync: Discarding temporary DB in background")
        for database in job.databases:
            database.clear()
        return
    if job.keeps_data:
        logging.notice("MASTER <-> REPLICA sync: Swapping active DB with loaded DB")
    _drop_data(server, following)
    _take_over(server, job, loaded)
    replication = server.replication
    replication.history.adopt(outcome.replid, outcome.offset)
    following.synced = SyncedOffset()
    replication.encoder.db = loaded.stream_db  # which is selected in the stream that follows
    replication.create_backlog()
    following.may_continue = bool(outcome.replid)
    restart_log(server)
    logging.notice("MASTER <-> REPLICA sync: Finished with success")


def _take_over(server: Server, job: FullLoad, loaded: Loaded) -> None:
    """The loaded databases become ours; for save points that is one change, and none if there is a file."""
    for database, other in zip(server.databases, job.databases, strict=True):
        database.swap(other)
        if job.is_lfu != server.access.is_lfu:  # maxmemory-policy was changed meanwhile
            database.reset_access_fields()
    server.dataset.record_saved(len(server.databases) - job.from_socket)
    server.dataset.libraries = loaded.libraries
    server.saves.keys_loaded, server.saves.keys_expired = loaded.keys, len(loaded.expired_keys)
    propagate(server)
