"""Saving the data to a file, and loading them at the start: what takes the lock, the disk and a thread.

    save        at once, under the lock to its end: everybody waits, as for SAVE in Redis, which is why it is
                asked for by name only (SAVE, SHUTDOWN, FLUSHALL, DEBUG RELOAD)
    start       in the background: a photograph now, and then the thread "snapshot" takes it slice by slice
    abandon     the background save is given up; what it wrote goes
    save_when_due, load_at_start, prepare_shutdown, reload

Of one background save:

    thread      lock: a slice of keys      write ... write      lock: rename      sync      lock: tell

The functions say who holds the lock.  The rules of what is due are in persistence/saves.py.
"""

import contextlib
import os
import threading
import time

from redis_clone import REDIS_VERSION, logging
from redis_clone.locking import locked
from redis_clone.monitoring.process import memory_resident
from redis_clone.persistence.rdb_file import RdbFile, SaveFailed
from redis_clone.persistence.rdb_loader import RdbLoader, load_file, what_to_do
from redis_clone.persistence.rdb_reader import BadRdb
from redis_clone.persistence.snapshot import Entry, Sizes, Snapshot, sizes_of, walk
from redis_clone.state import Server

JOIN_SECONDS = 5.0


class CannotLoad(Exception):
    """The file is there and was not loaded; the text says why, and what to do."""


class Job:
    """One save in the background."""

    def __init__(self, snapshot: Snapshot, started_s: int, changes: int) -> None:
        self.snapshot = snapshot
        self.started_s = started_s
        self.changes = changes  # that were made before it began, and are in it
        self.cancelled = False
        self.thread: threading.Thread  # once it has begun


# At once.  The caller holds the lock.


def save(server: Server) -> bool:
    """Save now; False when the disk says no, and then the log says why."""
    server.saves.count += 1
    try:
        with _open(server, sizes_of(server.databases)) as file:
            file.begin(facts(server), server.saves.libraries)
            file.write(walk(server.databases))
            file.finish()
            file.publish()
            file.settle()
    except SaveFailed as problem:
        logging.warning(str(problem))
        return False
    logging.notice("DB saved on disk")
    server.stats.changes = 0
    _note_success(server)
    return True


def _open(server: Server, sizes: Sizes) -> RdbFile:
    config = server.config
    return RdbFile(config["dir"], config["dbfilename"], config, sizes)


def facts(server: Server, aof_base: bool = False) -> dict[str, str | int]:
    """What a file says about itself; `aof_base`: it is the base of an append-only file."""
    return {
        "redis-ver": REDIS_VERSION,
        "redis-bits": 64,
        "ctime": server.clock.now_ms // 1000,
        "used-mem": memory_resident(),
        "aof-base": int(aof_base),
    }


