"""The append-only file at the start and at the end: its folder, its manifest, what is read and written.

    start       the old file of one piece is taken over; what is there is replayed; the log is opened
    stop        all is written, synced and closed
    save_manifest, open_increment, remove_history      for who changes the files: here, and in rewriting.py

Nobody else is there yet when it starts, so it takes the lock for all of it.
"""

import contextlib
import io
import os
import time
from typing import BinaryIO

from redis_clone import logging
from redis_clone.locking import locked
from redis_clone.persistence import aof_manifest
from redis_clone.persistence.aof_loading import CannotReplay, forget_everything, replay
from redis_clone.persistence.aof_manifest import BadManifest, File, Manifest
from redis_clone.persistence.rdb_saving import facts
from redis_clone.persistence.rdb_writer import RdbWriter
from redis_clone.persistence.snapshot import sizes_of, walk
from redis_clone.persistence.whole_file import WholeFile, sync_folder
from redis_clone.state import Server


class CannotStart(Exception):
    """The append-only file is wanted, and cannot be had; the text is for the log."""


def start(server: Server) -> bool:
    """Load the data from the append-only file, and log what comes now; False when it is not wanted."""
    if not server.config["appendonly"]:
        return False
    begun = time.perf_counter()
    try:
        with locked(server):
            manifest = _find_manifest(server)
            if manifest.files:
                server.log.size = replay(server, folder_of(server), manifest)
                seconds = time.perf_counter() - begun
                logging.notice(f"DB loaded from append only file: {seconds:.3f} seconds")
            _open_for_writing(server, manifest)
    except (BadManifest, CannotReplay) as problem:
        raise CannotStart(_told(server, problem)) from None
    except OSError as problem:
        raise CannotStart(f"Can't open the append only file: {problem}") from None
    return True


def _told(server: Server, problem: BadManifest | CannotReplay) -> str:
    if isinstance(problem, CannotReplay):
        return str(problem)
    path = os.path.join(folder_of(server), _manifest_name(server))
    return (
        f"{problem.told()}\nNothing was loaded. Keep a copy of {path} and correct it: each line reads "
        "'file NAME seq NUMBER type KIND', and KIND is b for the base, i for an increment, h for history."
    )


def reload(server: Server) -> None:
    """DEBUG LOADAOF.  The caller holds the lock, and everybody waits for the disk, on purpose."""
    server.propagation.hand_on()
    server.log.sync()
    forget_everything(server)
    was_on, server.propagation.is_on = server.propagation.is_on, False
    try:
        replay(server, folder_of(server), server.log.manifest)
    except CannotReplay as problem:
        forget_everything(server)  # rather nothing than a half
        raise CannotStart(str(problem)) from None
    finally:
        server.propagation.is_on = was_on
    logging.warning("Append Only File loaded by DEBUG LOADAOF")


def stop(server: Server) -> None:
    """Have all of it on the disk.  There are no clients any more."""
    if server.log.is_fed:
        logging.notice("Calling fsync() on the AOF file.")
    with contextlib.suppress(OSError):  # the log has told of it
        server.log.close()


def folder_of(server: Server) -> str:
    folder: str = os.path.join(server.config["dir"], server.config["appenddirname"])
    return folder


def _manifest_name(server: Server) -> str:
    return f"{server.config['appendfilename']}.manifest"


def _find_manifest(server: Server) -> Manifest:
    """What is there; an empty one at the very first start."""
    manifest = read_manifest(server)
    if manifest.files:
        return manifest
    old = os.path.join(server.config["dir"], server.config["appendfilename"])
    return _migrate(server, old) if os.path.isfile(old) else manifest


def read_manifest(server: Server) -> Manifest:
    """BadManifest when it is damaged."""
    try:
        path = os.path.join(folder_of(server), _manifest_name(server))
        with open(path, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            return aof_manifest.parse(file.read())
    except FileNotFoundError:
        return Manifest()


def _migrate(server: Server, path: str) -> Manifest:
    """The one file of before Redis 7 becomes the base.  The manifest comes first: it may name a missing file,
    but a file that it does not name would be overlooked."""
    name = server.config["appendfilename"]
    manifest = aof_manifest.of_old(name)
    os.makedirs(folder_of(server), mode=0o755, exist_ok=True)
    os.replace(path, os.path.join(folder_of(server), name))
    save_manifest(server, manifest)
    logging.notice(
        f"Successfully migrated an old-style AOF file ({name}) into the AOF directory "
        f"({server.config['appenddirname']})."
    )
    return manifest


def _open_for_writing(server: Server, manifest: Manifest) -> None:
    os.makedirs(folder_of(server), mode=0o755, exist_ok=True)
    if not manifest.files:
        manifest = _write_first_base(server, manifest)
    if manifest.increments:
        name = manifest.increments[-1].name
        logging.notice(f"Opening AOF incr file {name} on server start")
    else:
        manifest = manifest.with_increment(server.config["appendfilename"])
        name = manifest.increments[-1].name
        logging.notice(f"Creating AOF incr file {name} on server start")
    file = open_increment(server, manifest.increments[-1])
    save_manifest(server, manifest)
    server.log.manifest = remove_history(server, manifest)
    server.log.base_size = _base_size(server)
    server.log.is_on = True
    server.log.turn_to(file)
    server.propagation.listen(server.log.feed)


def _write_first_base(server: Server, manifest: Manifest) -> Manifest:
    """There is hardly anything yet, so it costs nothing; and from then on there always is a base."""
    manifest = manifest.with_base(server.config["appendfilename"], base_suffix(server))
    assert manifest.base is not None
    logging.notice(f"Creating AOF base file {manifest.base.name} on server start")
    with open(os.path.join(folder_of(server), manifest.base.name), "wb") as file:
        if server.config["aof-use-rdb-preamble"]:
            file.write(_empty_dataset(server))
        file.flush()
        os.fsync(file.fileno())
    return manifest


def base_suffix(server: Server) -> str:
    return ".rdb" if server.config["aof-use-rdb-preamble"] else ".aof"


def _empty_dataset(server: Server) -> bytes:
    file = io.BytesIO()
    writer = RdbWriter(file.write, sizes_of(server.databases))
    writer.begin(facts(server, aof_base=True))
    for entry in walk(server.databases):
        writer.add(entry)
    writer.end()
    return file.getvalue()


def save_manifest(server: Server, manifest: Manifest) -> None:
    """Replace the manifest, wholly or not at all; what it names is on the disk already."""
    with WholeFile(folder_of(server), _manifest_name(server)) as file:
        file.write(manifest.spelled().encode())
        file.finish()
        file.publish()
    sync_folder(folder_of(server))


def open_increment(server: Server, increment: File, fresh: bool = False) -> BinaryIO:
    """For appending, unbuffered; `fresh`: whatever is in it is from a try that came to nothing."""
    path = os.path.join(folder_of(server), increment.name)
    file = open(path, "ab", buffering=0)  # noqa: SIM115 (the log closes it)
    if fresh:
        file.truncate(0)
    os.fsync(file.fileno())
    return file


def remove_history(server: Server, manifest: Manifest) -> Manifest:
    """Delete the files that are not read any more, and then their names."""
    if not manifest.history:
        return manifest
    for file in manifest.history:
        logging.notice(f"Removing the history file {file.name} in the background")
        with contextlib.suppress(OSError):
            os.unlink(os.path.join(folder_of(server), file.name))
    manifest = manifest.without_history()
    save_manifest(server, manifest)
    return manifest


def _base_size(server: Server) -> int:
    base = server.log.manifest.base
    return os.path.getsize(os.path.join(folder_of(server), base.name)) if base else 0
