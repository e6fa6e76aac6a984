"""A file that takes the place of another one only when it is whole: written beside it, synced, renamed.

Whatever happens meanwhile (a full disk, a power cut, kill -9), the old file is there, and whole.

    write ...       into temp-<number>.rdb, in the same folder
    finish          waits until all of it is on the disk
    publish         renames it: readers see the old file, or the new one
    sync_folder     waits until the rename is on the disk too

Each of them raises OSError when the disk refuses.  Leaving the `with` without publish removes the file.
Imports nothing of ours.
"""

import contextlib
import os
import threading

SYNC_EVERY = 4 * 1024**2  # bytes


class WholeFile:
    """
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with WholeFile(folder, "dump.rdb") as file:
    ...         file.write(b"..."), file.finish(), os.listdir(folder) == [file.temporary]
    ...         file.publish(), os.listdir(folder)
    (None, None, True)
    (None, ['dump.rdb'])
    """

    def __init__(self, folder: str, name: str, sync_on_the_way: bool = True) -> None:
        """`sync_on_the_way`: every few megabytes, so that the end does not have to wait for the disk."""
        self.temporary = self.temporary_name()
        self._temporary = os.path.join(folder, self.temporary)
        self._path = os.path.join(folder, name)
        self._folder = folder
        self._sync_on_the_way = sync_on_the_way
        self._unsynced = 0  # bytes
        self._published = False
        self._file = open(self._temporary, "wb")  # noqa: SIM115 (closed by finish, or in the end)

    def __enter__(self) -> "WholeFile":
        return self

    def __exit__(self, *exception: object) -> None:
        if self._published:
            return
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            os.unlink(self._temporary)

    @staticmethod
    def temporary_name() -> str:
        """The name of the file that this thread writes."""
        return f"temp-{threading.get_native_id()}.rdb"

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self._unsynced += len(data)
        if self._sync_on_the_way and self._unsynced >= SYNC_EVERY:
            self._sync()

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unsynced = 0

    def finish(self) -> None:
        self._sync()
        self._file.close()

    def publish(self) -> None:
        os.replace(self._temporary, self._path)
        self._published = True


def sync_folder(folder: str) -> None:
    """Wait until a folder's names are on the disk.  Windows does it by itself, and cannot open a folder."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
