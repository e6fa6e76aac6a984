"""Wrong answers to `hand_over`.  Each function is one mistake, and takes the place of `Failover.next_step`."""


def nearly_there(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """A replica that has nearly all is taken."""
    if self.state != WAITING:
        return None
    if self._ends_ms and now_ms >= self._ends_ms:
        if self._is_forced and self.target is not None:
            return self._hand_over(self.target, "time out exceeded")
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset >= offset - 1 and self.target in (None, address):
            return self._hand_over(address, "is synced")
    return None


def anybody(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """Another replica than the one that was named is taken."""
    if self.state != WAITING:
        return None
    if self._ends_ms and now_ms >= self._ends_ms:
        if self._is_forced and self.target is not None:
            return self._hand_over(self.target, "time out exceeded")
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset == offset:
            return self._hand_over(address, "is synced")
    return None


def for_ever(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """The time limit is not looked at."""
    if self.state != WAITING:
        return None
    if False:
        if self._is_forced and self.target is not None:
            return self._hand_over(self.target, "time out exceeded")
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset == offset and self.target in (None, address):
            return self._hand_over(address, "is synced")
    return None


def force_is_not_looked_at(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """With FORCE the time-out aborts all the same."""
    if self.state != WAITING:
        return None
    if self._ends_ms and now_ms >= self._ends_ms:
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset == offset and self.target in (None, address):
            return self._hand_over(address, "is synced")
    return None


def force_hands_over_to_nobody(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """With FORCE and without a target the role is handed over to None."""
    if self.state != WAITING:
        return None
    if self._ends_ms and now_ms >= self._ends_ms:
        if self._is_forced:
            return self._hand_over(self.target, "time out exceeded")
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset == offset and self.target in (None, address):
            return self._hand_over(address, "is synced")
    return None


def twice(
    self, offset: int, acknowledged: Iterable[tuple[Address, int]], now_ms: int
) -> HandOver | Abort | None:
    """A role that is handed over already is handed over again."""
    if self._ends_ms and now_ms >= self._ends_ms:
        if self._is_forced and self.target is not None:
            return self._hand_over(self.target, "time out exceeded")
        return Abort("Replica never caught up before timeout")
    for address, acknowledged_offset in acknowledged:
        if acknowledged_offset == offset and self.target in (None, address):
            return self._hand_over(address, "is synced")
    return None
