"""Writes one RDB file: entries go in, and at the end a whole file stands in its place, or none.

    with RdbFile(folder, "dump.rdb", settings, sizes) as file:
        file.begin(aux_fields)
        file.write(entries)           again and again
        file.finish(); file.publish(); file.settle()

Every error of the disk is a SaveFailed, whose text is the line for the log.  Leaving the block without
publish() removes the file.  No lock is needed, and all but publish() may take long.

May import: storage.
"""

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from redis_clone.features.persistence.dataset import Settings
from redis_clone.features.persistence.rdb_writer import RdbWriter
from redis_clone.features.persistence.snapshot import Entry, Sizes
from redis_clone.features.persistence.whole_file import WholeFile, sync_folder

LONGEST_NAP = 0.05  # seconds: a save that is cancelled does not sleep on


class SaveFailed(Exception):
    """The disk refuses; the text is for the log."""


class RdbFile:
    def __init__(self, folder: str, name: str, settings: Settings, sizes: Sizes) -> None:
        self._folder = folder
        self._where = f"(in server root dir {folder})"
        self._name = name
        with _explained(
            f"Failed opening the temp RDB file {WholeFile.temporary_name()} {self._where} for saving"
        ):
            self._file = WholeFile(folder, name, settings["rdb-save-incremental-fsync"])
        self._pause_s = pause_after_key(settings)
        compress, checksum = settings["rdbcompression"], settings["rdbchecksum"]
        self._writer = RdbWriter(self._file.write, sizes, compress, checksum)

    def __enter__(self) -> "RdbFile":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.__exit__(*exception)

    def begin(self, aux_fields: Mapping[str, str | int], libraries: Iterable[bytes] = ()) -> None:
        with _explained("Write error while saving DB to the disk(write)"):
            self._writer.begin(aux_fields, tuple(libraries))

    def write(self, entries: Iterable[Entry], is_cancelled: Callable[[], bool] = bool) -> None:
        with _explained("Write error while saving DB to the disk(write)"):
            for entry in entries:
                self._writer.add(entry)
                if self._pause_s:
                    pause(self._pause_s, is_cancelled)

    def finish(self) -> None:
        """Have all of it on the disk, under its temporary name."""
        with _explained("Write error while saving DB to the disk(fsync)"):
            self._writer.end()
            self._file.finish()

    def publish(self) -> None:
        """Replace the old file; quick, so it may be done under the lock."""
        with _explained(
            f"Error moving temp DB file {self._file.temporary} on the final destination "
            f"{self._name} {self._where}"
        ):
            self._file.publish()

    def settle(self) -> None:
        """Have the new name on the disk too."""
        with _explained(f"Failed to fsync directory while saving DB {self._where}"):
            sync_folder(self._folder)


def pause_after_key(settings: Settings) -> float:
    """So many seconds pass after each key that is saved, in tests."""
    delay_us: int = settings["rdb-key-save-delay"]
    return max(delay_us, 0) / 1e6


def pause(seconds: float, is_cancelled: Callable[[], bool]) -> None:
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0 and not is_cancelled():
        time.sleep(min(left, LONGEST_NAP))


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise SaveFailed(f"{what}: {problem.strerror}") from None
