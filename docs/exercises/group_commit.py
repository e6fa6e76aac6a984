"""One fsync for the writes of many clients.

Under `appendfsync always` no reply is sent before its command is on the disk, and the disk needs
milliseconds for each fsync. If each of fifty clients synced for itself, one after the other, a few hundred
commands a second would be all. But one fsync makes safe *everything* that was written before it. So the
first thread does it for all, and a thread that comes meanwhile waits for the lock, and mostly finds that it
is done.

`make_safe(position)` returns when all up to this position of the log is safe. `self.safe` says up to where
it is; `self._commit()` writes and syncs all that there is, and raises it. Only one thread may be at that:
the lock is `self._disk`. Under another policy than ALWAYS nobody waits, and it returns at once; unless the
disk has refused to be written (`self.error`), for then somebody must try again, or something has waited to
be written for two seconds (`self._is_late()`). What is safe already costs nothing, not even the lock.

(The server's own function also counts how often it was late, with `self._record_delay()`; leave that out.)
"""

import threading
from types import TracebackType

from exercises.machinery.trial import calling, expect, not_yet
from redis_clone.features.persistence.aof_log import ALWAYS, EVERYSEC, Log
from redis_clone.structures.clock import Clock

CHAPTER = 13
LEVEL = 3
CONCEPT = "group commit"
HOLE = "redis_clone/features/persistence/aof_log.py:Log.fsync_before_reply"
HINTS = (
    "First what costs nothing: is it safe already? Need nobody wait, for the policy is another and "
    "there is no error?",
    "Then `with self._disk:`, and inside: self._commit().",
    "But while you waited for the lock somebody else may have done it. So look once more, inside.",
)


class Door:
    """A lock at which so many threads meet, before the first of them gets it."""

    def __init__(self, visitors: int) -> None:
        self.lock = threading.Lock()
        self.entered = 0
        self._meeting = threading.Barrier(visitors)

    def __enter__(self) -> None:
        try:
            self._meeting.wait(2)
        except threading.BrokenBarrierError:
            raise not_yet("every thread comes to the lock once", "somebody did not, or came twice") from None
        self.lock.acquire()
        self.entered += 1

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, at: TracebackType | None
    ) -> None:
        self.lock.release()


class Watched(Log):
    """A log that counts its commits."""

    def __init__(self, policy: str = ALWAYS, visitors: int = 1) -> None:
        super().__init__(Clock(source=lambda: 0), lambda error: None, lambda reason: None)
        self.policy = policy
        self.logged = 100
        self.commits = 0
        self.door = Door(visitors)
        self._disk = self.door  # type: ignore[assignment]

    def _commit(self) -> None:
        expect(self.door.lock.locked(), "_commit() is called by who holds self._disk", "a call without it")
        self.commits += 1
        self.safe = self.logged


def after(log: Watched, position: int) -> tuple[int, int, int]:
    """How far it is safe then, how often it was committed, and how often the lock was taken."""
    log.fsync_before_reply(position)
    return log.safe, log.commits, log.door.entered


SHOWN = "make_safe(50): up to where it is safe then, commits, times that the lock was taken"


def test_what_is_not_safe_is_made_so() -> None:
    calling(after, Watched(), 50, given="100 bytes are logged, none is safe", shown=SHOWN).gives((100, 1, 1))


def test_what_is_safe_costs_nothing() -> None:
    for safe in (50, 80):
        log = Watched()
        log.safe = safe
        calling(after, log, 50, given=f"{safe} bytes are safe", shown=SHOWN).gives((safe, 0, 0))


def test_under_another_policy_nobody_waits() -> None:
    calling(after, Watched(EVERYSEC), 50, given="appendfsync everysec", shown=SHOWN).gives((0, 0, 0))


def test_but_after_an_error_somebody_tries_again() -> None:
    log = Watched(EVERYSEC)
    log.error = "No space left on device"
    calling(after, log, 50, given="everysec, and the disk was full", shown=SHOWN).gives((100, 1, 1))


def test_ten_threads_at_once_share_one_commit() -> None:
    log = Watched(visitors=10)
    log.logged = 50
    faults: list[BaseException] = []

    def run() -> None:
        try:
            log.fsync_before_reply(50)
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
        lambda: log.commits, given="ten threads, all of which find it not safe yet", shown="the commits"
    ).gives(1)
