"""Saves the data to an RDB file, and loads them from it.

    save        saves at once, under the lock: all clients wait, as for SAVE in Redis; only SAVE, SHUTDOWN,
                FLUSHALL and DEBUG RELOAD do it
    start       saves in the background: a snapshot now, which the thread "snapshot" drains slice by slice
    abandon     cancels the background save, and removes what it wrote
    save_when_due, load_at_start, prepare_shutdown, reload

One background save:

    thread      lock: a slice of keys      write ... write      lock: rename      sync      lock: record

The caller holds the lock, but for end().  The thread has to take it, so the methods that start or join one
get `locked`, which returns a context manager that holds the lock.  The rules when to save are in saves.py.
"""

import contextlib
import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.features.persistence.dataset import CannotLoad, CannotReadRdb, Dataset, Locked, Settings
from redis_clone.features.persistence.rdb_file import RdbFile, SaveFailed
from redis_clone.features.persistence.rdb_loader import Loaded, RdbLoader, load_file, what_to_do
from redis_clone.features.persistence.rdb_reader import BadRdb
from redis_clone.features.persistence.saves import SaveJob, Saves
from redis_clone.features.persistence.snapshot import Entry, Sizes, sizes_of, walk

if TYPE_CHECKING:
    from redis_clone.features.persistence.rewrites import Rewrites

JOIN_SECONDS = 5.0


