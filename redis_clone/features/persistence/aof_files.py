"""The append-only file on the disk: its folder, its manifest, and the files that the manifest names.

    start       takes over the single file of Redis 6, loads what is there, opens the log
    reload      loads what is there once more
    stop        writes, syncs and closes everything
    save_manifest, open_increment, remove_history      change the files; for this module and aof_rewriting.py
    start_feeding, stop_feeding                        connect the log with propagation, and disconnect it

Any of these steps may fail, for the disk is full or broken, and the server goes on.  So the order matters:
  * a file is on the disk, with its name, before a manifest names it;
  * `manifest` is never older than the manifest on the disk, for the next change is made from it;
  * a file is deleted only when a manifest that does not need it is safe on the disk.

The caller holds the lock where keys are read or loaded, or the log is fed: in start, reload, start_feeding
and stop_feeding.
"""

import contextlib
import io
import os
import time
from collections.abc import Callable
from typing import BinaryIO, Protocol

from redis_clone import logging
from redis_clone.features.persistence import aof_manifest
from redis_clone.features.persistence.aof_loading import AofLoader, NewClient
from redis_clone.features.persistence.aof_log import Log
from redis_clone.features.persistence.aof_manifest import BadManifest, File, Manifest
from redis_clone.features.persistence.dataset import CannotLoad, Dataset, Settings
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import sizes_of, walk
from redis_clone.features.persistence.whole_file import WholeFile, sync_folder
from redis_clone.protocol.ops import LOG, Op

Listener = Callable[[list[Op]], object]


class Propagation(Protocol):
    """Hands the ops of each change to its listeners."""

    def listen(self, listener: Listener, target: int) -> None: ...
    def forget(self, listener: Listener) -> None: ...


