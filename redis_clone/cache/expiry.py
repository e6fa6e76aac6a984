"""A timing wheel: which keys expire when, so that expired keys are found without a search.

**Slots.**  Time is cut into slots, and a slot holds the keys that expire in it, in no order.  So a SET with
EX costs a look into a dict.  A tree (structures/avl_tree.py) orders the slots; it changes only when a slot
appears or becomes empty.  Redis keeps no order at all: it samples twenty random keys again and again, as long
as many of them have expired.

**Wide slots for distant times.**  A million keys that expire on one day would each have a slot of a tenth of
a second for themselves.  So a slot is as wide as possible but no wider than the time that is left: keys of
next week lie together in a slot of 37 hours.  When such a slot begins, its keys are filed again, in narrower
ones: at most three times in the life of a key.  (Operating systems keep their timers in the same way, and
call it a hierarchical timing wheel.)

Always true (`check` asserts it): a key lies in one slot, which is one of the four that hold its time.

pop_begun() takes keys out of slots that have begun.  Its caller must look at each of them: the key has
expired, or must be added again (storage/expires.py).  No locks here: the caller holds the server's lock.
"""

from itertools import islice

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
        # By their start, a Unix time in milliseconds.  A slot is a dict without values, because a set of a
        # few hundred keys may take three times as much memory.
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
        """Take out a key that was filed under that time, trying each width.  Costs as much as add()"""
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

        A slot counts as begun an eighth of a second late: all keys in the narrowest ones have expired then.
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

    def slots(self, count: int) -> list[tuple[int, list[bytes]]]:
        """The first slots, each with its start and its keys, for looking at.  O(count + their keys)"""
        starts = islice(self._order, count)
        return [(start, list(self._slots[start])) for start in starts]

    def count_slots(self) -> int:
        """How many slots there are.  O(1)"""
        return len(self._slots)

    def _drop(self, start: int) -> None:
        del self._slots[start]
        self._order.remove(start)

    def check(self, expire_at_ms: dict[bytes, int]) -> None:
        """Asserts what is always true; `expire_at_ms` says when each key expires.  O(n)"""
        assert list(self._order) == sorted(self._slots), "the tree orders the slots"
        filed = [(key, start) for start, slot in self._slots.items() for key in slot]
        assert sorted(key for key, _ in filed) == sorted(expire_at_ms), "each key lies in one slot"
        for key, start in filed:
            starts = [expire_at_ms[key] - expire_at_ms[key] % width for width in WIDTHS_MS]
            assert start in starts, "remove() finds it there"
        assert all(self._slots.values()), "no slot is empty"


class ExpiryCycle:
    """Active expiry by the cron: whether it is on, and the figures that INFO shows."""

    def __init__(self) -> None:
        self.is_active = True  # DEBUG SET-ACTIVE-EXPIRE 0: no; keys expire only when they are touched
        self.is_behind = False  # the last tick ran out of time, so the next takes a greater share
        self.time_ns = 0  # spent on active expiry
        self.caps_reached = 0  # how often a tick ran out of time
        self.stale_percent = 0.0  # expired keys among those with a time to live, when a tick ended

    def reset(self) -> None:
        """CONFIG RESETSTAT."""
        self.time_ns = self.caps_reached = 0
        self.stale_percent = 0.0
