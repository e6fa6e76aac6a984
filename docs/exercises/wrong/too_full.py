"""Wrong answers to `too_full`.  Each function is one mistake, and takes the place of `OutputBuffer.is_too_full`."""


def no_limit_is_a_limit(self) -> bool:
    """A limit of 0, which means none, disconnects everybody."""
    hard, soft, seconds = self._limits.of(self._class)
    size = self.size + max(self.sending - FREE_BYTES, 0)
    now_ns = self._limits.clock.now_ns
    if not soft <= size:
        self._full_since_ns = None
    elif self._full_since_ns is None:
        self._full_since_ns = now_ns
    elif now_ns - self._full_since_ns > seconds * 10**9:
        return True
    return hard <= size


def soft_at_once(self) -> bool:
    """Above the soft limit the client is disconnected at once."""
    hard, soft, seconds = self._limits.of(self._class)
    size = self.size + max(self.sending - FREE_BYTES, 0)
    now_ns = self._limits.clock.now_ns
    if not 0 < soft <= size:
        self._full_since_ns = None
    elif self._full_since_ns is None:
        self._full_since_ns = now_ns
        return seconds >= 0
    elif now_ns - self._full_since_ns > seconds * 10**9:
        return True
    return 0 < hard <= size


def the_time_is_never_forgotten(self) -> bool:
    """A client that has caught up in between is treated as if it had never."""
    hard, soft, seconds = self._limits.of(self._class)
    size = self.size + max(self.sending - FREE_BYTES, 0)
    now_ns = self._limits.clock.now_ns
    if not 0 < soft <= size:
        pass
    elif self._full_since_ns is None:
        self._full_since_ns = now_ns
    elif now_ns - self._full_since_ns > seconds * 10**9:
        return True
    return 0 < hard <= size


def hard_is_exclusive(self) -> bool:
    """A size of exactly the hard limit is allowed."""
    hard, soft, seconds = self._limits.of(self._class)
    size = self.size + max(self.sending - FREE_BYTES, 0)
    now_ns = self._limits.clock.now_ns
    if not 0 < soft <= size:
        self._full_since_ns = None
    elif self._full_since_ns is None:
        self._full_since_ns = now_ns
    elif now_ns - self._full_since_ns > seconds * 10**9:
        return True
    return 0 < hard < size
