"""The file nodes.conf on the disk: written whole, synced before anybody hears of what it says, and locked.

Two nodes with one file would be the same node, so each locks its file for as long as it runs.
"""

import os
import sys
from typing import IO

from redis_clone.config.values import ConfigError
from redis_clone.features.persistence.whole_file import sync_folder

if sys.platform != "win32":
    import fcntl


class NodesConf:
    """The file of one node, from the start to close().  ConfigError if another node has it."""

    def __init__(self, folder: str, name: str) -> None:
        self._folder = os.path.abspath(folder)
        self.path = os.path.join(self._folder, name)
        self._temporary = f"{self.path}.tmp-{os.getpid()}"
        try:
            self._file: IO[bytes] = open(self.path, "ab+")  # noqa: SIM115 (open as long as the node runs)
        except OSError as problem:
            raise ConfigError(
                f"Can't open {self.path} in order to acquire a lock: {problem.strerror}"
            ) from None
        if not _lock(self._file):
            self._file.close()
            raise ConfigError(
                f"Sorry, the cluster configuration file {self.path} is already used by a different Redis "
                "Cluster node. Please make sure that different nodes use different cluster configuration "
                "files."
            )

    def read(self) -> str:
        """What the file holds; nothing for a new node."""
        self._file.seek(0)
        return self._file.read().decode("utf-8", "surrogateescape")

    def write(self, text: str) -> None:
        """Replace the file, and wait until that is on the disk.  OSError when the disk refuses."""
        file = open(self._temporary, "wb")  # noqa: SIM115
        try:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
            _lock(file)  # before it has the name, so that no other node gets in between
            os.replace(self._temporary, self.path)
        except OSError:
            file.close()
            raise
        self._file.close()
        self._file = file
        sync_folder(self._folder)

    def close(self) -> None:
        self._file.close()


def _lock(file: IO[bytes]) -> bool:
    """Lock a file until it is closed; False if another process has locked it."""
    if sys.platform != "win32":  # there files are not locked
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
