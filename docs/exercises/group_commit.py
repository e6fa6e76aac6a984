"""One fsync for the writes of many clients.

Under `appendfsync always` a reply is sent only when its command is on the disk, and a disk needs
milliseconds for each fsync. If each of fifty clients synced for itself, one after the other, there would
be a few hundred commands a second and no more. But one fsync makes safe *everything* that was written
before it. So the first thread that comes does it for all; a thread that comes meanwhile waits for the
lock, and mostly finds that its command is safe by then.

`flush_before_reply(position)` returns when the log is safe up to this position. `self.safe` is the
position up to which it is; `self._commit()` writes and syncs all that there is, and raises it. Only one
thread may do that at a time: the lock is `self._disk`.

What is safe already costs nothing, not even the lock. And while the disk refuses to be written
(`self._write_error`), the function returns at once: another thread tries again, ten times a second.

(Under `everysec` and `no` the same function is called. Then `self._commit()` writes and does not sync.)
"""

import threading
from collections.abc import Callable
from types import TracebackType

from exercises.machinery.trial import calling, expect, not_yet
from redis_clone.features.persistence.aof_log import ALWAYS, Log
from redis_clone.structures.clock import Clock

CHAPTER = 13
LEVEL = 3
CONCEPT = "group commit"
HOLE = "redis_clone/features/persistence/aof_log.py:Log.flush_before_reply"
HINTS = (
    "First what costs nothing: is it safe already? Has the disk refused?",
    "Then `with self._disk:`, and inside: self._commit().",
    "But while you waited for the lock another thread may have done it. So look once more, inside.",
)


class CrowdedLock:
    """A lock which the first thread gets only when so many threads have asked for it."""

    def __init__(self, threads: int) -> None:
        self.lock = threading.Lock()
        self.taken = 0
        self.was_busy = threading.Event()  # a thread has asked for it while another one had it
        self._meeting = threading.Barrier(threads)

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        try:
            self._meeting.wait(2)
        except threading.BrokenBarrierError:
            raise not_yet("every thread takes the lock once", "one did not, or took it twice") from None
        if self.lock.locked():
            self.was_busy.set()
        is_mine = self.lock.acquire(blocking, timeout)
        self.taken += is_mine
        return is_mine

    def release(self) -> None:
        self.lock.release()

    def locked(self) -> bool:
        return self.lock.locked()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self.release()


class Watched:
    """A log whose commits are counted."""

    def __init__(self, logged: int = 100, threads: int = 1) -> None:
        self.log = Log(Clock(source=lambda: 0), lambda error: None, lambda reason: None)
        self.log.policy = ALWAYS
        self.log.logged = self.logged = logged
        self.commits = 0
        self.while_syncing: Callable[[], None] = lambda: None
        self.lock = CrowdedLock(threads)
        self.log._disk = self.lock  # type: ignore[assignment]
        self.log._commit = self._commit  # type: ignore[method-assign]

    def _commit(self) -> None:
        expect(self.lock.lock.locked(), "_commit() is called with self._disk held", "a call without it")
        self.commits += 1
        written = self.logged  # what comes later is not in this fsync
        self.while_syncing()
        self.log.safe = written


def after(watched: Watched, position: int) -> tuple[int, int, int]:
    """The position that is safe then, the number of commits, and how often the lock was taken."""
    watched.log.flush_before_reply(position)
    return watched.log.safe, watched.commits, watched.lock.taken


SHOWN = "flush_before_reply(50): what is safe then, commits, times that the lock was taken"


def test_what_is_not_safe_is_made_so() -> None:
    calling(after, Watched(), 50, given="100 bytes are logged, none is safe", shown=SHOWN).gives((100, 1, 1))


def test_what_is_safe_costs_nothing() -> None:
    for safe in (50, 80):
        watched = Watched()
        watched.log.safe = safe
        calling(after, watched, 50, given=f"{safe} bytes are safe", shown=SHOWN).gives((safe, 0, 0))


def test_after_an_error_another_thread_tries_again() -> None:
    watched = Watched()
    watched.log._write_error = "No space left on device"
    calling(after, watched, 50, given="the disk was full", shown=SHOWN).gives((0, 0, 0))


def test_a_position_that_is_just_not_safe() -> None:
    watched = Watched()
    watched.log.safe = 49
    calling(after, watched, 50, given="49 bytes are safe", shown=SHOWN).gives((100, 1, 1))


def test_ten_threads_at_once_share_one_commit() -> None:
    watched = Watched(logged=50, threads=10)
    faults: list[BaseException] = []
    threads = [flushing(watched, 50, faults) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    if faults:
        raise faults[0]
    calling(
        lambda: watched.commits, given="ten threads, all of which find it not safe yet", shown="the commits"
    ).gives(1)


def test_a_write_that_comes_during_the_fsync_of_another_needs_one_of_its_own() -> None:
    watched = Watched(logged=50)
    faults: list[BaseException] = []
    late = flushing(watched, 60, faults)

    def write_more() -> None:
        watched.while_syncing = lambda: None
        watched.log.logged = watched.logged = 60
        late.start()
        watched.lock.was_busy.wait(5)  # set at the end of the thread, too

    watched.while_syncing = write_more
    watched.log.flush_before_reply(50)
    late.join(5)
    if faults:
        raise faults[0]
    given = "while the first 50 bytes are synced, another thread logs 10 more and calls it with 60"
    shown = "when both have returned: what is safe, and the commits"
    calling(lambda: (watched.log.safe, watched.commits), given=given, shown=shown).gives((60, 2))


def flushing(watched: Watched, position: int, faults: list[BaseException]) -> threading.Thread:
    """A thread that calls flush_before_reply(position)."""

    def run() -> None:
        try:
            watched.log.flush_before_reply(position)
        except BaseException as problem:
            faults.append(problem)
        finally:
            watched.lock.was_busy.set()

    return threading.Thread(target=run, daemon=True)
