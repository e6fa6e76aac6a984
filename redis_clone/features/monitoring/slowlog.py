"""SLOWLOG: the last commands that took long, newest first.

An entry keeps what a person needs to find the cause, and of a long command only the first 32 arguments and
128 bytes of each.  Passwords are redacted.  The caller holds the lock.
"""

import math
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from redis_clone.command_table.redaction import redacted
from redis_clone.structures.clock import Clock

MOST_ARGUMENTS = 32
MOST_BYTES = 128


class Entry(NamedTuple):
    """An entry of the slow log, in the order of the reply to SLOWLOG GET."""

    id: int
    time_s: int  # Unix time
    took_us: int
    argv: list[bytes]
    address: str
    name: bytes  # of the client, "" when it has none


class SlowLog:
    """The entries, and the threshold from which a command is slow.

    >>> log = SlowLog(Clock(source=lambda: 7_000_000_000))
    >>> log.choose_threshold(1000)
    >>> log.add(999, [b"GET", b"a"], "", b""), log.add(1000, [b"AUTH", b"pw"], "127.0.0.1:7", b"")
    (None, None)
    >>> [tuple(entry) for entry in log.newest(10)]
    [(0, 7, 1000, [b'AUTH', b'(redacted)'], '127.0.0.1:7', b'')]
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque()  # newest first
        self._next_id = 0  # never reset, so that a regular reader knows which entries are new
        self._slower_than_us: float = math.inf
        self._most = 128

    def choose_threshold(self, microseconds: int) -> None:
        """Set the microseconds from which a command is slow; -1: none is."""
        self._slower_than_us = math.inf if microseconds < 0 else microseconds

    def choose_length(self, most: int) -> None:
        """Set how many entries are kept; 0: none."""
        self._most = most
        self._trim()

    @property
    def from_ns(self) -> float:
        """The threshold in nanoseconds; infinite when nothing is logged."""
        return self._slower_than_us * 1000 if self._most else math.inf

    def add(self, took_us: int, argv: list[bytes], address: str, name: bytes) -> None:
        """Record a command that has ended, if it was slow.  O(length of the command)"""
        if took_us < self._slower_than_us or not self._most:
            return
        shortened = _shortened(redacted(argv))
        entry = Entry(self._next_id, self._clock.now_ms // 1000, took_us, shortened, address, name)
        self._entries.appendleft(entry)
        self._next_id += 1
        self._trim()

    def newest(self, count: int) -> Iterator[Entry]:
        """The newest `count` entries; all of them when `count` is -1."""
        return islice(self._entries, None if count < 0 else count)

    def clear(self) -> None:
        self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _trim(self) -> None:
        while len(self._entries) > self._most:
            self._entries.pop()


def _shortened(argv: list[bytes]) -> list[bytes]:
    """A command, shortened; its last part says how much was cut off.

    >>> _shortened([b"SET", b"k", b"x" * 130])[2][-20:]
    b'x... (2 more bytes)'
    >>> _shortened([b"DEL", *[b"k"] * 32])[-2:]
    [b'k', b'... (2 more arguments)']
    """
    shown = [_shortened_argument(argument) for argument in argv[:MOST_ARGUMENTS]]
    if len(argv) > MOST_ARGUMENTS:
        shown[-1] = b"... (%d more arguments)" % (len(argv) - MOST_ARGUMENTS + 1)
    return shown


def _shortened_argument(argument: bytes) -> bytes:
    rest = len(argument) - MOST_BYTES
    return argument[:MOST_BYTES] + b"... (%d more bytes)" % rest if rest > 0 else bytes(argument)
