"""How far the files are loaded, and when the lock is yielded to other clients meanwhile.

A server that starts listens before it loads.  Each file is read through reader(), which counts the bytes.
The figures of INFO follow from them, and the lock is yielded whenever
`loading-process-events-interval-bytes` more are read.  The `key-load-delay` passes while it is yielded, so
that no client waits for it.  The data of a master are loaded without the lock (server/full_load.py): there
the link to the master looks at these moments whether it is to go on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

Read = Callable[[int], bytes]
YieldLock = Callable[[float], object]  # for so many seconds
MOST_PERCENT = 99.99  # where the size of a file is only guessed


class File(Protocol):
    """What is loaded: a file on the disk, or one that comes from a master."""

    def read(self, at_most: int, /) -> bytes: ...
    def tell(self) -> int: ...


def _keep_lock(seconds: float) -> None:
    """Nobody may look at the data while they are loaded."""


class Progress:
    """Of all files that are loaded, one after the other."""

    def __init__(self) -> None:
        self.is_on = False  # files are loaded, or about to be
        self.delay_us = 0  # after each key; -n: one after every n keys
        self.interval_bytes = 2 * 1024 * 1024
        self.start_s = 0  # Unix time
        self.total_bytes = self.loaded_bytes = 0
        self.rdb_used_mem = 0  # bytes that the data took when the file was saved
        self._before = 0  # bytes of the files that are loaded already
        self._keys = 0
        self._yield_lock: YieldLock = _keep_lock

    def begin(self, now_s: int, total_bytes: int = 0) -> None:
        """Files will be loaded; 0: it is not known yet, or never will be, how large they are."""
        self.is_on, self.start_s, self.total_bytes = True, now_s, total_bytes
        self.loaded_bytes = self.rdb_used_mem = self._before = 0

    @contextmanager
    def yielding(self, yield_lock: YieldLock) -> Iterator[None]:
        """Yield the lock while the files are loaded in this context."""
        self._yield_lock = yield_lock
        try:
            yield
        finally:
            self._yield_lock = _keep_lock

    def reader(self, file: File) -> Read:
        """A function that reads the file, never more than an interval at once, and counts the bytes."""

        def read(at_most: int) -> bytes:
            data = file.read(min(at_most, self.interval_bytes))
            self._advance(self._before + file.tell())
            return data

        return read

    def _advance(self, loaded_bytes: int) -> None:
        is_due = loaded_bytes // self.interval_bytes > self.loaded_bytes // self.interval_bytes
        self.loaded_bytes = loaded_bytes
        if is_due:
            self._yield_lock(0.0)

    def end_file(self, size: int) -> None:
        """The next reader() is of another file."""
        self._before += size

    def delay(self) -> None:
        """A key was loaded, or a command was run, and there is a delay."""
        self._keys += 1
        if self.delay_us > 0:
            self._yield_lock(self.delay_us / 1e6)
        elif self._keys % -self.delay_us == 0:
            self._yield_lock(1e-6)

    @property
    def _expected_bytes(self) -> int:
        """How many bytes there are; of a file that ends with a mark, a bad guess: what the data took."""
        return self.total_bytes or self.rdb_used_mem

    def percent(self) -> float:
        percent = 100 * self.loaded_bytes / self._expected_bytes if self._expected_bytes else 0.0
        return percent if self.total_bytes else min(percent, MOST_PERCENT)

    def seconds_left(self, now_s: int) -> int:
        """As many as it will take if it goes on as until now; 1 in the first second."""
        elapsed, left = now_s - self.start_s, max(self._expected_bytes - self.loaded_bytes, 1)
        return elapsed * left // (self.loaded_bytes + 1) if elapsed else 1
