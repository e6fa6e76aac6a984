"""Loads an append-only file: the base, and then all commands that were logged since, called once more.

The commands of each file go through a new client, made by `new_client()`: a function that calls a command as
a client with all rights.  Nothing is counted, propagated or expired meanwhile: when a key expired, its
deletion was logged.

The caller holds the lock, and the databases are empty.  May import: the command table.
"""

import os
import time
from collections.abc import Callable
from typing import BinaryIO

from redis_clone import logging
from redis_clone.command_table.registry import Command, find, lookup
from redis_clone.features.persistence.aof_manifest import BASE, File, Manifest
from redis_clone.features.persistence.aof_reader import Argv, BadFormat, CutShort, read_transactions
from redis_clone.features.persistence.dataset import CannotLoad, CannotReadRdb, Dataset
from redis_clone.features.persistence.rdb_loader import RdbLoader, what_to_do
from redis_clone.features.persistence.rdb_reader import BadRdb, Source
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply

RDB_MAGIC = b"REDIS"
CHECK = "python server.py --check-aof --fix"

CallCommand = Callable[[Command, Argv], Reply]
NewClient = Callable[[], CallCommand]


class AofLoader:
    """Loads the files of one folder."""

    def __init__(self, folder: str, dataset: Dataset, new_client: NewClient, may_truncate: bool) -> None:
        """`may_truncate`: an incomplete end of the last file is cut off (aof-load-truncated)."""
        self._folder = folder
        self._dataset = dataset
        self._progress = dataset.progress
        self._new_client = new_client
        self._may_truncate = may_truncate

    def load(self, manifest: Manifest) -> int:
        """Load all files; returns how many bytes that were.  CannotLoad when one is damaged or missing."""
        sizes = [self._size(file) for file in manifest.files]  # first of all: are all files there?
        self._progress.total_bytes = sum(sizes)
        for index, file in enumerate(manifest.files):
            self._load_file(file, is_last=not any(sizes[index + 1 :]))
            self._progress.end_file(sizes[index])
        return sum(sizes)

    def _size(self, file: File) -> int:
        try:
            return os.path.getsize(os.path.join(self._folder, file.name))
        except OSError as problem:
            raise CannotLoad(
                f"Unable to obtain the AOF file {file.name} length. stat: {problem.strerror}. The manifest "
                f"in {self._folder} names it: put it back."
            ) from None

    def _load_file(self, file: File, is_last: bool) -> None:
        start = time.perf_counter()
        path = os.path.join(self._folder, file.name)
        try:
            with open(path, "rb", buffering=0) as opened:
                offset = self._load_base(opened, path)
                self._load_commands(opened, offset)
        except CutShort as problem:
            self._truncate(path, problem, is_last)
        except BadFormat as problem:
            raise CannotLoad(_bad_format_message(path, problem)) from None
        except OSError as problem:
            raise CannotLoad(f"Can't read the append only file {file.name}: {problem.strerror}") from None
        kind = "base" if file.kind == BASE else "incr"
        seconds = time.perf_counter() - start
        logging.notice(f"DB loaded from {kind} file {file.name}: {seconds:.3f} seconds")

    def _load_base(self, file: BinaryIO, path: str) -> int:
        """Load the RDB file that the file may begin with; returns the offset of what follows."""
        begins_with = file.read(len(RDB_MAGIC))
        file.seek(0)
        if begins_with != RDB_MAGIC:
            return 0
        logging.notice("Reading RDB base file on AOF loading...")
        source = Source(self._progress.reader(file))
        try:
            loader = RdbLoader(self._dataset.databases, None, progress=self._progress)
            self._dataset.libraries = loader.load(source).libraries
        except BadRdb as problem:
            raise CannotReadRdb(what_to_do(path, problem)) from None
        file.seek(source.offset)
        return source.offset

    def _load_commands(self, file: BinaryIO, offset: int) -> None:
        call = self._new_client()
        for transaction in read_transactions(self._progress.reader(file), offset):
            for argv in transaction.commands:
                call(_found(argv, offset), argv)
                if self._progress.delay_us:
                    self._progress.delay()
            offset = transaction.end

    def _truncate(self, path: str, problem: CutShort, is_last: bool) -> None:
        """Cut off what is not whole at the end, if that is allowed: the server was stopped within a write.

        Only the last file was written to at that time, or the last one that is not empty: a rewrite names the
        next file before the writes to this one end.  Redis rejects that, and cuts any file before it does.
        """
        name = os.path.basename(path)
        if not is_last:
            raise CannotLoad(
                f"Fatal error: the truncated file is not the last file: {path} ends too early, and is good "
                f"up to offset {problem.offset}. Put a whole copy of it in its place."
            )
        if problem.in_transaction:
            logging.warning(f"Revert incomplete MULTI/EXEC transaction in AOF file {name}")
        if not self._may_truncate:
            raise CannotLoad(_unexpected_end_message(path, problem))
        logging.warning(f"!!! Warning: short read while loading the AOF file {name}!!!")
        logging.warning(f"!!! Truncating the AOF {name} at offset {problem.offset} !!!")
        os.truncate(path, problem.offset)
        logging.warning(f"AOF {name} loaded anyway because aof-load-truncated is enabled")


def _found(argv: Argv, offset: int) -> Command:
    """The command; BadFormat when there is none, or when its arguments are too few or too many."""
    try:
        return find(argv)
    except RedisError as problem:
        if lookup(argv):
            raise BadFormat(offset, str(problem)) from None
        name = argv[0].decode("latin-1")
        raise BadFormat(offset, str(problem), what=f"Unknown command '{name}'") from None


def _bad_format_message(path: str, problem: BadFormat) -> str:
    name = os.path.basename(path)
    return (
        f"{problem.what} reading the append only file {name} at offset {problem.offset} ({problem.reason}): "
        f"make a backup of your AOF file, then use {CHECK} {path}"
    )


def _unexpected_end_message(path: str, problem: CutShort) -> str:
    return (
        f"Unexpected end of file reading the append only file {os.path.basename(path)} at offset "
        f"{problem.offset}. You can: 1) Make a backup of your AOF file, then use {CHECK} {path}. 2) "
        "Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the "
        "server."
    )
