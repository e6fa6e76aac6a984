"""The keys of a database by their hash slots, for a node of a cluster: a slot moves with all of its keys.

Only such a node has the index.  Which slot a key has is a function of the caller's.  No locks here: the
caller holds the server's lock.
"""

from collections.abc import Callable, Iterable, KeysView

SlotOf = Callable[[bytes], int]
PER_SLOT, PER_KEY = 240, 32  # bytes: a small dict and its entry, an entry in it


class SlotIndex:
    """
    >>> index = SlotIndex(len, [b"a", b"b", b"longer"])
    >>> index.remove(b"a"); sorted(index.keys_in(1)), index.in_use(), len(index)
    ([b'b'], [1, 6], 2)
    """

    __slots__ = ("_by_slot", "_length", "slot_of")

    def __init__(self, slot_of: SlotOf, keys: Iterable[bytes] = ()) -> None:
        """O(n), about a second for a million."""
        self.slot_of = slot_of
        self._by_slot: dict[int, dict[bytes, None]] = {}  # no slot is there without a key
        self._length = 0
        for key in keys:
            self.add(key)

    def __len__(self) -> int:
        """How many keys there are.  O(1)"""
        return self._length

    def keys_in(self, slot: int) -> KeysView[bytes]:
        """The keys of one slot, the oldest first; its length is known at once.  O(1)"""
        return self._by_slot.get(slot, {}).keys()

    def in_use(self) -> list[int]:
        """The slots that have keys, the lowest first.  O(slots)"""
        return sorted(self._by_slot)

    def add(self, key: bytes) -> None:
        """Add a key that is not there.  O(1)"""
        self._by_slot.setdefault(self.slot_of(key), {})[key] = None
        self._length += 1

    def remove(self, key: bytes) -> None:
        """Remove a key that is there.  O(1)"""
        slot = self.slot_of(key)
        keys = self._by_slot[slot]
        del keys[key]
        self._length -= 1
        if not keys:
            del self._by_slot[slot]

    def size(self) -> int:
        """In bytes, without the keys themselves.  O(1)"""
        return PER_SLOT * len(self._by_slot) + PER_KEY * self._length

    def check(self) -> None:
        """Asserts what is always true.  O(n)"""
        assert self._length == sum(map(len, self._by_slot.values())), "each key is counted"
        for slot, keys in self._by_slot.items():
            assert keys, "a slot without a key is not kept"
            assert all(self.slot_of(key) == slot for key in keys), "each key is in its slot"