class RdbSaving:
    def __init__(self, config: Settings, dataset: Dataset, saves: Saves, rewrites: "Rewrites") -> None:
        """`rewrites`: those of the append-only file, for there is one snapshot at a time."""
        self._config = config
        self._dataset = dataset
        self._saves = saves
        self._rewrites = rewrites
        self.skips_checksums = False  # DEBUG SET-SKIP-CHECKSUM-VALIDATION: a wrong one in a file is no fault

    # At once.

    def save(self) -> bool:
        """Save now; False when the disk refuses, and then the log says why."""
        dataset = self._dataset
        self._saves.count += 1
        try:
            with self._open(sizes_of(dataset.databases)) as file:
                file.begin(dataset.aux_fields(), dataset.libraries)
                file.write(walk(dataset.databases))
                file.finish()
                file.publish()
                file.settle()
        except SaveFailed as problem:
            logging.warning(str(problem))
            return False
        logging.notice("DB saved on disk")
        dataset.record_saved(dataset.dirty)
        self._saves.succeeded(dataset.now_s)
        return True

    def _open(self, sizes: Sizes) -> RdbFile:
        return RdbFile(self._config["dir"], self._config["dbfilename"], self._config, sizes)

    # In the background.

    def start(self, locked: Locked) -> bool:
        """Start a save in the background; False when the system gives no thread."""
        saves, now_s = self._saves, self._dataset.now_s
        saves.count += 1
        saves.last_try_s = now_s
        saves.scheduled = False
        dataset = self._dataset
        job = SaveJob(dataset.snapshot(), locked, now_s, dataset.dirty, dataset.aux_fields())
        job.thread = threading.Thread(target=self._run, args=(job,), name="snapshot", daemon=True)
        try:
            job.thread.start()
        except RuntimeError as problem:
            job.snapshot.end()
            self._record_failure(f"Can't save in background: {problem}")
            return False
        saves.job = job
        logging.notice(f"Background saving started by thread {job.thread.native_id}")
        return True

    def _run(self, job: SaveJob) -> None:
        """The thread "snapshot"."""
        problem = "Background saving ended by an error of ours"  # unless the end is reached
        try:
            self._write(job)
            problem = ""
        except SaveFailed as failed:
            problem = str(failed)
        finally:
            with job.locked():
                self._end(job, problem)

    def _write(self, job: SaveJob) -> None:
        with self._open(job.snapshot.sizes) as file:
            file.begin(job.aux_fields, job.snapshot.libraries)
            while entries := self._next_slice(job):
                file.write(entries, lambda: job.cancelled)
            file.finish()
            with job.locked():
                if job.cancelled:  # under the lock, so that no FLUSHALL comes between this and the rename
                    return
                file.publish()
            file.settle()

    def _next_slice(self, job: SaveJob) -> list[Entry]:
        with job.locked():
            return job.snapshot.take()

    def _end(self, job: SaveJob, problem: str) -> None:
        job.snapshot.end()
        if job.cancelled:
            return
        now_s = self._dataset.now_s
        self._saves.job = None
        self._saves.last_took_s = now_s - job.started_s
        if problem:
            self._record_failure(problem)
            return
        logging.notice("DB saved on disk")
        logging.notice("Background saving terminated with success")
        self._dataset.record_saved(job.changes)
        self._saves.succeeded(now_s)

    def _record_failure(self, problem: str) -> None:
        logging.warning(problem)
        logging.warning("Background saving error")
        self._saves.failed()

    def abandon(self) -> None:
        """Cancel the background save, if there is one."""
        job = self._saves.job
        if job is not None:
            logging.warning(
                "There is a child saving an .rdb. Killing it!"
            )  # in Redis's words; it is a thread
            job.cancelled = True
            job.snapshot.end()
            self._saves.job = None

    def end(self, locked: Locked) -> None:
        """Cancel the save and wait for its thread; at the end of the server.  Takes the lock."""
        with locked():
            job = self._saves.job
            self.abandon()
        if job is not None:
            job.thread.join(JOIN_SECONDS)

    def save_when_due(self, locked: Locked) -> None:
        """Start a save when a save point is reached or one was scheduled; the cron calls it."""
        if self._rewrites.job is not None:
            return  # one snapshot at a time
        saves, now_s = self._saves, self._dataset.now_s
        point = saves.is_due(now_s, self._config["save"], self._dataset.dirty)
        if point is not None:
            logging.notice(f"{point.changes} changes in {point.seconds} seconds. Saving...")
            self.start(locked)
        elif saves.scheduled and saves.may_try(now_s):
            self.start(locked)

    def record_flushed(self) -> None:
        """All keys are gone on purpose: no file may bring them back."""
        self.abandon()
        if self._config["save"]:
            self.save()

    # Loading.

    def load_at_start(self) -> Loaded | None:
        """Load the file; None if there is none.  CannotLoad when it is damaged."""
        started = time.perf_counter()
        with contextlib.suppress(FileNotFoundError):
            loaded = self._load()
            logging.notice(f"DB loaded from disk: {time.perf_counter() - started:.3f} seconds")
            return loaded
        return None

    def _load(self, merge: bool = False, kept_libraries: Sequence[bytes] = ()) -> Loaded:
        dataset, path = self._dataset, os.path.join(self._config["dir"], self._config["dbfilename"])
        try:
            now_ms = dataset.clock.now_ms
            loader = RdbLoader(dataset.databases, now_ms, merge, dataset.progress, kept_libraries)
            loaded = load_file(path, loader, self.skips_checksums)
        except BadRdb as problem:
            raise CannotReadRdb(what_to_do(path, problem)) from None
        except FileNotFoundError:
            raise
        except OSError as problem:
            raise CannotLoad(f"Fatal error loading the DB: {problem.strerror} ({path}).") from None
        self._saves.keys_loaded, self._saves.keys_expired = loaded.keys, len(loaded.expired_keys)
        kept = [code for code in kept_libraries if code not in loaded.libraries]
        dataset.libraries = kept + loaded.libraries
        return loaded

    def reload(self, flush: bool, merge: bool) -> bool:
        """DEBUG RELOAD, after the saving; False when the file cannot be loaded."""
        if flush:
            self._dataset.clear()
        try:
            self._load(merge, () if flush else self._dataset.libraries)
        except (CannotLoad, FileNotFoundError) as problem:
            logging.warning(str(problem))
            if flush:
                self._dataset.clear()
            return False
        finally:
            self._dataset.forget_changes()
        logging.warning("DB reloaded by DEBUG RELOAD")
        return True

    # The end.

    def prepare_shutdown(self, wanted: bool | None = None, force: bool = False) -> bool:
        """Save once more; False when that was not possible, and the server should go on.

        `wanted`: SAVE or NOSAVE; None: save if the configuration has save points.
        """
        self.abandon()
        if self._is_beginning_log():
            if not force:
                logging.warning("Writing initial AOF, can't exit.")
                logging.warning("Errors trying to shut down the server. Check the logs for more information.")
                return False
            logging.warning("Writing initial AOF. Exiting anyway.")
        if bool(self._config["save"]) if wanted is None else wanted:
            logging.notice("Saving the final RDB snapshot before exiting.")
            if not self.save() and not force:
                logging.warning("Error trying to save the DB, can't exit.")
                logging.warning("Errors trying to shut down the server. Check the logs for more information.")
                return False
        return True

    def _is_beginning_log(self) -> bool:
        """Whether the append-only file is being made; the next start would find none, or an older one."""
        return self._rewrites.job is not None and self._rewrites.job.begins_log
