"""The append-only file that is written to: the buffer of what is logged, the file, and when it is synced.

    feed                  under the server's lock: ops become bytes in the buffer; nothing else
    fsync_before_reply    by a connection's thread, before it sends its replies, where these are held back:
                          under `appendfsync always` the buffer is written and synced
    sync                  by the thread "aof", a twentieth of a second after something was logged: the buffer
                          is written, and under `everysec`, once a second, the file is synced
    check_lag             by the cron: must replies be held back?

**Group commit.**  Under `always` a reply leaves only when the writes before it are safe.  The first thread
that calls fsync_before_reply() writes and syncs for all; a thread that comes meanwhile waits for the lock,
and mostly finds that it is done.  So fifty clients share one fsync, and a single client waits for no thread.

**Gathering.**  `everysec` promises that a crash costs no more than the last second.  Redis writes before each
reply all the same; here that would be a system call and a change of threads for each command, and cost a
quarter of the throughput at 50 clients.  So the replies do not wait, and ops gather in the buffer for a
twentieth of a second.  Not longer, for the buffer is lost when the process is killed; and not shorter, for
each time the thread runs it takes the interpreter from the clients' threads twice.  Ops are encoded at once:
that costs less while a command is fresh in the processor's cache.

**A slow disk.**  When the buffer has waited for two seconds, because an fsync does not end, a connection
writes it before it sends its reply, as Redis does: so the clients wait, and memory does not fill.

A *position* is a count of all bytes that were ever logged; the log is safe up to a position.  A client stores
the position at its last command, and compares.  It covers what other clients had logged until then, for a
value that a client has read must not be lost.

Two locks, neither of which is the server's: `_disk` is held to write, `_syncing` to sync or close a file.
"""

import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import BinaryIO

from redis_clone import logging
from redis_clone.features.persistence.aof_manifest import Manifest
from redis_clone.protocol.replies import encode_command
from redis_clone.structures.clock import Clock

ALWAYS, EVERYSEC, NO = "always", "everysec", "no"
File = BinaryIO | None
Op = tuple[int, Sequence[bytes]]  # a database's number and a command's argv; see features/propagation.py
NOWHERE = -1  # in place of a database's number
GATHER_SECONDS = 0.05
SYNC_EVERY_NS = 1_000_000_000
LATE_NS = 2_000_000_000  # so long may the buffer wait for a slow disk
LOG_EVERY_NS = 30_000_000_000  # a failed write is reported no more often


class LogBroken(OSError):
    """The log cannot be written under `always`: no reply may leave, and the server ends."""


