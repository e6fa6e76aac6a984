"""When a key was last used, or how often: one integer for each key, its *word*.

    LRU    the Unix time in milliseconds of the last use, as the cron last read the clock.  It is one integer
           object for all the keys of that tick, so that a million words are a million references to a few.
    LFU    minutes since 1970 in the upper bits, and a counter of 0 to 255 in the lowest eight

**A counter that counts to millions in eight bits** (Morris, 1978): it is raised by chance, the more rarely
the higher it stands, with probability 1 / ((counter - 5) * lfu-log-factor + 1).  With the factor 10 it
reaches 255 after about a million uses.  A new key begins at 5, so that it is not the first to go; and what
was popular once must not be so for ever: lfu-decay-time minutes without a use cost a counter one.

Who keeps the words asks for the next one at each use (storage/keyspace.py):

    fields[key] = access.lru_clock or access.touched(fields[key])

`moment` is 0 when there is something to work out: LFU, or a client that does not want to be counted
(CLIENT NO-TOUCH).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

NEW_COUNTER, HIGHEST = 5, 255
MINUTE_MS = 60_000


class AccessClock:
    """
    >>> access = AccessClock(Random(1), now_ms=1_000_000)
    >>> word = access.lru_clock or access.touched(0)
    >>> access.look_at_clock(1_007_500); access.idle_ms(word)
    7500
    >>> access.use_lfu(True)
    >>> word = access.initial(); access.counter(word), access.counter(access.touched(word))
    (5, 6)
    """

    def __init__(self, random: Random, now_ms: int) -> None:
        self.log_factor, self.decay_minutes = 10, 1  # lfu-log-factor, lfu-decay-time
        self.is_lfu = False  # LFU
        self._random = random
        self._now_ms = now_ms
        self._paused = False
        self.lru_clock = now_ms

    def look_at_clock(self, now_ms: int) -> None:
        """Called by the cron: uses of one tick are of one moment."""
        self._now_ms = now_ms
        self._choose_lru_clock()

    def use_lfu(self, is_lfu: bool) -> None:
        """LFU or LRU; the words of before mean nothing any more."""
        self.is_lfu = is_lfu
        self._choose_lru_clock()

    def _choose_lru_clock(self) -> None:
        self.lru_clock = 0 if self.is_lfu or self._paused else self._now_ms

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Uses meanwhile are none."""
        before, self._paused = self._paused, True
        self._choose_lru_clock()
        try:
            yield
        finally:
            self._paused = before
            self._choose_lru_clock()

    def initial(self) -> int:
        """The word of a new key."""
        return self._counted(NEW_COUNTER) if self.is_lfu else self._now_ms

    def touched(self, word: int) -> int:
        """The word after a use."""
        if self._paused:
            return word
        if not self.is_lfu:
            return self._now_ms
        following = self._counted(self._raised(self.counter(word)))
        return word if following == word else following  # the same object, for it may be many keys' word

    # Reading a word.

    def idle_ms(self, word: int) -> int:
        """Time since the last use."""
        return max(self._now_ms - word, 0)

    def counter(self, word: int) -> int:
        """How often it was used, on the scale of the counter, with what was lost since."""
        minutes, counter = word >> 8, word & 255
        if not self.decay_minutes:
            return counter
        return max(counter - max(self._now_ms // MINUTE_MS - minutes, 0) // self.decay_minutes, 0)

    # Making one, for RESTORE.

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
