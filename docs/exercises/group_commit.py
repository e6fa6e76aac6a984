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
        self._meeting = threading.Barrier(threads)

    def __enter__(self) -> None:
        try:
            self._meeting.wait(2)
        except threading.BrokenBarrierError:
            raise not_yet("every thread takes the lock once", "one did not, or took it twice") from None
        self.lock.acquire()
        self.taken += 1

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self.lock.release()


class Watched:
    """A log whose commits are counted."""

    def __init__(self, logged: int = 100, threads: int = 1) -> None:
        self.log = Log(Clock(source=lambda: 0), lambda error: None, lambda reason: None)
        self.log.policy = ALWAYS
        self.log.logged = self._logged = logged
        self.commits = 0
        self.lock = CrowdedLock(threads)
        self.log._disk = self.lock  # type: ignore[assignment]
        self.log._commit = self._commit  # type: ignore[method-assign]

    def _commit(self) -> None:
        expect(self.lock.lock.locked(), "_commit() is called with self._disk held", "a call without it")
        self.commits += 1
        self.log.safe = self._logged


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


def test_ten_threads_at_once_share_one_commit() -> None:
    watched = Watched(logged=50, threads=10)
    faults: list[BaseException] = []

    def run() -> None:
        try:
            watched.log.flush_before_reply(50)
        except BaseException as problem:
            faults.append(problem)

    threads = [threading.Thread(target=run, daemon=True) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    if faults:
        raise faults[0]
    calling(
        lambda: watched.commits, given="ten threads, all of which find it not safe yet", shown="the commits"
    ).gives(1)
