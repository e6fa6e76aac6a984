"""When a key was last accessed, or how often: one integer for each key, its *access field*.

    LRU    the Unix time in milliseconds of the last access, as the cron last read the clock.  All keys of one
           tick share one integer object, so a million access fields are a million references to a few.
    LFU    minutes since 1970 in the upper bits, and a counter of 0 to 255 in the lowest eight

**A counter that counts to millions in eight bits** (Morris, 1978): it is raised by chance, the more rarely
the higher it stands, with probability 1 / ((counter - 5) * lfu-log-factor + 1).  With the factor 10 it
reaches 255 after about a million accesses.  A new key begins at 5, so that it is not the first to be evicted.
A key that was popular once must not stay so for ever: lfu-decay-time minutes without an access cost one.

The keyspace holds the access fields, and computes a new one at each access (storage/keyspace.py):

    fields[key] = access.lru_clock or access.touched(fields[key])

`lru_clock` is 0 when touched() must be asked: under LFU, and while a client is served whose accesses do not
count (CLIENT NO-TOUCH).  Imports nothing of ours.  No locks here: the caller holds the server's lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

NEW_COUNTER, HIGHEST = 5, 255
MINUTE_MS = 60_000


class AccessClock:
    """
    >>> access = AccessClock(Random(1), now_ms=1_000_000)
    >>> field = access.lru_clock or access.touched(0)
    >>> access.look_at_clock(1_007_500); access.idle_ms(field)
    7500
    >>> access.use_lfu(True)
    >>> field = access.initial(); access.counter(field), access.counter(access.touched(field))
    (5, 6)
    """

    def __init__(self, random: Random, now_ms: int) -> None:
        self.log_factor, self.decay_minutes = 10, 1  # lfu-log-factor, lfu-decay-time
        self.is_lfu = False  # LRU, and no policy at all, keep times
        self._random = random
        self._now_ms = now_ms
        self._paused = False
        self.lru_clock = now_ms  # the access field of each key that is accessed now; 0: ask touched()

    def look_at_clock(self, now_ms: int) -> None:
        """Take the time of the cron's tick, which is that of all accesses until the next one."""
        self._now_ms = now_ms
        self._choose_lru_clock()

    def use_lfu(self, is_lfu: bool) -> None:
        """Choose LFU or LRU; the caller resets all access fields, whose meaning changes."""
        self.is_lfu = is_lfu
        self._choose_lru_clock()

    def _choose_lru_clock(self) -> None:
        self.lru_clock = 0 if self.is_lfu or self._paused else self._now_ms

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count no accesses meanwhile; may be nested."""
        before, self._paused = self._paused, True
        self._choose_lru_clock()
        try:
            yield
        finally:
            self._paused = before
            self._choose_lru_clock()

    def initial(self) -> int:
        """The access field of a new key."""
        return self._counted(NEW_COUNTER) if self.is_lfu else self._now_ms

    def touched(self, field: int) -> int:
        """The access field after one more access."""
        if self._paused:
            return field
        if not self.is_lfu:
            return self._now_ms
        raised = self._counted(self._raised(self.counter(field)))
        return field if raised == field else raised  # the same object, which many keys may share

    # Reading an access field.

    def idle_ms(self, field: int) -> int:
        """The time since the last access."""
        return max(self._now_ms - field, 0)

    def counter(self, field: int) -> int:
        """The LFU counter, less what it has lost since by decay."""
        minutes, counter = field >> 8, field & 255
        if not self.decay_minutes:
            return counter
        return max(counter - max(self._now_ms // MINUTE_MS - minutes, 0) // self.decay_minutes, 0)

    # Making an access field, for RESTORE.

    def field_of_idle(self, idle_ms: int) -> int:
        return max(self._now_ms - idle_ms, 1)

    def field_of_counter(self, counter: int) -> int:
        return self._counted(counter)

    def _counted(self, counter: int) -> int:
        return self._now_ms // MINUTE_MS << 8 | counter

    def _raised(self, counter: int) -> int:
        above = max(counter - NEW_COUNTER, 0)
        is_raised = counter < HIGHEST and self._random.random() * (above * self.log_factor + 1) < 1
        return counter + is_raised