def _note_success(server: Server) -> None:
    server.saves.succeeded(server.clock.now_ms // 1000)
    server.disk.note(rdb_failed=False)


# In the background.


def start(server: Server) -> bool:
    """Begin a save in the background; False when no thread can be had.  The caller holds the lock."""
    saves, now_s = server.saves, server.clock.now_ms // 1000
    saves.count += 1
    saves.last_try_s = now_s
    saves.scheduled = False
    job = Job(Snapshot(server.databases, saves.libraries), now_s, server.stats.changes)
    job.thread = threading.Thread(target=_run, args=(server, job), name="snapshot", daemon=True)
    try:
        job.thread.start()
    except RuntimeError as problem:
        job.snapshot.end()
        _note_failure(server, f"Can't save in background: {problem}")
        return False
    saves.job = job
    logging.notice(f"Background saving started by thread {job.thread.native_id}")
    return True


def _run(server: Server, job: Job) -> None:
    """The thread "snapshot"."""
    problem = "Background saving ended by an error of ours"  # unless we get to the end
    try:
        _write(server, job)
        problem = ""
    except SaveFailed as failed:
        problem = str(failed)
    finally:
        with locked(server):
            _end(server, job, problem)


def _write(server: Server, job: Job) -> None:
    with _open(server, job.snapshot.sizes) as file:
        file.begin(facts(server), job.snapshot.libraries)
        while entries := _next_slice(server, job):
            file.write(entries)
        file.finish()
        with locked(server):
            if job.cancelled:  # asked under the lock: nobody may have emptied the databases since
                return
            file.publish()
        file.settle()


def _next_slice(server: Server, job: Job) -> list[Entry]:
    with locked(server):
        return job.snapshot.take()


def _end(server: Server, job: Job, problem: str) -> None:
    job.snapshot.end()
    if job.cancelled:
        return
    now_s = server.clock.now_ms // 1000
    server.saves.job = None
    server.saves.last_took_s = now_s - job.started_s
    if problem:
        _note_failure(server, problem)
        return
    logging.notice("DB saved on disk")
    logging.notice("Background saving terminated with success")
    server.stats.changes -= job.changes
    _note_success(server)


def _note_failure(server: Server, problem: str) -> None:
    logging.warning(problem)
    logging.warning("Background saving error")
    server.saves.failed()
    server.disk.note(rdb_failed=True)


def abandon(server: Server) -> None:
    """Give up the background save, if there is one.  The caller holds the lock."""
    job = server.saves.job
    if job is not None:
        logging.warning("A background save is under way. It is given up.")
        job.cancelled = True
        job.snapshot.end()
        server.saves.job = None


def end(server: Server) -> None:
    """Give it up and wait for its thread; for the end of the server.  Takes the lock."""
    with locked(server):
        job = server.saves.job
        abandon(server)
    if job is not None:
        job.thread.join(JOIN_SECONDS)


def save_when_due(server: Server) -> None:
    """A job of the cron's, which holds the lock."""
    if server.rewrites.job is not None:
        return  # one photograph at a time
    saves, now_s = server.saves, server.clock.now_ms // 1000
    point = saves.is_due(now_s, server.config["save"], server.stats.changes)
    if point is not None:
        logging.notice(f"{point.changes} changes in {point.seconds} seconds. Saving...")
        start(server)
    elif saves.scheduled and saves.may_try(now_s):
        start(server)


def note_flushed(server: Server) -> None:
    """All keys are gone on purpose: no file may bring them back.  The caller holds the lock."""
    abandon(server)
    if server.config["save"]:
        save(server)


# Loading.


def path_of(server: Server) -> str:
    """Of the file that is loaded at the start."""
    path: str = os.path.join(server.config["dir"], server.config["dbfilename"])
    return path


def load_at_start(server: Server) -> None:
    """Load the file if there is one; CannotLoad when it is damaged.  Takes the lock."""
    started = time.perf_counter()
    with locked(server), contextlib.suppress(FileNotFoundError):
        _load(server, merge=False)
        logging.notice(f"DB loaded from disk: {time.perf_counter() - started:.3f} seconds")


def _load(server: Server, merge: bool) -> None:
    path = path_of(server)
    try:
        loaded = load_file(path, RdbLoader(server.databases, server.clock.now_ms, merge))
    except BadRdb as problem:
        raise CannotLoad(what_to_do(path, problem)) from None
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise CannotLoad(f"Fatal error loading the DB: {problem.strerror} ({path}).") from None
    server.saves.keys_loaded, server.saves.keys_expired = loaded.keys, loaded.expired
    server.saves.libraries = loaded.libraries


def reload(server: Server, flush: bool, merge: bool) -> bool:
    """DEBUG RELOAD, after the saving; False when the file cannot be loaded.  The caller holds the lock."""
    if flush:
        _clear(server)
    try:
        _load(server, merge)
    except (CannotLoad, FileNotFoundError) as problem:
        logging.warning(str(problem))
        if flush:
            _clear(server)
        return False
    finally:
        server.changes.clear()  # what a reader of the changes knows is what there is again
    logging.warning("DB reloaded by DEBUG RELOAD")
    return True


def _clear(server: Server) -> None:
    for database in server.databases:
        database.clear()


# The end.


def prepare_shutdown(server: Server, wanted: bool | None = None, force: bool = False) -> bool:
    """Save once more; False when that was not possible, and the server should go on.

    The caller holds the lock.  `wanted` is None for what the configuration says: if there are save points.
    """
    logging.notice("User requested shutdown...")
    abandon(server)
    if bool(server.config["save"]) if wanted is None else wanted:
        logging.notice("Saving the final RDB snapshot before exiting.")
        if not save(server) and not force:
            logging.warning("Error trying to save the DB, can't exit.")
            logging.warning("Errors trying to shut down the server. Check the logs for more information.")
            return False
    server.disk.note(closing=True)  # nothing may be written any more that would be lost
    return True
