"""Wrong answers to `read_exactly`.  Each function is one mistake, and takes the place of `Stream.read_exactly`."""


def what_is_there_is_enough(self, count: int) -> bytes:
    """One receive is taken for all of it, though a socket gives what has come so far."""
    if count <= self.unread:
        start = self._position
        self._position += count
        return self._buffer[start : self._position]
    gathered = bytearray(
        self._buffer[self._position :]
    )  # not a list of parts, which may be of one byte each
    self._buffer, self._position = b"", 0
    if missing := count - len(gathered):
        part = self._receive(min(missing, 16 * CHUNK))
        if not part:
            raise EOFError
        gathered += part
    return bytes(gathered)


def an_end_is_an_end(self, count: int) -> bytes:
    """A stream that ends too early gives what there was, and nobody notices."""
    if count <= self.unread:
        start = self._position
        self._position += count
        return self._buffer[start : self._position]
    gathered = bytearray(
        self._buffer[self._position :]
    )  # not a list of parts, which may be of one byte each
    self._buffer, self._position = b"", 0
    while missing := count - len(gathered):
        part = self._receive(min(missing, 16 * CHUNK))
        if not part:
            break
        gathered += part
    return bytes(gathered)


def more_than_was_asked_for(self, count: int) -> bytes:
    """A whole chunk is received, and the bytes behind the count are lost."""
    if count <= self.unread:
        start = self._position
        self._position += count
        return self._buffer[start : self._position]
    gathered = bytearray(
        self._buffer[self._position :]
    )  # not a list of parts, which may be of one byte each
    self._buffer, self._position = b"", 0
    while missing := count - len(gathered):
        part = self._receive(16 * CHUNK)
        if not part:
            raise EOFError
        gathered += part
    return bytes(gathered)
