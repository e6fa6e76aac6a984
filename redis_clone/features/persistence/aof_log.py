"""The append-only file that is written to: what is logged, the file, and when it is synced.

    feed                  under the server's lock: ops become bytes in the queue; nothing else
    flush_before_reply    by a connection's thread, before it sends its replies: the queue is written, and
                          under `appendfsync always` the file is synced
    sync                  by the thread "aof", ten times a second: writes what no reply waits for (deletions
                          by the cron) or the disk has refused; syncs once a second, under `everysec`

**Written before the reply.** Under any policy a reply leaves only when the system has the changes that it
reports, so a process that is killed loses nothing that it acknowledged. When the machine crashes, only what
was synced is left: that is where the policies differ.

**Group commit.** The first thread that calls flush_before_reply() writes for all, and under `always` it
syncs for all. A thread that comes meanwhile waits for the lock, and mostly finds that it is done. So fifty
clients share one fsync, and a single client waits for no thread.

**A slow disk.** While an fsync runs, Redis postpones the write for up to two seconds, and the replies leave
before it. Here a reply always waits for the write; the system mostly lets it pass beside the fsync. A write
beside an fsync that has run for two seconds is counted, as there.

**A disk that refuses** gets what fits of the queue: chunks are written whole or not at all, for nothing
could be read behind half a command. The rest waits, writing commands are rejected, and the thread "aof"
tries again until all is written. A reply that reports what was refused does not leave
(network/connection.py). Under `always` the server ends.

A *position* is a count of all bytes that were ever logged; the log is safe up to a position.  A client stores
the position at its last command, and compares.  It covers what other clients had logged until then, for a
value that a client has read must not be lost.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import BinaryIO, NamedTuple

from redis_clone import logging
from redis_clone.protocol.ops import Op, OpEncoder
from redis_clone.structures.clock import Clock

ALWAYS, EVERYSEC, NO = "always", "everysec", "no"
File = BinaryIO | None
SYNC_EVERY_NS = 1_000_000_000
LATE_NS = 2_000_000_000  # an fsync that takes longer is reported
LOG_EVERY_NS = 30_000_000_000  # a failed write is reported no more often


class Switch(NamedTuple):
    """In the queue: what follows goes into this file; None: nothing follows."""

    file: File


class Log:
    """One log; it is off until switch_file() gives it a file."""

    def __init__(self, clock: Clock, report: Callable[[str], object], stop: Callable[[str], object]) -> None:
        """`report(error)`: the disk refuses to be written, or no longer does (""); `stop`: end the server."""
        self._clock = clock
        self._report = report
        self._stop = stop
        self._disk = threading.Lock()
        self._syncing = threading.Lock()
        # Changed under the server's lock; the other threads read one of them at a time.
        self.is_on = False  # `appendonly`
        self.is_fed = False  # ops are logged, from the snapshot for the first base on
        self.is_whole = False  # there is a base, so the files hold all data
        self.policy = EVERYSEC
        self.pauses_syncing = False  # no-appendfsync-on-rewrite, during a rewrite
        self.stamps = False  # aof-timestamp-enabled
        self.flush_sleep_s = 0.0  # DEBUG AOF-FLUSH-SLEEP: the disk seems slower than it is
        self.logged = 0  # position
        self._encoder = OpEncoder()
        self._stamp = 0  # Unix time in seconds that was last written
        # Added to under the server's lock, taken from under `_disk`: both at once, which a deque allows.
        self._queue: deque[bytes | Switch] = deque()
        # Changed under `_disk`, which is held to write; the other threads read one of them at a time.
        self.written = self.safe = 0  # positions; safe is what was synced too, under `always`
        # On the disk (position): what WAITAOF waits for.  Two threads may raise it at once, each under a lock
        # of its own, and the lower one may stay; then it is less than the truth until the next fsync.
        self.synced = 0
        self.size = self.base_size = 0  # bytes: of all files, and of those after the last rewrite
        self.error = ""  # the system's error when it last refused to write or to sync; "": all is well
        self.broken = False  # a write has failed under `always`, so the server ends
        self.delayed = 0  # how often an fsync was so slow that it was reported
        self._delayed_ns = 0  # when it last was, on the monotonic clock
        self._file: File = None
        self._file_size = 0
        self._write_error = self._sync_error = ""  # `error` is one of the two
        self._reported_ns = 0
        # Changed under `_syncing`, which is held to sync or close a file; `_retired` grows under `_disk`.
        self._retired: deque[BinaryIO] = deque()  # switched away from; to be synced and closed
        self._sync_due_ns = 0  # on the monotonic clock
        self._sync_began_ns = 0  # of the fsync that runs; 0: none does

    # Under the server's lock.

    def switch_file(self, file: File) -> None:
        """Later ops go into this file, which is opened unbuffered for appending; None: nowhere."""
        self._queue.append(Switch(file))
        self._encoder.forget_db()
        self.is_fed = file is not None

    def feed(self, ops: Sequence[Op]) -> None:
        """Append the ops to the queue, as one chunk.  O(bytes)"""
        chunk = self._encoder.encode(ops)
        if self.stamps:
            chunk = self._time_stamp() + chunk
        self._queue.append(chunk)
        self.logged += len(chunk)

    def _time_stamp(self) -> bytes:
        """A comment with the time at which the next ops were done, so that the log can be cut at a time."""
        now_s = self._clock.now_ms // 1000
        if now_s == self._stamp:
            return b""
        self._stamp = now_s
        return b"#TS:%d\r\n" % now_s

    def record_base(self, position: int) -> None:
        """A base is on the disk, and holds everything up to this position."""
        self.is_whole = True
        self.synced = max(self.synced, position)

    @property
    def buffered(self) -> int:
        """Bytes that are not written yet."""
        return self.logged - self.written

    # Without it.

    def flush_before_reply(self, position: int) -> None:
        """Make the log safe up to `position`; it is not only when the disk refuses to be written."""
        if self.safe >= position or self._write_error:  # then the thread "aof" tries again
            return
        with self._disk:
            if self.safe < position:
                self._commit()

    def sync(self) -> None:
        """Write what no reply waited for; sync once a second, and close the retired files."""
        with self._disk:
            self._commit()
            file, position = self._file, self.written
        with self._syncing:
            is_due = self._is_due(position)
            if not is_due and not self._retired:
                return
            error = self._try_to_sync(file if is_due else None, position)
        if error != self._sync_error and (error or is_due):
            if error:
                logging.warning(f"Fail to fsync the AOF file: {error}")
            with self._disk:
                self._record_error(sync=error)

    def rebase(self, size: int) -> None:
        """A rewrite has ended: its base has `size` bytes; what was written since counts too."""
        with self._disk:
            self.base_size = self.size = size + self._file_size

    def close(self) -> None:
        """Write and sync the queue, and close the file; the log is not fed any more."""
        self._queue.append(Switch(None))
        with self._disk:
            self._commit()
            if self._file is not None:  # the disk refuses the rest
                self._retired.append(self._file)
                self._file = None
        with self._syncing:
            self._try_to_sync(None, 0)

    # Writing, with `_disk` held.

    def _commit(self) -> None:
        """Write the queue, and under `always` sync it; an error is recorded, `safe` tells how far it got."""
        if self.flush_sleep_s and self._queue:
            time.sleep(self.flush_sleep_s)
        self._report_slow_sync()
        try:
            while self._queue:
                self._write_next()
            if self.policy == ALWAYS and self._file is not None and self.safe < self.written:
                os.fsync(self._file.fileno())
                if not self._retired:
                    self.synced = max(self.synced, self.written)
        except OSError as problem:
            if self.policy != ALWAYS:
                self.safe = self.written
            self._report_write_error(problem)
            return
        self.safe = self.written
        if self._write_error and self._file is not None:
            logging.warning("AOF write error looks solved, The server can write again.")
            self._record_error(write="")

    def _write_next(self) -> None:
        """Write all chunks in front of the next switch at once, or do the switch."""
        first = self._queue[0]
        if isinstance(first, Switch):
            self._change_file(first.file)
            self._queue.popleft()
            return
        chunks = []
        while self._queue and isinstance(chunk := self._queue[0], bytes):
            chunks.append(chunk)
            self._queue.popleft()
        self._write(chunks)

    def _write(self, chunks: list[bytes]) -> None:
        """Write the chunks; those that the disk refuses go back into the queue."""
        count, done = sum(map(len, chunks)), 0
        try:
            data = memoryview(b"".join(chunks))
            while done < count and self._file is not None:
                done += self._file.write(data[done:])  # at most 2 GiB at once
        except (OSError, MemoryError):
            left = self._take_back(chunks, done)
            done = count - sum(map(len, left))
            if not self._is_switched_off():
                self._queue.extendleft(reversed(left))
                raise
            self.written += count - done  # dropped: nobody waits for the disk to take it
        finally:
            self._file_size += done
            self.size += done
            self.written += done

    def _take_back(self, chunks: list[bytes], done: int) -> list[bytes]:
        """The chunks that are not whole in the file, of which half a one is cut off again."""
        whole = 0
        while done >= len(chunks[0]):
            chunk = chunks.pop(0)
            done -= len(chunk)
            whole += len(chunk)
        if done and self._file is not None:
            try:
                self._file.truncate(self._file_size + whole)
            except OSError as problem:
                logging.warning(
                    "Could not remove short write from the append-only file.  Redis may refuse to load the "
                    f"AOF the next time it starts.  ftruncate: {problem.strerror}"
                )
                chunks[0] = chunks[0][done:]  # so it goes on behind that half
        return chunks

    def _is_switched_off(self) -> bool:
        """Whether the log ends here; under `always` what stands before must be written all the same."""
        return bool(self._queue) and self._queue[0] == Switch(None) and self.policy != ALWAYS

    def _change_file(self, following: File) -> None:
        if self._file is not None:
            if self.policy == ALWAYS:
                os.fsync(self._file.fileno())
            self._retired.append(self._file)
        elif following and self.error:
            logging.warning("AOF reopen, just ignore the last error.")
            self._record_error(write="", sync="")
        self._file = following
        self._file_size = following.seek(0, os.SEEK_END) if following else 0
        if following is None:
            self._report("")  # INFO goes on to show an error, as in Redis, until there is a log again

    def _report_slow_sync(self) -> None:
        if not self._sync_began_ns or not self._queue:
            return
        now_ns = time.monotonic_ns()
        if now_ns - max(self._sync_began_ns, self._delayed_ns) > LATE_NS:
            self.delayed += 1
            self._delayed_ns = now_ns
            logging.notice(
                "Asynchronous AOF fsync is taking too long (disk is busy?). Writing the AOF buffer without "
                "waiting for fsync to complete, this may slow down Redis."
            )

    def _report_write_error(self, problem: OSError) -> None:
        self._record_error(write=problem.strerror or str(problem))
        if self.policy == ALWAYS:
            if not self.broken:
                logging.warning(
                    "Can't recover from AOF write error when the AOF fsync policy is 'always': "
                    f"{self.error}. Exiting..."
                )
            self.broken = True
            self._stop("AOF")
        elif self._clock.now_ns - self._reported_ns > LOG_EVERY_NS:
            self._reported_ns = self._clock.now_ns
            logging.warning(f"Error writing to the AOF file: {self.error}")

    def _record_error(self, write: str | None = None, sync: str | None = None) -> None:
        """Record one error, or its end (""); None: no change.  Without a log no command is rejected."""
        self._write_error = self._write_error if write is None else write
        self._sync_error = self._sync_error if sync is None else sync
        self.error = self._write_error or self._sync_error
        self._report(self.error if self._file is not None else "")

    # Syncing, with `_syncing` held.

    def _is_due(self, position: int) -> bool:
        is_wanted = self.policy != NO and self.synced < position and not self.pauses_syncing
        return bool(is_wanted or self._sync_error) and time.monotonic_ns() >= self._sync_due_ns

    def _try_to_sync(self, file: File, position: int) -> str:
        """Sync and close the retired files, and sync the file; returns the system's error, or ""."""
        self._sync_began_ns = time.monotonic_ns()
        try:
            while self._retired:
                with self._retired.popleft() as old:
                    os.fsync(old.fileno())
            if file is not None and not file.closed:
                os.fsync(file.fileno())
                self.synced = max(self.synced, position)
        except OSError as problem:
            return problem.strerror or str(problem)
        finally:
            self._sync_began_ns = 0
            self._sync_due_ns = time.monotonic_ns() + SYNC_EVERY_NS
        return ""
