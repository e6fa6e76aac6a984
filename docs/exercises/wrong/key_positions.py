"""Wrong answers to `key_positions`.  Each function is one mistake, and takes the place of `KeySpec.positions`."""


def the_last_is_left_out(self, argv: Sequence[bytes]) -> range:
    """The last key of a range from the end is left out."""
    first = self.begin(argv)
    if first is None or self.find == "unknown":
        return range(0)
    if self.find == "keynum":
        return self._counted(argv, first)
    if self.last >= 0:
        return range(first, min(first + self.last + 1, len(argv)), self.step)
    stop = len(argv) + self.last
    if self.limit > 1:
        stop = first + (stop - first) // self.limit
    return range(first, stop, self.step)


def every_word_is_a_key(self, argv: Sequence[bytes]) -> range:
    """The step is forgotten: of MSET a 1 b 2 the values are keys, too."""
    first = self.begin(argv)
    if first is None or self.find == "unknown":
        return range(0)
    if self.find == "keynum":
        return self._counted(argv, first)
    if self.last >= 0:
        return range(first, min(first + self.last + 1, len(argv)), self.step)
    stop = len(argv) + self.last + 1
    if self.limit > 1:
        stop = first + (stop - first) // self.limit
    return range(first, stop)


def beyond_the_end(self, argv: Sequence[bytes]) -> range:
    """Positions are returned that the command does not have."""
    first = self.begin(argv)
    if first is None or self.find == "unknown":
        return range(0)
    if self.find == "keynum":
        return self._counted(argv, first)
    if self.last >= 0:
        return range(first, first + self.last + 1, self.step)
    stop = len(argv) + self.last + 1
    if self.limit > 1:
        stop = first + (stop - first) // self.limit
    return range(first, stop, self.step)


def the_limit_is_forgotten(self, argv: Sequence[bytes]) -> range:
    """Of XREAD only the first half of what follows STREAMS are keys."""
    first = self.begin(argv)
    if first is None or self.find == "unknown":
        return range(0)
    if self.find == "keynum":
        return self._counted(argv, first)
    if self.last >= 0:
        return range(first, min(first + self.last + 1, len(argv)), self.step)
    stop = len(argv) + self.last + 1
    return range(first, stop, self.step)
