"""The append-only file in force: what is logged and not yet written, the file, and when it is synced.

    feed        under the server's lock: a unit becomes bytes and waits; nothing else
    make_safe   by a connection's thread, before it sends its replies, where these are held back: under
                `appendfsync always` all that waits is written and synced
    sync        by the thread "aof", a twentieth of a second after something was logged: all that waits is
                written, and under `everysec`, once a second, synced
    weigh       by the cron: need replies be held back?

**Group commit.**  A reply leaves only when what it tells of is safe.  Whoever comes first to make_safe()
writes and syncs for everybody; who comes meanwhile waits for his turn, and mostly finds that it is done.  So
fifty clients share one fsync, and a single client does not wait for another thread.

**Gathering.**  `everysec` promises that a crash costs no more than the last second.  Redis writes before each
reply all the same; here that would be a system call and a change of threads for each command, and cost a
quarter of the throughput at 50 clients.  So the replies do not wait, and what is logged is gathered.  Not for
longer than a twentieth of a second, for that much is lost when the process is killed; and not for less, for
each time the thread comes by, it takes the interpreter from the clients' threads twice.  To make bytes of it
is not put off: while a command is fresh in the processor's cache that costs less.

**A slow disk.**  When what was logged has waited for two seconds, because an fsync does not end, a connection
writes it before it sends its reply, as Redis does: so it is the clients who wait, and memory does not fill.

What is safe is a *position*: bytes that were ever logged.  A client remembers the position at its last
command, with what others had logged until then, for whoever reads a value must not see it lost; and compares.

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
from redis_clone.clock import Clock
from redis_clone.persistence.aof_manifest import Manifest
from redis_clone.protocol.replies import encode_command

ALWAYS, EVERYSEC, NO = "always", "everysec", "no"
File = BinaryIO | None
Effect = tuple[int, Sequence[bytes] | bytes]  # a database, and a command or more; as in propagation.py
NOWHERE = -1  # in place of a database
GATHER_SECONDS = 0.05
SYNC_EVERY_NS = 1_000_000_000
LATE_NS = 2_000_000_000  # for so long what was logged may wait for a slow disk
LOG_EVERY_NS = 30_000_000_000  # the same trouble with the disk is told no more often


class LogBroken(OSError):
    """What was acknowledged could not be kept: under `always` no reply may leave, and the server ends."""


class Log:
    """Off until it is opened."""

    def __init__(self, clock: Clock, tell: Callable[[str], object], stop: Callable[[str], object]) -> None:
        """`tell(error)`: the disk refuses to be written, or does so no more (""); `stop`: end the server."""
        self.is_on = False  # somebody wants it: `appendonly`
        self.is_fed = False  # which begins when there is a base
        self.policy = EVERYSEC
        self.holds_replies = False  # until make_safe(); asked at each send, so it is a plain attribute
        self.pauses_syncing = False  # no-appendfsync-on-rewrite, while there is one
        self.stamps = False  # aof-timestamp-enabled
        self.logged = self.written = self.safe = 0  # positions
        self.delayed = 0  # how often a connection had to write, for the disk was slow
        self.size = self.base_size = 0  # bytes: of all files, and of those after the last rewrite
        self.manifest = Manifest()  # as it stands on the disk, once it was read
        self.error = ""  # what the system said when it last refused to write or to sync; "": all is well
        self.broken = False
        self._clock = clock
        self._report = tell
        self._stop = stop
        self._fed = bytearray()  # and not written: from the position `written` to `logged`
        self._turns: deque[tuple[int, File]] = deque()  # a position, and the file that goes on from there
        self._file: File = None
        self._file_size = 0
        self._synced = 0  # position
        self._db = NOWHERE  # the one that was last selected in the log; none at the beginning of a file
        self._stamp = 0  # Unix time in seconds that was last written
        self._write_error = self._sync_error = ""  # of which `error` is the one or the other
        self._told_ns = 0
        self._sync_due_ns = 0  # on the monotonic clock
        self._news = threading.Event()  # something was logged since the thread "aof" came by
        self._has_news = False  # the same, quicker to ask
        self._news_ns = 0  # since when
        self._disk = threading.Lock()
        self._syncing = threading.Lock()

    # Under the server's lock.

    def choose_policy(self, policy: str) -> None:
        """What applies `appendfsync`."""
        self.policy = policy
        self.check_lag()

    def check_lag(self) -> None:
        """Hold replies back, or no more; here alone it is taken back, under the lock of choose_policy()."""
        self.holds_replies = self.policy == ALWAYS or bool(self.error) or self._is_late()

    def switch_file(self, file: File) -> None:
        """What is fed from now on goes into this file, opened unbuffered for appending; None: nowhere."""
        self._turns.append((self.logged, file))
        self._db = NOWHERE
        self.is_fed = file is not None
        self._news.set()

    def feed(self, effects: Sequence[Effect]) -> None:
        """O(bytes)"""
        if self.stamps:
            self._stamp_time()
        for db, words in effects:
            if db != self._db and db != NOWHERE:
                self._db = db
                self._add(encode_command([b"SELECT", b"%d" % db]))
            self._add(words if isinstance(words, bytes) else encode_command(words))
        if not self._has_news:
            self._has_news, self._news_ns = True, self._clock.now_ns
            self._news.set()

    def _add(self, data: bytes) -> None:
        self._fed += data
        self.logged += len(data)

    def _stamp_time(self) -> None:
        """A comment that says when what follows was done, so that one can cut the log at a time."""
        now_s = self._clock.now_ms // 1000
        if now_s != self._stamp:
            self._stamp = now_s
            self._add(b"#TS:%d\r\n" % now_s)

    @property
    def buffered(self) -> int:
        """Bytes that are not written yet."""
        return self.logged - self.written

    # Without it.

    def make_safe(self, position: int) -> None:
        """Return when all up to `position` may be told of.  LogBroken when it never will."""
        if self.safe >= position or not (self.policy == ALWAYS or self.error or self._is_late()):
            return
        with self._disk:
            if self.safe < position:
                if self.policy != ALWAYS and self._is_late():
                    self._note_delay()
                self._commit()

    def _is_late(self) -> bool:
        return self._has_news and self._clock.now_ns - self._news_ns > LATE_NS

    def _note_delay(self) -> None:
        self.delayed += 1
        self._news_ns = self._clock.now_ns
        logging.notice(
            "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without "
            "waiting for fsync to complete, this may slow down Redis."
        )

    def rebase(self, size: int) -> None:
        """A rewrite has ended: its base has so many bytes, and beside it counts what was written since."""
        with self._disk:
            self.base_size = self.size = size + self._file_size

    def _commit(self) -> None:
        always = self.policy == ALWAYS
        try:
            self._write_all()
            if always:
                self._sync_file()
        except OSError as problem:
            self._tell(problem)
            if always:
                raise LogBroken(f"AOF: {problem.strerror}") from None
            return  # the reply leaves all the same, but writing commands are refused until it is better
        self.safe = self.written
        if self._write_error and self._file is not None:
            logging.warning("AOF write error looks solved, The server can write again.")
            self._note_error(write="")

    def gather(self, ended: threading.Event) -> None:
        """The thread "aof" waits until there is something to write, and a little longer; or a second."""
        if self._news.wait(1):
            ended.wait(GATHER_SECONDS)
            self._news.clear()
            self._has_news = False  # from here on, and so before what was fed is taken

    def wake(self) -> None:
        """End the wait in gather()."""
        self._news.set()

    def sync(self) -> None:
        """What the thread "aof" does then: write what nobody has written, and once a second sync it."""
        with self._disk:
            if self._fed or self._turns:
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
                self._note_error(sync=error)

    def _try_to_sync(self, file: BinaryIO, position: int) -> str:
        """What the system said if it refused; then writing commands are refused until it does so no more."""
        with self._syncing:
            try:
                if not file.closed:
                    os.fsync(file.fileno())
                    self._synced = max(self._synced, position)
            except OSError as problem:
                return problem.strerror or str(problem)
        return ""

    def close(self) -> None:
        """Write and sync all, and close; nobody feeds it any more."""
        with self._disk:
            self._commit()
            self._turns.append((self.logged, None))
            self._commit()

    def _write_all(self) -> None:
        """What was fed until now, each part into the file that it is meant for.

        Others go on feeding, and may turn to another file; so how far it goes is looked at first.
        """
        end = self.written + len(self._fed)
        while self._turns:
            position, file = self._turns[0]
            try:
                self._write(position - self.written)
                self._change_file(file)
            except OSError:
                if file is not None or self.policy == ALWAYS:
                    raise
                self._give_up(position)
            self._turns.popleft()
        if self.written < end:
            self._write(end - self.written)

    def _give_up(self, position: int) -> None:
        """The log is switched off, and what the disk refuses is not wanted any more: nothing waits for it.

        Nothing is refused any more; INFO tells of the error, as in Redis, until there is a log again.
        """
        del self._fed[: position - self.written]
        self.written = position
        with self._syncing, contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None
        self._report("")

    def _write(self, count: int) -> None:
        """So many bytes, or none of them: half a command would spoil what comes after it."""
        if not count or self._file is None:
            return
        done = self._file.write(self._fed[:count])
        if done < count:
            self._file.truncate(self._file_size)
            raise OSError(28, "No space left on device")
        del self._fed[:done]
        self._file_size += done
        self.size += done
        self.written += done

    def _change_file(self, following: File) -> None:
        if self._file is not None:
            with self._syncing:
                os.fsync(self._file.fileno())
                self._file.close()
            if self._sync_error:
                self._note_error(sync="")
        elif following and self.error:
            logging.warning("AOF reopen, just ignore the last error.")
            self._note_error(write="", sync="")
        self._file = following
        self._file_size = following.seek(0, os.SEEK_END) if following else 0

    def _sync_file(self) -> None:
        if self._file is not None and self._synced < self.written:
            with self._syncing:
                os.fsync(self._file.fileno())
            self._synced = self.written

    def _tell(self, problem: OSError) -> None:
        self._note_error(write=problem.strerror or str(problem))
        if self.policy == ALWAYS:
            self.broken = True
            self._stop("AOF")
            logging.warning(
                "Can't recover from AOF write error when the AOF fsync policy is 'always': "
                f"{self.error}. Exiting..."
            )
        elif self._clock.now_ns - self._told_ns > LOG_EVERY_NS:
            self._told_ns = self._clock.now_ns
            logging.warning(f"Error writing to the AOF file: {self.error}")

    def _note_error(self, write: str | None = None, sync: str | None = None) -> None:
        """Something has changed; None: not this."""
        self._write_error = self._write_error if write is None else write
        self._sync_error = self._sync_error if sync is None else sync
        self.error = self._write_error or self._sync_error
        if self.error:
            self.holds_replies = True
        self._report(self.error)
