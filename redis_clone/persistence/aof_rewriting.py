"""Rewriting the append-only file: a new base in place of all the commands that led there.

    thread      a new increment is opened, and named in the manifest
                lock: the snapshot begins, and from the same moment commands go into the new increment
                lock: a slice of keys      write ... write        (as long as there are keys)
                sync, rename; the manifest names the new base, and what came before it as history
                what is history is deleted

Whenever it is stopped, by kill -9 or by a full disk, the manifest names files that together hold everything.
There is one photograph of the keys at a time, so a rewrite waits for a background save, and that one for it.

A log that is switched on while the server runs begins in the same way, but nothing that was there before
counts: the manifest is replaced when the base is whole, and not sooner.
"""

import contextlib
import os
import threading
from collections.abc import Sequence

from redis_clone import logging
from redis_clone.locking import locked, quiet
from redis_clone.persistence import aof_files
from redis_clone.persistence.aof_base import commands_of
from redis_clone.persistence.aof_files import base_suffix, folder_of
from redis_clone.persistence.aof_manifest import BadManifest, Manifest
from redis_clone.persistence.rdb_saving import facts
from redis_clone.persistence.rdb_writer import RdbWriter
from redis_clone.persistence.snapshot import Entry, Snapshot
from redis_clone.persistence.whole_file import WholeFile
from redis_clone.protocol.replies import encode_command
from redis_clone.state import Server

JOIN_SECONDS = 5.0


class Job:
    """One rewrite."""

    def __init__(self, is_logged: bool, begins_log: bool, suffix: str) -> None:
        self.is_logged = is_logged  # there are increments, or will be
        self.begins_log = begins_log  # there was none until now
        self.suffix = suffix  # of the base: .rdb or .aof
        self.cancelled = False
        self.snapshot: Snapshot | None = None
        self.thread: threading.Thread  # once it has begun


class Cancelled(Exception):
    """The log was switched off meanwhile, or the server ends."""


def start(server: Server) -> bool:
    """Begin; False when no thread can be had.  The caller holds the lock."""
    now_s = server.clock.now_ms // 1000
    is_on, is_fed = server.log.is_on, server.log.is_fed
    job = Job(is_logged=is_on, begins_log=is_on and not is_fed, suffix=base_suffix(server))
    job.thread = threading.Thread(target=_run, args=(server, job), name="rewrite", daemon=True)
    server.rewrites.began(now_s, job)
    server.log.pauses_syncing = server.config["no-appendfsync-on-rewrite"]
    try:
        job.thread.start()
    except RuntimeError as problem:
        logging.warning(f"Can't rewrite append only file in background: {problem}")
        server.rewrites.ended(now_s, ok=False)
        return False
    logging.notice(f"Background append only file rewriting started by thread {job.thread.native_id}")
    return True


def _run(server: Server, job: Job) -> None:
    """The thread "rewrite"."""
    problem = "an error of ours"  # unless we get to the end
    try:
        _rewrite(server, job)
        problem = ""
    except Cancelled:
        problem = "it was given up"
    except (OSError, BadManifest) as failed:
        problem = str(failed)
    finally:
        with locked(server):
            _end(server, job, problem)


def _rewrite(server: Server, job: Job) -> None:
    os.makedirs(folder_of(server), mode=0o755, exist_ok=True)
    manifest = server.log.manifest if server.log.is_fed else aof_files.read_manifest(server)
    if job.is_logged:
        manifest = _turn_to_new_increment(server, job, manifest)
    else:  # BGREWRITEAOF, while the log is off, makes a base and no more
        _take_snapshot(server, job)
    manifest = manifest.with_base(server.config["appendfilename"], job.suffix, keeps=int(job.is_logged))
    assert manifest.base is not None
    size = _write_base(server, job, manifest.base.name)
    aof_files.save_manifest(server, manifest)
    server.log.sync()  # so that the file of before is closed, and can be deleted
    server.log.manifest = aof_files.remove_history(server, manifest)
    server.log.rebase(size)


def _take_snapshot(server: Server, job: Job) -> None:
    with quiet(server):
        _check(job)
        job.snapshot = Snapshot(server.databases, server.saves.libraries)


def _turn_to_new_increment(server: Server, job: Job, manifest: Manifest) -> Manifest:
    manifest = manifest.with_increment(server.config["appendfilename"])
    increment = manifest.increments[-1]
    logging.notice(f"Creating AOF incr file {increment.name} on background rewrite")
    file = aof_files.open_increment(server, increment, fresh=True)
    if not job.begins_log:
        aof_files.save_manifest(server, manifest)
    with quiet(server):
        if job.cancelled:
            file.close()
        _check(job)
        job.snapshot = Snapshot(server.databases, server.saves.libraries)
        server.log.turn_to(file)
        server.log.manifest = manifest
        if job.begins_log:
            server.propagation.listen(server.log.feed)
    return manifest


