"""Wrong answers to `swap_remove`.  Each function is one mistake, and takes the place of `IndexedSet.remove`."""


def the_last_forgets_its_place(self, key: Key) -> None:
    """The last key moves into the hole, but its position is not written."""
    hole = self._positions.pop(key)
    last = self._keys.pop()
    if hole < len(self._keys):  # else the last key is the one to remove
        self._keys[hole] = last


def the_last_itself(self, key: Key) -> None:
    """When the key to remove is the last one, it is put back."""
    hole = self._positions.pop(key)
    last = self._keys.pop()
    self._keys[hole:] = [last, *self._keys[hole + 1 :]] if hole < len(self._keys) else [last]
    self._positions[last] = hole


def all_others_move_up(self, key: Key) -> None:
    """The list closes the gap, and all positions behind it are wrong."""
    del self._keys[self._positions.pop(key)]
