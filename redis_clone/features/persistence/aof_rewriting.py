"""Rewrites the append-only file: a new base in place of all the commands that led to it.

    thread      a new increment is opened, and named in the manifest
                lock: the snapshot begins, and from the same moment commands go into the new increment
                lock: a slice of keys      write ... write        (as long as there are keys)
                sync, rename; the manifest names the new base, and what came before it as history
                the history is deleted

Whenever it is stopped, by kill -9 or by a full disk, the manifest names files that together hold everything.
There is one snapshot at a time, so a rewrite waits for a background save, and a save for a rewrite.

A log that is switched on while the server runs begins in the same way, but the files that were there before
do not count: the manifest is replaced when the base is whole, and not sooner.

The caller holds the lock, but for end().  The thread has to take it, so the methods that start or join one
get `locked`, which returns a context manager that holds the lock, and `locked_outside_scripts`, which also
waits until no script is half done, for a snapshot must not show half of its work.
"""

import os
import threading
from collections.abc import Sequence
from typing import BinaryIO

from redis_clone import logging
from redis_clone.features.persistence.aof_base import commands_of
from redis_clone.features.persistence.aof_files import AofFiles
from redis_clone.features.persistence.aof_manifest import BadManifest, Manifest
from redis_clone.features.persistence.dataset import Dataset, Locked, Settings
from redis_clone.features.persistence.rdb_file import pause, pause_after_key
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.rewrites import RewriteJob, Rewrites
from redis_clone.features.persistence.saves import Saves
from redis_clone.features.persistence.snapshot import Entry
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.protocol.replies import encode_command

JOIN_SECONDS = 5.0


class Cancelled(Exception):
    """The log was switched off during the rewrite, or the server ends."""