def _check(job: Job) -> None:
    """Under the lock."""
    if job.cancelled:
        raise Cancelled


def _write_base(server: Server, job: Job, name: str) -> int:
    """Returns its size."""
    with WholeFile(folder_of(server), name, server.config["aof-rewrite-incremental-fsync"]) as file:
        writer = _commands(job, file) if job.suffix == ".aof" else _rdb_writer(server, job, file)
        while entries := _next_slice(server, job):
            for entry in entries:
                writer.add(entry)
        writer.end()
        file.finish()
        with locked(server):
            _check(job)
        file.publish()
    logging.notice(f"Successfully renamed the temporary AOF base file into {name}")
    return os.path.getsize(os.path.join(folder_of(server), name))


def _next_slice(server: Server, job: Job) -> Sequence[Entry]:
    with locked(server):
        _check(job)
        return job.snapshot.take() if job.snapshot else ()


def _rdb_writer(server: Server, job: Job, file: WholeFile) -> RdbWriter:
    config = server.config
    assert job.snapshot is not None
    writer = RdbWriter(file.write, job.snapshot.sizes, config["rdbcompression"], config["rdbchecksum"])
    writer.begin(facts(server, aof_base=True), job.snapshot.libraries)
    return writer


def _commands(job: Job, file: WholeFile) -> "_Commands":
    assert job.snapshot is not None
    for code in job.snapshot.libraries:  # before the keys, as in an RDB file
        file.write(encode_command([b"FUNCTION", b"LOAD", code]))
    return _Commands(file)


class _Commands:
    """Writes entries as plain commands."""

    def __init__(self, file: WholeFile) -> None:
        self._file = file
        self._db = -1

    def add(self, entry: Entry) -> None:
        if entry.db != self._db:
            self._db = entry.db
            self._file.write(encode_command([b"SELECT", b"%d" % entry.db]))
        self._file.write(b"".join([encode_command(words) for words in commands_of(entry)]))

    def end(self) -> None:
        """Nothing stands at the end."""


def _end(server: Server, job: Job, problem: str) -> None:
    if job.snapshot is not None:
        job.snapshot.end()
    if server.rewrites.job is not job:
        return  # it was cancelled
    server.log.pauses_syncing = False
    server.rewrites.ended(server.clock.now_ms // 1000, ok=not problem)
    if not problem:
        logging.notice("Background AOF rewrite finished successfully")
        return
    logging.warning(f"Background AOF rewrite terminated with error: {problem}")
    if job.begins_log:
        _stop_feeding(server)
        server.rewrites.scheduled = server.log.is_on  # until it succeeds


def abandon(server: Server) -> None:
    """Give up the rewrite, if there is one.  The caller holds the lock."""
    job = server.rewrites.job
    if job is not None:
        logging.notice("Killing running AOF rewrite")
        job.cancelled = True
        server.log.pauses_syncing = False
        if job.snapshot is not None:
            job.snapshot.end()
        server.rewrites.ended(server.clock.now_ms // 1000, ok=True)


def end(server: Server) -> None:
    """Give it up and wait for its thread; for the end of the server.  Takes the lock."""
    with locked(server):
        job = server.rewrites.job
        abandon(server)
    if job is not None:
        job.thread.join(JOIN_SECONDS)


def rewrite_when_due(server: Server) -> None:
    """A job of the cron's, which holds the lock."""
    rewrites, log = server.rewrites, server.log
    if log.is_on != server.config["appendonly"]:
        _switch(server)
    if server.saves.job is not None or not rewrites.may_try(server.clock.now_ms // 1000):
        return
    if rewrites.scheduled:
        start(server)
    elif log.is_fed and _has_grown(server):
        growth = rewrites.growth(log.size, log.base_size)
        logging.notice(f"Starting automatic rewriting of AOF on {growth}% growth")
        start(server)


def _has_grown(server: Server) -> bool:
    percentage, log = server.config["auto-aof-rewrite-percentage"], server.log
    if not percentage or log.size <= server.config["auto-aof-rewrite-min-size"]:
        return False
    growth = server.rewrites.growth(log.size, log.base_size)
    return bool(growth >= percentage)


def _switch(server: Server) -> None:
    """CONFIG SET appendonly: on, by a first rewrite; off, at once."""
    server.log.is_on = server.config["appendonly"]
    if server.log.is_on:
        server.rewrites.scheduled = True
        return
    abandon(server)
    server.rewrites.scheduled = False
    _stop_feeding(server)


def _stop_feeding(server: Server) -> None:
    if server.log.is_fed:
        server.propagation.forget(server.log.feed)
        with contextlib.suppress(OSError):
            server.log.turn_to(None)
