"""Wrong answers to `pop_expired`.  Each function is one mistake, and takes the place of `TimingWheel.pop_begun`."""


def too_early(self, now_ms: int, count: int) -> list[bytes]:
    """A slot is emptied as soon as it begins, with keys that still have an eighth of a second."""
    taken: list[bytes] = []
    while self._slots and len(taken) < count:
        start = self._order.first()
        if start > now_ms:
            break
        slot = self._slots[start]
        taken += [slot.popitem()[0] for _ in range(min(len(slot), count - len(taken)))]
        if not slot:
            self._drop(start)
    return taken


def all_at_once(self, now_ms: int, count: int) -> list[bytes]:
    """The count is not kept: a million keys are taken out under one lock."""
    taken: list[bytes] = []
    while self._slots:
        start = self._order.first()
        if start > now_ms - NARROWEST_MS:
            break
        slot = self._slots[start]
        taken += [slot.popitem()[0] for _ in range(len(slot))]
        if not slot:
            self._drop(start)
    return taken


def empty_slots_stay(self, now_ms: int, count: int) -> list[bytes]:
    """A slot without keys stays, and is looked at for ever."""
    taken: list[bytes] = []
    while self._slots and len(taken) < count:
        start = self._order.first()
        if start > now_ms - NARROWEST_MS:
            break
        slot = self._slots[start]
        taken += [slot.popitem()[0] for _ in range(min(len(slot), count - len(taken)))]
        if not slot:
            break
    return taken


def one_slot_only(self, now_ms: int, count: int) -> list[bytes]:
    """Only one slot is looked at, however many have begun."""
    taken: list[bytes] = []
    while self._slots and len(taken) < count:
        start = self._order.first()
        if start > now_ms - NARROWEST_MS:
            break
        slot = self._slots[start]
        taken += [slot.popitem()[0] for _ in range(min(len(slot), count - len(taken)))]
        if not slot:
            self._drop(start)
        break
    return taken
