"""The append-only file in force: what is logged and not yet written, the file, and when it is synced.

    feed        under the server's lock: a unit becomes bytes and waits in a queue; nothing else
    make_safe   by a connection's thread, before it sends its replies: all that waits is written,
                and under `appendfsync always` synced too
    sync        by the thread "aof", once a second, under `appendfsync everysec`

**Group commit.**  A reply leaves only when what it tells of is safe.  Whoever comes first to make_safe() writes
and syncs for everybody; who comes meanwhile waits for his turn, and mostly finds that it is done.  So fifty
clients share one fsync, and a single client does not wait for another thread.

What is safe is a *position*: bytes that were ever logged.  A client remembers the position at its last command
(of others' commands too: whoever reads a value must not see it lost), and compares.

Two locks, neither of which is the server's: `_disk` is held to write, `_syncing` to sync or close a file.
"""

import os
import threading
from collections import deque
from collections.abc import Sequence
from typing import BinaryIO

from redis_clone import logging
from redis_clone.clock import Clock
from redis_clone.propagation import Effect
from redis_clone.protocol.replies import encode_command

ALWAYS, EVERYSEC, NO = "always", "everysec", "no"
LOG_EVERY_NS = 30_000_000_000  # the same trouble with the disk is told no more often


class LogBroken(OSError):
    """What was acknowledged could not be kept: under `always` no reply may leave, and the server ends."""


class Log:
    """Off until it is opened."""

    def __init__(self, clock: Clock) -> None:
        self.is_on = False
        self.holds_replies = False  # of those too who only read: `always`; asked at each command
        self.policy = EVERYSEC
        self.stamps = False  # aof-timestamp-enabled
        self.logged = self.written = self.safe = 0  # positions
        self.size = self.base_size = 0  # bytes: of all files, and of those after the last rewrite
        self.error = ""  # what the system said when it last refused to write; "" when all is well
        self.broken = False
        self._clock = clock
        self._queue: deque[bytes | BinaryIO] = deque()  # a file: what follows goes into this one
        self._unwritten = b""  # taken out of the queue
        self._file: BinaryIO | None = None
        self._file_size = 0
        self._synced = 0  # position
        self._db = -1  # the one that was last selected in the log; none at the beginning of a file
        self._stamp = 0  # Unix time in seconds that was last written
        self._told_ns = 0
        self._disk = threading.Lock()
        self._syncing = threading.Lock()

    # Under the server's lock.

    def choose_policy(self, policy: str) -> None:
        """What applies `appendfsync`."""
        self.policy = policy
        self.holds_replies = self.is_on and policy == ALWAYS

    def open(self, file: BinaryIO) -> None:
        """What is fed from now on goes into this file, which is opened unbuffered for appending."""
        self._queue.append(file)
        self._db = -1
        self.is_on = True
        self.choose_policy(self.policy)

    def feed(self, unit: Sequence[Effect]) -> None:
        """O(bytes)"""
        parts = [self._annotation()] if self.stamps else []
        for db, words in unit:
            if db not in (self._db, -1):
                parts.append(encode_command([b"SELECT", b"%d" % db]))
                self._db = db
            parts.append(encode_command(words))
        data = b"".join(parts)
        self._queue.append(data)
        self.logged += len(data)

    def _annotation(self) -> bytes:
        """A comment that says when what follows was done, so that one can cut the log at a time."""
        now_s = self._clock.now_ms // 1000
        if now_s == self._stamp:
            return b""
        self._stamp = now_s
        return b"#TS:%d\r\n" % now_s

    @property
    def buffered(self) -> int:
        """Bytes that are not written yet."""
        return self.logged - self.written

    # Without it.

    def make_safe(self, position: int) -> None:
        """Return when all up to `position` may be told of.  LogBroken when it never will."""
        if self.safe >= position:
            return
        with self._disk:
            if self.safe < position:
                self._commit()

    def _commit(self) -> None:
        always = self.policy == ALWAYS
        try:
            self._write_all()
            if always:
                self._sync_file()
        except OSError as problem:
            self._tell(problem)
            if always:
                self.broken = True
                raise LogBroken(f"AOF: {problem.strerror}") from None
            return  # the reply leaves all the same, but writing commands are refused until it is better
        self.safe = self.written
        if self.error:
            logging.warning("AOF write error looks solved, The server can write again.")
            self.error = ""

    def sync(self) -> None:
        """What the thread "aof" does once a second: write what nobody waits for, and sync what is written."""
        with self._disk:
            if self._queue or self._unwritten:
                self._commit()
            file, position = self._file, self.written
        if file is None or self.policy == NO or self._synced >= position:
            return
        with self._syncing:
            if not file.closed:
                self._fsync(file)
                self._synced = max(self._synced, position)

    def close(self) -> None:
        """Write and sync all; the log is off."""
        self.is_on = self.holds_replies = False
        with self._disk:
            self._commit()
            if self._file is not None:
                self._change_file(None)
        self._db = -1

    def _write_all(self) -> None:
        """What stands in the queue, each part into the file that it is meant for."""
        while True:
            parts = [self._unwritten]
            while self._queue and isinstance(self._queue[0], bytes):
                parts.append(self._queue.popleft())  # type: ignore[arg-type]
            self._unwritten = b"".join(parts)
            self._write()
            if not self._queue:
                return
            self._change_file(self._queue.popleft())  # type: ignore[arg-type]

    def _write(self) -> None:
        """All that is unwritten, or none of it: half a command would spoil what comes after it."""
        if not self._unwritten or self._file is None:
            return
        done = self._file.write(self._unwritten)
        if done < len(self._unwritten):
            self._file.truncate(self._file_size)
            raise OSError(28, "No space left on device")
        self._file_size += done
        self.size += done
        self.written += done
        self._unwritten = b""

    def _change_file(self, following: BinaryIO | None) -> None:
        if self._file is not None:
            with self._syncing:
                self._fsync(self._file)
                self._file.close()
        self._file = following
        self._file_size = following.seek(0, os.SEEK_END) if following else 0

    def _sync_file(self) -> None:
        if self._file is not None and self._synced < self.written:
            with self._syncing:
                self._fsync(self._file)
            self._synced = self.written

    def _fsync(self, file: BinaryIO) -> None:
        os.fsync(file.fileno())

    def _tell(self, problem: OSError) -> None:
        self.error = problem.strerror or str(problem)
        if self.policy == ALWAYS:
            logging.warning(
                "Can't recover from AOF write error when the AOF fsync policy is 'always': "
                f"{self.error}. Exiting..."
            )
        elif self._clock.now_ns - self._told_ns > LOG_EVERY_NS:
            self._told_ns = self._clock.now_ns
            logging.warning(f"Error writing to the AOF file: {self.error}")