class Log:
    """One log; it is off until switch_file() gives it a file."""

    def __init__(self, clock: Clock, report: Callable[[str], object], stop: Callable[[str], object]) -> None:
        """`report(error)`: the disk refuses to be written, or no longer does (""); `stop`: end the server."""
        self.is_on = False  # `appendonly`
        self.is_fed = False  # ops are logged, which begins when there is a base
        self.policy = EVERYSEC
        # Replies must wait for fsync_before_reply().  Read at each send, so it is a plain attribute.
        self.holds_replies = False
        self.pauses_syncing = False  # no-appendfsync-on-rewrite, during a rewrite
        self.stamps = False  # aof-timestamp-enabled
        self.flush_sleep_s = 0.0  # DEBUG AOF-FLUSH-SLEEP: the disk seems slower than it is
        self.logged = self.written = self.safe = 0  # positions
        self.delayed = 0  # how often a connection had to write because the disk was slow
        self.size = self.base_size = 0  # bytes: of all files, and of those after the last rewrite
        self.manifest = Manifest()  # as on the disk, once it was read
        self.error = ""  # the system's error when it last refused to write or to sync; "": all is well
        self.broken = False
        self._clock = clock
        self._report = report
        self._stop = stop
        self._buffer = bytearray()  # not written yet: from the position `written` to `logged`
        self._switches: deque[tuple[int, File]] = deque()  # a position, and the file from there on
        self._file: File = None
        self._file_size = 0
        self._synced = 0  # position
        self._db = NOWHERE  # the database last selected in the log; none at the beginning of a file
        self._stamp = 0  # Unix time in seconds that was last written
        self._write_error = self._sync_error = ""  # `error` is one of the two
        self._reported_ns = 0
        self._sync_due_ns = 0  # on the monotonic clock
        self._news = threading.Event()  # something was logged since the thread "aof" last ran
        self._has_news = False  # the same, quicker to read
        self._news_ns = 0  # the time since which there is something
        self._disk = threading.Lock()
        self._syncing = threading.Lock()

    # Under the server's lock.

    def choose_policy(self, policy: str) -> None:
        """Applies `appendfsync`."""
        self.policy = policy
        self.check_lag()

    def check_lag(self) -> None:
        """Decide whether replies are held back; only this method ends it.  The server's lock is held."""
        self.holds_replies = self.policy == ALWAYS or bool(self.error) or self._is_late()

    def switch_file(self, file: File) -> None:
        """Later ops go into this file, which is opened unbuffered for appending; None: nowhere."""
        self._switches.append((self.logged, file))
        self._db = NOWHERE
        self.is_fed = file is not None
        self._news.set()

    def feed(self, ops: Sequence[Op]) -> None:
        """Append the ops to the buffer.  O(bytes)"""
        if self.stamps:
            self._stamp_time()
        for db, argv in ops:
            if db != self._db and db != NOWHERE:
                self._db = db
                self._add(encode_command([b"SELECT", b"%d" % db]))
            self._add(encode_command(argv))
        if not self._has_news:
            self._has_news, self._news_ns = True, self._clock.now_ns
            self._news.set()

    def _add(self, data: bytes) -> None:
        self._buffer += data
        self.logged += len(data)

    def _stamp_time(self) -> None:
        """A comment with the time at which the next ops were done, so that the log can be cut at a time."""
        now_s = self._clock.now_ms // 1000
        if now_s != self._stamp:
            self._stamp = now_s
            self._add(b"#TS:%d\r\n" % now_s)

    @property
    def buffered(self) -> int:
        """Bytes that are not written yet."""
        return self.logged - self.written

    # Without it.

    def fsync_before_reply(self, position: int) -> None:
        """Return when all up to `position` is safe.  LogBroken when it never will be."""
        if self.safe >= position or not (self.policy == ALWAYS or self.error or self._is_late()):
            return
        with self._disk:
            if self.safe < position:
                if self.policy != ALWAYS and self._is_late():
                    self._record_delay()
                self._commit()

    def _is_late(self) -> bool:
        return self._has_news and self._clock.now_ns - self._news_ns > LATE_NS

    def _record_delay(self) -> None:
        self.delayed += 1
        self._news_ns = self._clock.now_ns
        logging.notice(
            "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without "
            "waiting for fsync to complete, this may slow down Redis."
        )

    def rebase(self, size: int) -> None:
        """A rewrite has ended: its base has `size` bytes; what was written since counts too."""
        with self._disk:
            self.base_size = self.size = size + self._file_size

    def _commit(self) -> None:
        always = self.policy == ALWAYS
        if self.flush_sleep_s and self._buffer:
            time.sleep(self.flush_sleep_s)
        try:
            self._write_all()
            if always:
                self._sync_file()
        except OSError as problem:
            self._report_write_error(problem)
            if always:
                raise LogBroken(f"AOF: {problem.strerror}") from None
            return  # the reply leaves all the same, but writing commands are rejected until a write succeeds
        self.safe = self.written
        if self._write_error and self._file is not None:
            logging.warning("AOF write error looks solved, The server can write again.")
            self._record_error(write="")

    def gather(self, ended: threading.Event) -> None:
        """The thread "aof" waits here until there is something to write and a little longer, or a second."""
        if self._news.wait(1):
            ended.wait(GATHER_SECONDS)
            self._news.clear()
            self._has_news = False  # from here on, so before the buffer is written

    def wake(self) -> None:
        """End the wait in gather()."""
        self._news.set()

    def sync(self) -> None:
        """Write the buffer, and once a second sync the file; the thread "aof" calls it after gather()."""
        with self._disk:
            if self._buffer or self._switches:
                self._commit()
            file, position = self._file, self.written
        if file is None or self.policy == NO or self._synced >= position or self.pauses_syncing:
            return
        if time.monotonic_ns() < self._sync_due_ns:
            return
        error = self._try_to_sync(file, position)
        self._sync_due_ns = time.monotonic_ns() + SYNC_EVERY_NS
        if error != self._sync_error:
            if error:
                logging.warning(f"Fail to fsync the AOF file: {error}")
            with self._disk:
                self._record_error(sync=error)

    def _try_to_sync(self, file: BinaryIO, position: int) -> str:
        """Returns the system's error, or ""; writing commands are rejected until a sync succeeds."""
        with self._syncing:
            try:
                if not file.closed:
                    os.fsync(file.fileno())
                    self._synced = max(self._synced, position)
            except OSError as problem:
                return problem.strerror or str(problem)
        return ""

    def close(self) -> None:
        """Write and sync the buffer, and close the file; the log is not fed any more."""
        with self._disk:
            self._commit()
            self._switches.append((self.logged, None))
            self._commit()

    def _write_all(self) -> None:
        """Write the buffer as it is now, each part into its file.

        Other threads go on feeding, and may switch files; so the end is read first.
        """
        end = self.written + len(self._buffer)
        while self._switches:
            position, file = self._switches[0]
            try:
                self._write(position - self.written)
                self._change_file(file)
            except OSError:
                if file is not None or self.policy == ALWAYS:
                    raise
                self._give_up(position)
            self._switches.popleft()
        if self.written < end:
            self._write(end - self.written)

    def _give_up(self, position: int) -> None:
        """Drop what is left when the log is switched off and the disk refuses it; no command is rejected.

        INFO goes on to show the error, as in Redis, until there is a log again.
        """
        del self._buffer[: position - self.written]
        self.written = position
        with self._syncing, contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None
        self._report("")

    def _write(self, count: int) -> None:
        """Write `count` bytes, or none of them, for nothing could be read behind half a command."""
        if not count or self._file is None:
            return
        done = self._file.write(self._buffer[:count])
        if done < count:
            self._file.truncate(self._file_size)
            raise OSError(28, "No space left on device")
        del self._buffer[:done]
        self._file_size += done
        self.size += done
        self.written += done

    def _change_file(self, following: File) -> None:
        if self._file is not None:
            with self._syncing:
                os.fsync(self._file.fileno())
                self._file.close()
            if self._sync_error:
                self._record_error(sync="")
        elif following and self.error:
            logging.warning("AOF reopen, just ignore the last error.")
            self._record_error(write="", sync="")
        self._file = following
        self._file_size = following.seek(0, os.SEEK_END) if following else 0

    def _sync_file(self) -> None:
        if self._file is not None and self._synced < self.written:
            with self._syncing:
                os.fsync(self._file.fileno())
            self._synced = self.written

    def _report_write_error(self, problem: OSError) -> None:
        self._record_error(write=problem.strerror or str(problem))
        if self.policy == ALWAYS:
            self.broken = True
            self._stop("AOF")
            logging.warning(
                "Can't recover from AOF write error when the AOF fsync policy is 'always': "
                f"{self.error}. Exiting..."
            )
        elif self._clock.now_ns - self._reported_ns > LOG_EVERY_NS:
            self._reported_ns = self._clock.now_ns
            logging.warning(f"Error writing to the AOF file: {self.error}")

    def _record_error(self, write: str | None = None, sync: str | None = None) -> None:
        """Record one error, or its end (""); None: no change."""
        self._write_error = self._write_error if write is None else write
        self._sync_error = self._sync_error if sync is None else sync
        self.error = self._write_error or self._sync_error
        if self.error:
            self.holds_replies = True
        self._report(self.error)
