"""Loads the events of an RDB file into the databases.

The databases are empty, unless the caller means to merge.  It holds the lock, unless it alone has them.
May import: storage, logging.
"""

import os
import re
import time
from collections.abc import Callable, Sequence

from redis_clone import logging
from redis_clone.features.persistence.progress import File, Progress
from redis_clone.features.persistence.rdb_reader import (
    AuxField,
    BadRdb,
    Contradiction,
    Ended,
    Library,
    RdbReader,
    Selected,
    Skipped,
    Source,
    Unreadable,
)
from redis_clone.features.persistence.snapshot import Entry
from redis_clone.storage.database import Database

MEGABYTE = 1024**2
ID_DIGITS = 40  # of a replication ID
NUMBER = re.compile("[0-9]{1,18}")


class Loaded:
    """The counts of one load."""

    def __init__(self) -> None:
        self.keys = 0
        self.expired_keys: list[tuple[int, bytes]] = []  # their databases and names; they were not loaded
        self.empty = 0
        # Where in which history the data were (features/replication/history.py); "": the file does not say.
        self.replid = ""
        self.offset = 0
        self.stream_db = 0  # the database that was selected in the stream there
        self.libraries: list[bytes] = []  # code of functions, kept to be written again


class RdbLoader:
    """Loads from one source.

    `now_ms` is None where expired keys must stay: the append-only file that follows will delete them.
    """

    def __init__(
        self,
        databases: Sequence[Database],
        now_ms: int | None,
        merge: bool = False,
        progress: Progress | None = None,
        libraries: Sequence[bytes] = (),
    ) -> None:
        """`libraries`: those that stay; `merge`: what is there already, a key or a library, is replaced."""
        self.progress = progress or Progress()
        self._libraries = libraries
        self._databases = databases
        self._now_ms = now_ms
        self._merge = merge
        self.loaded = Loaded()

    def load(self, source: Source) -> Loaded:
        """Load everything.  BadRdb when the file is damaged; the caller clears what was loaded by then."""
        for event in RdbReader(source).events():
            if type(event) is Entry:
                self._take_key(event, source)
            else:
                TAKE[type(event)](self, event, source)
        return self.loaded

    def _take_key(self, entry: Entry, source: Source) -> None:
        db, key, value, expire_at_ms = entry
        if expire_at_ms is not None and self._now_ms is not None and expire_at_ms < self._now_ms:
            self.loaded.expired_keys.append((db, key))
            return
        database = self._databases[db]
        if not self._merge and database.stored(key) is not None:
            raise BadRdb(f"RDB has duplicated key '{_shown(key)}' in DB {db}", source.offset)
        database.load(key, value, expire_at_ms)
        self.loaded.keys += 1
        if self.progress.delay_us:
            self.progress.delay()

    def _take_selected(self, event: Selected, source: Source) -> None:
        if event.db >= len(self._databases):
            raise BadRdb(
                "Data file was created with a Redis server configured to handle more than "
                f"{len(self._databases)} databases",
                source.offset,
            )

    def _take_aux_field(self, event: AuxField, source: Source) -> None:
        if event.name in AUX_FIELDS:
            logging.notice(AUX_FIELDS[event.name](event.value))
        if event.name == "used-mem":
            self.progress.rdb_used_mem = _number(event.value)
        elif event.name == "repl-id" and len(event.value) == ID_DIGITS:
            self.loaded.replid = event.value
        elif event.name == "repl-offset":
            self.loaded.offset = _number(event.value)
        elif event.name == "repl-stream-db" and _number(event.value) < len(self._databases):
            self.loaded.stream_db = _number(event.value)

    def _take_library(self, event: Library, source: Source) -> None:
        if event.code in self._libraries and not self._merge:
            raise BadRdb("Failed creating the library: it already exists", source.offset)
        self.loaded.libraries.append(event.code)

    def _take_skipped(self, event: Skipped, source: Source) -> None:
        logging.warning(f"rdbLoadObject skipping empty key: {_shown(event.key)}")
        self.loaded.empty += 1

    def _take_contradiction(self, event: Contradiction, source: Source) -> None:
        logging.warning(f"The value of the key '{_shown(event.key)}' contradicts itself: {event.text}")

    def _take_end(self, event: Ended, source: Source) -> None:
        if not event.checked:
            logging.warning("RDB file was saved with checksum disabled: no check performed.")


TAKE: dict[type, Callable[..., None]] = {
    Selected: RdbLoader._take_selected,
    AuxField: RdbLoader._take_aux_field,
    Library: RdbLoader._take_library,
    Skipped: RdbLoader._take_skipped,
    Contradiction: RdbLoader._take_contradiction,
    Ended: RdbLoader._take_end,
}


def _shown(key: bytes) -> str:
    return key.decode("utf-8", "backslashreplace")


def _number(text: str) -> int:
    """The number in an AUX field; 0 when it is none, for a master may send any file."""
    return int(text) if NUMBER.fullmatch(text) else 0


def _age_message(created: str) -> str:
    age = max(int(time.time()) - _number(created), 0) if _number(created) else 0
    return f"RDB age {age} seconds"


def _memory_message(used: str) -> str:
    return f"RDB memory usage when created {_number(used) / MEGABYTE:.2f} Mb"


AUX_FIELDS: dict[str, Callable[[str], str]] = {  # the fields that the server's log shows
    "redis-ver": "Loading RDB produced by version {}".format,
    "ctime": _age_message,
    "used-mem": _memory_message,
}


def load_file(path: str, loader: RdbLoader, skips_checksum: bool = False) -> Loaded:
    """Load the file at `path`: OSError when it cannot be read, BadRdb when it is damaged."""
    with open(path, "rb", buffering=0) as file:
        loader.progress.total_bytes = os.fstat(file.fileno()).st_size
        return load_open_file(file, loader, skips_checksum)


def load_open_file(file: File, loader: RdbLoader, skips_checksum: bool = False) -> Loaded:
    """Load what `file` reads; BadRdb when it is damaged."""
    loaded = loader.load(Source(loader.progress.reader(file), skips_checksum))
    message = f"Done loading RDB, keys loaded: {loaded.keys}, keys expired: {len(loaded.expired_keys)}"
    if loaded.empty:
        logging.warning(f"{message}, empty keys skipped: {loaded.empty}.")
    else:
        logging.notice(f"{message}.")
    return loaded


def what_to_do(path: str, problem: BadRdb) -> str:
    """The message for the log when the server cannot start: what is wrong, and what to do."""
    name = os.path.abspath(path)
    if isinstance(problem, Unreadable):
        return (
            f"{name} {problem.why}. Nothing was loaded and the file was left as it is. Load it with the "
            "server that wrote it, or move it away to start without data."
        )
    return (
        f"{name} is damaged at byte {problem.offset}: {problem.reason}. "
        f"Nothing was loaded and the file was left as it is. Look at it with 'python server.py --check-rdb "
        f"{path}'; put a good copy in its place, or move it away to start without data."
    )
