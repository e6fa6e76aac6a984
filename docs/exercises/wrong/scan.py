"""Wrong answers to `scan`.  Each function is one mistake, and takes the place of `IndexedSet.scan`."""


def forwards(self, cursor: int, count: int) -> tuple[int, list[Key]]:
    """The walk goes from the front, so a key that moves into a hole is missed."""
    start = cursor
    stop = min(start + count, len(self._keys))
    return (0 if stop == len(self._keys) else stop), self._keys[start:stop]


def one_key_lost_at_each_step(self, cursor: int, count: int) -> tuple[int, list[Key]]:
    """The next cursor is one too far on."""
    stop = min(cursor or len(self._keys), len(self._keys))
    start = max(stop - count, 0)
    return max(start - 1, 0), self._keys[start:stop][::-1]


def beyond_the_end(self, cursor: int, count: int) -> tuple[int, list[Key]]:
    """A cursor beyond the end gives nothing, and says that the walk is over."""
    stop = cursor or len(self._keys)
    start = max(stop - count, 0)
    return start, self._keys[start:stop][::-1]


def the_order_of_the_list(self, cursor: int, count: int) -> tuple[int, list[Key]]:
    """The keys come in the order of the list, and not of the walk."""
    stop = min(cursor or len(self._keys), len(self._keys))
    start = max(stop - count, 0)
    return start, self._keys[start:stop]