class AofFiles:
    def __init__(self, config: Settings, dataset: Dataset, log: Log, propagation: Propagation) -> None:
        self.log = log
        # The one on the disk, once it was read.  Replaced at the start, and by the one thread "rewrite"
        # that is at work.  A manifest never changes, so others may read the attribute.
        self.manifest = Manifest()
        self._config = config
        self._dataset = dataset
        self._propagation = propagation

    # At the start, again, and at the end.

    def start(self, new_client: NewClient) -> None:
        """Load the data and begin to log; CannotLoad when a file is damaged or cannot be opened."""
        begun = time.perf_counter()
        self.log.is_on = True
        try:
            manifest = self._find_manifest()
            if manifest.files:
                self.log.size = self._loader(new_client).load(manifest)
                seconds = time.perf_counter() - begun
                logging.notice(f"DB loaded from append only file: {seconds:.3f} seconds")
            self._open_for_writing(manifest)
        except BadManifest as problem:
            raise CannotLoad(self._bad_manifest_message(problem)) from None
        except OSError as problem:
            raise CannotLoad(f"Can't open the append only file: {problem}") from None

    def _loader(self, new_client: NewClient) -> AofLoader:
        return AofLoader(self.folder, self._dataset, new_client, self._config["aof-load-truncated"])

    def _bad_manifest_message(self, problem: BadManifest) -> str:
        path = os.path.join(self.folder, self._manifest_name)
        return (
            f"{problem.message()}\nNothing was loaded. Keep a copy of {path} and correct it: each line reads "
            "'file NAME seq NUMBER type KIND', and KIND is b for the base, i for an increment, h for history."
        )

    def reload(self, new_client: NewClient) -> None:
        """Clear all data and load them again."""
        self.log.sync()
        self._dataset.clear()
        try:
            self._loader(new_client).load(self.manifest)
        except CannotLoad:
            self._dataset.clear()  # rather no data than half of them
            raise
        logging.warning("Append Only File loaded by DEBUG LOADAOF")

    def stop(self) -> None:
        """Write and sync the rest; there are no clients any more."""
        if self.log.is_fed:
            logging.notice("Calling fsync() on the AOF file.")
        with contextlib.suppress(OSError):  # the log has reported it
            self.log.close()

    def start_feeding(self, file: BinaryIO) -> None:
        """Begin a log: ops go into this file."""
        self.log.switch_file(file)
        self._propagation.listen(self.log.feed, LOG)

    def stop_feeding(self) -> None:
        if self.log.is_fed:
            self._propagation.forget(self.log.feed)
            self.log.switch_file(None)

    # The folder and its files.

    @property
    def folder(self) -> str:
        folder: str = os.path.join(self._config["dir"], self._config["appenddirname"])
        return folder

    @property
    def base_suffix(self) -> str:
        """The suffix of the next base."""
        return ".rdb" if self._config["aof-use-rdb-preamble"] else ".aof"

    @property
    def _manifest_name(self) -> str:
        return f"{self._config['appendfilename']}.manifest"

    def make_folder(self) -> None:
        os.makedirs(self.folder, mode=0o755, exist_ok=True)

    def read_manifest(self) -> Manifest:
        """Read it; an empty one where there is none, and BadManifest when it is damaged."""
        try:
            path = os.path.join(self.folder, self._manifest_name)
            with open(path, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
                self.manifest = aof_manifest.parse(file.read())
        except FileNotFoundError:
            self.manifest = Manifest()
        return self.manifest

    def save_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest, wholly or not at all; the contents of the files that it names are safe.

        When the last step fails, the new one is there, but a power cut could bring the old one back.
        """
        with WholeFile(self.folder, self._manifest_name) as file:
            file.write(manifest.format().encode())
            file.finish()
            sync_folder(self.folder)  # the names of the files first
            file.publish()
        self.manifest = manifest
        sync_folder(self.folder)

    def open_increment(self, increment: File, fresh: bool = False) -> BinaryIO:
        """Open it for appending, unbuffered; `fresh`: what is in it is from a rewrite that failed."""
        path = os.path.join(self.folder, increment.name)
        file = open(path, "ab", buffering=0)  # noqa: SIM115 (the log closes it)
        try:
            if fresh:
                file.truncate(0)
            os.fsync(file.fileno())
        except OSError:
            file.close()
            raise
        return file

    def remove_history(self) -> None:
        """Delete the files that are not read any more, and then their names; unless aof-disable-auto-gc.

        The manifest must be safe on the disk.  What cannot be deleted stays history, for the next time.
        """
        if self._config["aof-disable-auto-gc"]:
            return
        kept = tuple([file for file in self.manifest.history if not self._remove(file)])
        if kept == self.manifest.history:
            return
        try:
            self.save_manifest(self.manifest._replace(history=kept))
        except OSError as problem:
            logging.warning(f"The manifest still names history files that were removed: {problem}")

    def _remove(self, file: File) -> bool:
        logging.notice(f"Removing the history file {file.name} in the background")
        try:
            os.unlink(os.path.join(self.folder, file.name))
        except FileNotFoundError:
            pass
        except OSError as problem:
            logging.warning(f"Can't remove the history file {file.name}: {problem.strerror}")
            return False
        return True

    # The steps of the start.

    def _find_manifest(self) -> Manifest:
        """The manifest on the disk; an empty one at the very first start."""
        manifest, name = self.read_manifest(), self._config["appendfilename"]
        old, new = os.path.join(self._config["dir"], name), os.path.join(self.folder, name)
        is_half_migrated = manifest.names_only(name) and not os.path.exists(new)
        if os.path.isfile(old) and (is_half_migrated or not manifest.files):
            return self._migrate(old, new, manifest.history)
        return manifest

    def _migrate(self, old: str, new: str, history: tuple[File, ...]) -> Manifest:
        """Make the single file of Redis 6 the base.

        The manifest comes first, as in Redis.  After a crash between the two steps, a file that is named and
        not there yet is looked for again; a file that is not named would be overlooked.
        """
        name = self._config["appendfilename"]
        manifest = aof_manifest.of_old(name)._replace(history=history)
        self.make_folder()
        self.save_manifest(manifest)
        os.replace(old, new)
        sync_folder(self.folder)
        logging.notice(
            f"Successfully migrated an old-style AOF file ({name}) into the AOF directory "
            f"({self._config['appenddirname']})."
        )
        return manifest

    def _open_for_writing(self, manifest: Manifest) -> None:
        self.make_folder()
        if not manifest.files:
            manifest = self._write_first_base(manifest)
        if manifest.increments:
            name = manifest.increments[-1].name
            logging.notice(f"Opening AOF incr file {name} on server start")
        else:
            manifest = manifest.with_increment(self._config["appendfilename"])
            name = manifest.increments[-1].name
            logging.notice(f"Creating AOF incr file {name} on server start")
        file = self.open_increment(manifest.increments[-1])
        self.save_manifest(manifest)
        self.remove_history()
        self.log.base_size = self._base_size(manifest)
        self.log.record_base(0)
        self.start_feeding(file)

    def _write_first_base(self, manifest: Manifest) -> Manifest:
        """Write a base at the first start, so that there always is one; there are hardly any data yet."""
        manifest = manifest.with_base(self._config["appendfilename"], self.base_suffix)
        assert manifest.base is not None
        logging.notice(f"Creating AOF base file {manifest.base.name} on server start")
        with open(os.path.join(self.folder, manifest.base.name), "wb") as file:
            if self._config["aof-use-rdb-preamble"]:
                file.write(self._current_dataset())
            file.flush()
            os.fsync(file.fileno())
        return manifest

    def _current_dataset(self) -> bytes:
        file = io.BytesIO()
        writer = RdbWriter(file.write, sizes_of(self._dataset.databases))
        writer.begin(self._dataset.aux_fields(aof_base=True))
        for entry in walk(self._dataset.databases):
            writer.add(entry)
        writer.end()
        return file.getvalue()

    def _base_size(self, manifest: Manifest) -> int:
        return os.path.getsize(os.path.join(self.folder, manifest.base.name)) if manifest.base else 0
