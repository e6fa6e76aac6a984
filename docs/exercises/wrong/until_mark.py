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


def all_is_kept_back(self, data: bytes) -> bytes:
    """Nothing is returned before the mark has come, so the whole file is in memory."""
    self._tail += data
    if not self._tail.endswith(self.mark):
        return b""
    self.is_over = True
    return self._tail[:-MARK_BYTES]


def a_piece_is_longer_than_the_mark(self, data: bytes) -> bytes:
    """Only the newest piece is kept back, and with small pieces the mark is in three of them."""
    whole = self._tail + data
    if whole.endswith(self.mark):
        self.is_over = True
        return whole[:-MARK_BYTES]
    before, self._tail = self._tail, data[-MARK_BYTES:]
    return before + data[:-MARK_BYTES]
