"""Which keys fall due when, so that those whose time is up are found without a search.

**Slots.**  Time is cut in slots, and a slot holds the keys that fall due in it.  The keys of one slot stand
in no order, so a SET with EX costs a look into a dict; a tree (structures/avl_tree.py) orders the slots, and
it is touched only when a slot appears or is empty.  Redis keeps no order at all: it looks at twenty random
keys again and again, as long as many of them turn out to be due.

**Wide slots for what is far.**  A million keys that fall due on one day would each have a slot of a tenth of
a second for themselves.  So a slot is as wide as may be and no wider than the time that is left: keys of
next week lie together in a slot of 37 hours.  When such a slot begins, its keys are filed again, in narrower
ones: at most three times in the life of a key.  (Operating systems keep their timers so, and call it a
hierarchical timing wheel.)

Always true (`check` asserts it): a key lies in one slot, which is one of the four that hold its time.

Who takes keys out of slots that have begun must look at each: it is due, or is to be filed again.
"""

from redis_clone.structures.avl_tree import AvlTree

# About 4 years, 37 hours, 2 minutes, an eighth of a second.  Of each width there are hardly more than 1024.
WIDTHS_MS = (2**37, 2**27, 2**17, 2**7)
NARROWEST_MS = WIDTHS_MS[-1]


class TimingWheel:
    """
    >>> timing_wheel = TimingWheel()
    >>> timing_wheel.add(b"soon", expire_at_ms=1_000, now_ms=900)
    >>> timing_wheel.add(b"later", expire_at_ms=1_000_000, now_ms=900)
    >>> timing_wheel.pop_begun(1_200, 10), timing_wheel.pop_begun(2_000_000, 10), len(timing_wheel)
    ([b'soon'], [b'later'], 0)
    """

    __slots__ = ("_order", "_slots")

    def __init__(self) -> None:
        # By their start, Unix time in milliseconds.  A slot is a dict without values, for a set of a few
        # hundred keys may take three times as much memory.
        self._slots: dict[int, dict[bytes, None]] = {}
        self._order: AvlTree[int] = AvlTree()  # the same starts

    def __len__(self) -> int:
        """How many keys are filed; O(slots)"""
        return sum(map(len, self._slots.values()))

    def add(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
        """File a key that is in no slot yet.  O(1), O(log slots) when the slot is new."""
        width = NARROWEST_MS
        for width in WIDTHS_MS:
            if width <= expire_at_ms - now_ms:
                break
        start = expire_at_ms - expire_at_ms % width
        slot = self._slots.get(start)
        if slot is None:
            self._slots[start] = {key: None}
            self._order.add(start)
        else:
            slot[key] = None

    def remove(self, key: bytes, expire_at_ms: int) -> None:
        """Take out a key that was filed under that time; which width it was, has to be tried.  As add()"""
        for width in WIDTHS_MS:
            start = expire_at_ms - expire_at_ms % width
            slot = self._slots.get(start)
            if slot is not None and key in slot:
                del slot[key]
                if not slot:
                    self._drop(start)
                return

    def pop_begun(self, now_ms: int, count: int) -> list[bytes]:
        """Take out up to `count` keys of slots that have begun.  O(count)

        A slot counts as begun an eighth of a second late: then all in the narrowest ones is due.
        """
        taken: list[bytes] = []
        while self._slots and len(taken) < count:
            start = self._order.first()
            if start > now_ms - NARROWEST_MS:
                break
            slot = self._slots[start]
            taken += [slot.popitem()[0] for _ in range(min(len(slot), count - len(taken)))]
            if not slot:
                self._drop(start)
        return taken

    def overdue(self, now_ms: int) -> int:
        """How many keys lie in slots that have begun.  O(slots)"""
        return sum(len(slot) for start, slot in self._slots.items() if start <= now_ms - NARROWEST_MS)

    def _drop(self, start: int) -> None:
        del self._slots[start]
        self._order.remove(start)

    def check(self, expire_at_ms: dict[bytes, int]) -> None:
        """Asserts what is always true; `expire_at_ms` says when each key falls due.  O(n)"""
        assert list(self._order) == sorted(self._slots), "the tree orders the slots"
        filed = [(key, start) for start, slot in self._slots.items() for key in slot]
        assert sorted(key for key, _ in filed) == sorted(expire_at_ms), "each key lies in one slot"
        for key, start in filed:
            starts = [expire_at_ms[key] - expire_at_ms[key] % width for width in WIDTHS_MS]
            assert start in starts, "remove() finds it there"
        assert all(self._slots.values()), "no slot is empty"


class ExpiryCycle:
    """How the cron gets on with deleting keys that are due: what INFO tells of it."""

    def __init__(self) -> None:
        self.is_active = True  # DEBUG SET-ACTIVE-EXPIRE 0: a key goes when it is next touched, and not before
        self.is_behind = False  # the last tick was too short, so the next takes a greater share of the time
        self.time_ns = 0  # spent on it
        self.caps_reached = 0  # how often the time of one tick was not enough
        self.stale_percent = 0.0  # of the keys with a time to live, those that were left over then

    def reset(self) -> None:
        """CONFIG RESETSTAT."""
        self.time_ns = self.caps_reached = 0
        self.stale_percent = 0.0
