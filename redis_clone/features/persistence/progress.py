"""How far the files are loaded at the start, and when others are let in meanwhile.

A server that starts listens before it loads.  Each file is read through reader(), which counts the bytes.
From them follow the figures of INFO, and a moment for the clients whenever
`loading-process-events-interval-bytes` more are read.  `key-load-delay` passes in such a moment too, so that
nobody else waits for it.  While a command loads a file, as DEBUG RELOAD does, nobody is let in.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

Read = Callable[[int], bytes]
LetIn = Callable[[float], object]  # others may run commands for so many seconds


def _let_nobody_in(seconds: float) -> None:
    """While nothing is loaded at the start."""


class Progress:
    """Of all files that are loaded, one after the other."""

    def __init__(self) -> None:
        self.is_on = False  # files are loaded at the start, or about to be
        self.delay_us = 0  # after each key; -n: one after every n keys
        self.interval_bytes = 2 * 1024 * 1024
        self.start_s = 0  # Unix time
        self.total_bytes = self.loaded_bytes = 0
        self.rdb_used_mem = 0  # bytes that the data took when the file was saved
        self._before = 0  # bytes of the files that are loaded already
        self._keys = 0
        self._let_in: LetIn = _let_nobody_in

    def begin(self, now_s: int) -> None:
        """Files will be loaded at the start."""
        self.is_on, self.start_s = True, now_s

    @contextmanager
    def letting_in(self, let_in: LetIn) -> Iterator[None]:
        """While they are loaded."""
        self._let_in = let_in
        try:
            yield
        finally:
            self._let_in = _let_nobody_in

    def reader(self, file: BinaryIO) -> Read:
        """As file.read, but never more than an interval at once."""

        def read(at_most: int) -> bytes:
            data = file.read(min(at_most, self.interval_bytes))
            self._advance(self._before + file.tell())
            return data

        return read

    def _advance(self, loaded_bytes: int) -> None:
        is_due = loaded_bytes // self.interval_bytes > self.loaded_bytes // self.interval_bytes
        self.loaded_bytes = loaded_bytes
        if is_due:
            self._let_in(0.0)

    def end_file(self, size: int) -> None:
        """The next reader() is of another file."""
        self._before += size

    def delay(self) -> None:
        """A key was loaded, or a command was run, and there is a delay."""
        self._keys += 1
        if self.delay_us > 0:
            self._let_in(self.delay_us / 1e6)
        elif self._keys % -self.delay_us == 0:
            self._let_in(1e-6)

    def percent(self) -> float:
        return 100 * self.loaded_bytes / self.total_bytes if self.total_bytes else 0.0

    def seconds_left(self, now_s: int) -> int:
        """As many as it will take if it goes on as until now; 1 in the first second."""
        elapsed = now_s - self.start_s
        return elapsed * (self.total_bytes - self.loaded_bytes) // (self.loaded_bytes + 1) if elapsed else 1
