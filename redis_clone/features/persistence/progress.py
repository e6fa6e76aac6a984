"""How far the files are loaded, and when the lock is yielded to other clients meanwhile.

A server that starts listens before it loads.  Each file is read through reader(), which counts the bytes.
The figures of INFO follow from them, and the lock is yielded whenever
`loading-process-events-interval-bytes` more are read.  The `key-load-delay` passes while it is yielded, so
that no client waits for it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

Read = Callable[[int], bytes]
YieldLock = Callable[[float], object]  # for so many seconds


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

    def begin(self, now_s: int) -> None:
        """Files will be loaded."""
        self.is_on, self.start_s = True, now_s
        self.loaded_bytes = self._before = 0

    @contextmanager
    def yielding(self, yield_lock: YieldLock) -> Iterator[None]:
        """Yield the lock while the files are loaded in this context."""
        self._yield_lock = yield_lock
        try:
            yield
        finally:
            self._yield_lock = _keep_lock

    def reader(self, file: BinaryIO) -> Read:
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

    def percent(self) -> float:
        return 100 * self.loaded_bytes / self.total_bytes if self.total_bytes else 0.0

    def seconds_left(self, now_s: int) -> int:
        """As many as it will take if it goes on as until now; 1 in the first second."""
        elapsed = now_s - self.start_s
        return elapsed * (self.total_bytes - self.loaded_bytes) // (self.loaded_bytes + 1) if elapsed else 1