class AofRewriting:
    def __init__(
        self, config: Settings, dataset: Dataset, files: AofFiles, rewrites: Rewrites, saves: Saves
    ) -> None:
        """`saves`: the background saves, for there is one snapshot at a time."""
        self._config = config
        self._dataset = dataset
        self._files = files
        self._log = files.log
        self._rewrites = rewrites
        self._saves = saves
        self._thread: threading.Thread | None = None  # of the last rewrite; a cancelled one may still run

    def start(self, locked: Locked, locked_outside_scripts: Locked) -> bool:
        """Start a rewrite; False when the system gives no thread."""
        job = RewriteJob(locked, locked_outside_scripts, self._files.base_suffix)
        job.is_logged = self._log.is_on
        job.begins_log = self._log.is_on and not self._log.is_fed
        job.previous, self._thread = self._thread, None
        job.thread = threading.Thread(target=self._run, args=(job,), name="rewrite", daemon=True)
        self._rewrites.began(self._dataset.now_s, job)
        self._log.pauses_syncing = self._config["no-appendfsync-on-rewrite"]
        try:
            job.thread.start()
        except RuntimeError as problem:
            logging.warning(f"Can't rewrite append only file in background: {problem}")
            self._rewrites.ended(self._dataset.now_s, ok=False)
            return False
        self._thread = job.thread
        logging.notice(f"Background append only file rewriting started by thread {job.thread.native_id}")
        return True

    def _run(self, job: RewriteJob) -> None:
        """The thread "rewrite"."""
        problem = "an error of ours"  # unless the end is reached
        try:
            if job.previous is not None:
                job.previous.join()  # or two threads would replace the same files
            self._rewrite(job)
            problem = ""
        except Cancelled:
            problem = "it was given up"
        except (OSError, BadManifest) as failed:
            problem = str(failed)
        finally:
            with job.locked():
                self._end(job, problem)

    def _rewrite(self, job: RewriteJob) -> None:
        files, log = self._files, self._log
        files.make_folder()
        manifest = files.manifest if log.is_fed else files.read_manifest()
        if job.is_logged:
            manifest = self._switch_to_new_increment(job, manifest)
        else:  # BGREWRITEAOF, while the log is off, makes a base and no more
            self._take_snapshot(job)
        manifest = manifest.with_base(self._config["appendfilename"], job.suffix, keeps=int(job.is_logged))
        assert manifest.base is not None
        size = self._write_base(job, manifest.base.name)
        files.save_manifest(manifest)
        log.sync()  # closes the old increment, so that it can be deleted
        log.rebase(size)
        files.remove_history()

    def _take_snapshot(self, job: RewriteJob) -> None:
        with job.locked_outside_scripts():
            _check(job)
            job.snapshot = self._dataset.snapshot()

    def _switch_to_new_increment(self, job: RewriteJob, manifest: Manifest) -> Manifest:
        manifest = manifest.with_increment(self._config["appendfilename"])
        increment = manifest.increments[-1]
        logging.notice(f"Creating AOF incr file {increment.name} on background rewrite")
        file = self._files.open_increment(increment, fresh=True)
        try:
            if not job.begins_log:
                self._files.save_manifest(manifest)
            with job.locked_outside_scripts():
                _check(job)
                job.snapshot, job.position = self._dataset.snapshot(), self._log.logged
                self._log_to(file, job.begins_log)
        except (OSError, Cancelled):
            file.close()
            raise
        return manifest

    def _log_to(self, file: BinaryIO, begins_log: bool) -> None:
        """Log to this file from now on; called in the instant of the snapshot."""
        if begins_log:
            self._files.start_feeding(file)
        else:
            self._log.switch_file(file)

    def _write_base(self, job: RewriteJob, name: str) -> int:
        """Write the base from the snapshot; returns its size."""
        with WholeFile(self._files.folder, name, self._config["aof-rewrite-incremental-fsync"]) as file:
            writer = _commands(job, file) if job.suffix == ".aof" else self._rdb_writer(job, file)
            pause_s = pause_after_key(self._config)
            while entries := _next_slice(job):
                for entry in entries:
                    writer.add(entry)
                    if pause_s:
                        pause(pause_s, lambda: job.cancelled)
            writer.end()
            file.finish()
            with job.locked():
                _check(job)
            file.publish()
        logging.notice(f"Successfully renamed the temporary AOF base file into {name}")
        return os.path.getsize(os.path.join(self._files.folder, name))

    def _rdb_writer(self, job: RewriteJob, file: WholeFile) -> RdbWriter:
        config = self._config
        assert job.snapshot is not None
        writer = RdbWriter(file.write, job.snapshot.sizes, config["rdbcompression"], config["rdbchecksum"])
        writer.begin(self._dataset.aux_fields(aof_base=True), job.snapshot.libraries)
        return writer

    def _end(self, job: RewriteJob, problem: str) -> None:
        if job.snapshot is not None:
            job.snapshot.end()
        if self._rewrites.job is not job:
            return  # it was cancelled
        self._log.pauses_syncing = False
        self._rewrites.ended(self._dataset.now_s, ok=not problem)
        if not problem:
            if job.is_logged:
                self._log.record_base(job.position)
            logging.notice("Background AOF rewrite finished successfully")
            return
        logging.warning(f"Background AOF rewrite terminated with error: {problem}")
        if job.begins_log:
            self._files.stop_feeding()
            self._rewrites.scheduled = self._log.is_on  # until it succeeds

    def abandon(self) -> None:
        """Cancel the rewrite, if there is one."""
        job = self._rewrites.job
        if job is not None:
            logging.notice(f"Killing running AOF rewrite child: {job.thread.native_id}")
            job.cancelled = True
            self._log.pauses_syncing = False
            if job.snapshot is not None:
                job.snapshot.end()
            self._rewrites.ended(self._dataset.now_s, ok=True)

    def end(self, locked: Locked) -> None:
        """Cancel the rewrite and wait for its thread; at the end of the server.  Takes the lock."""
        with locked():
            job = self._rewrites.job
            if job is not None:
                logging.warning("There is a child rewriting the AOF. Killing it!")
            self.abandon()
        if job is not None:
            job.thread.join(JOIN_SECONDS)

    def rewrite_when_due(self, locked: Locked, locked_outside_scripts: Locked) -> None:
        """Start a rewrite when the file has grown enough or one was scheduled; the cron calls it."""
        rewrites, log = self._rewrites, self._log
        if self._saves.in_progress or not rewrites.may_try(self._dataset.now_s):
            return
        if rewrites.scheduled:
            self.start(locked, locked_outside_scripts)
        elif log.is_fed and self._has_grown():
            growth = rewrites.growth(log.size, log.base_size)
            logging.notice(f"Starting automatic rewriting of AOF on {growth}% growth")
            self.start(locked, locked_outside_scripts)

    def _has_grown(self) -> bool:
        percentage, log = self._config["auto-aof-rewrite-percentage"], self._log
        if not percentage or log.size <= self._config["auto-aof-rewrite-min-size"]:
            return False
        growth = self._rewrites.growth(log.size, log.base_size)
        return bool(growth >= percentage)

    def switch_on(self, locked: Locked, locked_outside_scripts: Locked, in_transaction: bool) -> None:
        """CONFIG SET appendonly yes: begin a log, by a first rewrite now or when it is possible."""
        self._log.is_on = self._rewrites.scheduled = True  # until a rewrite has begun
        when_possible = "An AOF background was scheduled to start when possible."
        if self._saves.in_progress:
            logging.notice(
                f"AOF was enabled but there is already another background operation. {when_possible}"
            )
        elif in_transaction:
            logging.notice(f"AOF was enabled during a transaction. {when_possible}")
        else:
            if self._rewrites.job is not None:
                logging.warning(
                    "AOF was enabled but there is already an AOF rewriting in background. "
                    "Stopping background AOF and starting a rewrite now."
                )
            self.abandon()
            self.start(locked, locked_outside_scripts)

    def switch_off(self) -> None:
        """CONFIG SET appendonly no."""
        self._log.is_on = self._log.is_whole = self._rewrites.scheduled = False
        self.abandon()
        self._files.stop_feeding()


def _check(job: RewriteJob) -> None:
    """Raise Cancelled if the rewrite was; the caller holds the lock."""
    if job.cancelled:
        raise Cancelled


def _next_slice(job: RewriteJob) -> Sequence[Entry]:
    with job.locked():
        _check(job)
        return job.snapshot.take() if job.snapshot else ()


def _commands(job: RewriteJob, file: WholeFile) -> "_Commands":
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
        self._file.write(b"".join([encode_command(argv) for argv in commands_of(entry)]))

    def end(self) -> None:
        """Commands have no end mark."""
