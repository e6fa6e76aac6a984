"""Reading an append-only file: the base, and then all that was done since, done once more.

What is read goes through dispatch.call like any command, with a client of its own whose word is not doubted.
Nothing expires meanwhile: a key that fell due was deleted then, and the log says so.

The caller holds the lock, and the databases are empty.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from redis_clone import logging
from redis_clone.acl.users import default_user
from redis_clone.dispatch import call
from redis_clone.errors import RedisError
from redis_clone.monitoring.commandstats import CommandStats
from redis_clone.persistence.aof_manifest import File, Manifest
from redis_clone.persistence.aof_reader import BadFormat, CutShort, Words, read_units
from redis_clone.persistence.rdb_loader import RdbLoader, what_to_do
from redis_clone.persistence.rdb_reader import BadRdb, Source
from redis_clone.registry import Command, find
from redis_clone.state import Client, Server

RDB_MAGIC = b"REDIS"
CHECK = "python server.py --check-aof --fix"


class CannotReplay(Exception):
    """The log is damaged; the text says where, and what to do."""


def replay(server: Server, folder: str, manifest: Manifest) -> int:
    """Do all of it; returns how many bytes that were."""
    sizes = [_size(folder, file) for file in manifest.files]  # before anything is loaded: is it all there?
    with _uncounted(server):
        for file in manifest.files:
            _replay_file(server, folder, file, is_last=file is manifest.files[-1])
    return sum(sizes)


def _size(folder: str, file: File) -> int:
    try:
        return os.path.getsize(os.path.join(folder, file.name))
    except OSError as problem:
        raise CannotReplay(
            f"Unable to obtain the AOF file {file.name} length. stat: {problem.strerror}. The manifest in "
            f"{folder} names it: put it back."
        ) from None


@contextmanager
def _uncounted(server: Server) -> Iterator[None]:
    """What is done again is no news: no statistics, no slow log, and nothing expires meanwhile."""
    changes, counted, slow_ns = server.stats.changes, server.command_stats, server.slow_ns
    server.command_stats, server.slow_ns = CommandStats(), sys.maxsize
    _let_expire(server, False)
    try:
        yield
    finally:
        _let_expire(server, True)
        server.stats.changes, server.command_stats, server.slow_ns = changes, counted, slow_ns


def _let_expire(server: Server, expires: bool) -> None:
    for database in server.databases:
        database.expires = expires


def _replay_file(server: Server, folder: str, file: File, is_last: bool) -> None:
    start = time.perf_counter()
    path = os.path.join(folder, file.name)
    try:
        with open(path, "rb", buffering=0) as opened:
            offset = _load_base(server, opened, path)
            _replay_commands(server, opened, offset)
    except CutShort as problem:
        _cut(server, path, problem, is_last)
    except BadFormat as problem:
        raise CannotReplay(_told(path, problem)) from None
    except OSError as problem:
        raise CannotReplay(f"Can't read the append only file {file.name}: {problem.strerror}") from None
    kind = "base" if file.kind == "b" else "incr"
    seconds = time.perf_counter() - start
    logging.notice(f"DB loaded from {kind} file {file.name}: {seconds:.3f} seconds")


def _load_base(server: Server, file: BinaryIO, path: str) -> int:
    """Load the dataset in RDB form that the file may begin with; returns the offset of what follows."""
    begins_with = file.read(len(RDB_MAGIC))
    file.seek(0)
    if begins_with != RDB_MAGIC:
        return 0
    logging.notice("Reading RDB base file on AOF loading...")
    source = Source(file.read)
    try:
        server.saves.libraries = RdbLoader(server.databases, None).load(source).libraries
    except BadRdb as problem:
        raise CannotReplay(what_to_do(path, problem)) from None
    file.seek(source.offset)
    return source.offset


def _replay_commands(server: Server, file: BinaryIO, offset: int) -> None:
    client = Client(server, replays=True)
    client.user, client.authenticated = default_user(), True  # it may do everything
    for unit in read_units(file.read, offset):
        for words in unit.commands:
            try:
                row = find(words)
            except RedisError as problem:
                raise BadFormat(offset, str(problem)) from None
            _do(client, row, words)
        offset = unit.end


def _do(client: Client, row: Command, words: Words) -> None:
    reply = call(client, row, words)
    if isinstance(reply, RedisError):
        logging.warning(
            f"== CRITICAL == The append only file contains a command that fails: '{reply}' after processing "
            f"the command '{row.shown_name}'"
        )


def _cut(server: Server, path: str, problem: CutShort, is_last: bool) -> None:
    """The server was stopped within a write: drop what is not whole, if that is allowed.

    Only the last file was written to at the time; Redis cuts another one too, before it refuses it.
    """
    name = os.path.basename(path)
    if not is_last:
        raise CannotReplay(
            f"Fatal error: the truncated file is not the last file: {path} ends too early, and is good up to "
            f"offset {problem.offset}. Put a whole copy of it in its place."
        )
    if problem.in_transaction:
        logging.warning(f"Revert incomplete MULTI/EXEC transaction in AOF file {name}")
    if not server.config["aof-load-truncated"]:
        raise CannotReplay(
            f"Unexpected end of file reading the append only file {name} at offset {problem.offset}. "
            f"You can: 1) Make a backup of your AOF file, then use {CHECK} {path}. 2) Alternatively you can "
            "set the 'aof-load-truncated' configuration option to yes and restart the server."
        )
    logging.warning(f"!!! Warning: short read while loading the AOF file {name}!!!")
    logging.warning(f"!!! Truncating the AOF {name} at offset {problem.offset} !!!")
    os.truncate(path, problem.offset)
    logging.warning(f"AOF {name} loaded anyway because aof-load-truncated is enabled")


def _told(path: str, problem: BadFormat) -> str:
    return (
        f"Bad file format reading the append only file {path} at offset {problem.offset} ({problem.reason}): "
        f"make a backup of your AOF file, then use {CHECK} {path}"
    )


def forget_everything(server: Server) -> None:
    """Empty the databases, with nothing said to anybody; for who is about to load."""
    for database in server.databases:
        database.clear()
    server.changes.clear()
