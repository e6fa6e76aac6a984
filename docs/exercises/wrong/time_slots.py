"""Wrong answers to `time_slots`.  Each function is one mistake, and takes the place of `TimingWheel.add`."""


def always_the_narrowest(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
    """Each key lies in a slot of an eighth of a second, and keys of next week make a million slots."""
    width = NARROWEST_MS
    start = expire_at_ms - expire_at_ms % width
    slot = self._slots.get(start)
    if slot is None:
        self._slots[start] = {key: None}
        self._order.add(start)
    else:
        slot[key] = None


def wider_than_what_is_left(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
    """The slot is wider than the time that is left, so it begins too early to be of use."""
    width = NARROWEST_MS
    for width in WIDTHS_MS:
        break
    start = expire_at_ms - expire_at_ms % width
    slot = self._slots.get(start)
    if slot is None:
        self._slots[start] = {key: None}
        self._order.add(start)
    else:
        slot[key] = None


def the_tree_is_forgotten(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
    """The slot is made, but nobody finds it: it is not in the order."""
    width = NARROWEST_MS
    for width in WIDTHS_MS:
        if width <= expire_at_ms - now_ms:
            break
    start = expire_at_ms - expire_at_ms % width
    slot = self._slots.get(start)
    if slot is None:
        self._slots[start] = {key: None}
    else:
        slot[key] = None


def a_slot_with_one_key(self, key: bytes, expire_at_ms: int, now_ms: int) -> None:
    """A second key throws the first one out of its slot."""
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
        self._slots[start] = {key: None}
