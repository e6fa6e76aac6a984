"""Wrong answers to `until_mark`.  Each function is one mistake, and takes the place of `Transfer._until_mark`."""


def in_one_piece_only(self, data: bytes) -> bytes:
    """The mark is looked for in each piece, and one that is cut in two is never found."""
    if data.endswith(self.mark):
        self.is_over = True
        return data[:-MARK_BYTES]
    return data


def the_mark_comes_along(self, data: bytes) -> bytes:
    """The mark itself is given on as data."""
    whole = self._tail + data
    if whole.endswith(self.mark):
        self.is_over = True
        return whole
    self._tail = whole[-MARK_BYTES:]
    return whole[:-MARK_BYTES]


def the_tail_twice(self, data: bytes) -> bytes:
    """What was kept back is given out at once as well."""
    whole = self._tail + data
    if whole.endswith(self.mark):
        self.is_over = True
        return whole[:-MARK_BYTES]
    self._tail = whole[-MARK_BYTES:]
    return whole
