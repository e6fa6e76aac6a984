"""Wrong answers to `read_line`.  Each function is one mistake, and takes the place of `Stream.read_line`."""


def searched_from_the_beginning(
    self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
) -> bytes:
    """Each new piece is searched together with all before it: a line in a thousand pieces takes a million
    looks."""
    searched = self._position
    while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
        not ends_after_nul and b"\0" in self._buffer[self._position : found]
    ):
        if self.unread > limit:
            raise LineTooLong
        seen = max(self.unread - beyond - len(end) + 1, 0)
        self._fill_or_fail()
        searched = self._position
    line = self._buffer[self._position : found]
    self._position = found + len(end) + beyond
    return line


def the_end_stays(
    self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
) -> bytes:
    """The end of the line is left in the stream, and becomes an empty line."""
    searched = self._position
    while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
        not ends_after_nul and b"\0" in self._buffer[self._position : found]
    ):
        if self.unread > limit:
            raise LineTooLong
        seen = max(self.unread - beyond - len(end) + 1, 0)
        self._fill_or_fail()
        searched = self._position + seen  # what was searched once is not searched again
    line = self._buffer[self._position : found]
    self._position = found + beyond
    return line


def the_end_in_two_pieces(
    self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
) -> bytes:
    """What was searched is not searched again, so an end that is cut in two is never found."""
    searched = self._position
    while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
        not ends_after_nul and b"\0" in self._buffer[self._position : found]
    ):
        if self.unread > limit:
            raise LineTooLong
        seen = self.unread
        self._fill_or_fail()
        searched = self._position + seen  # what was searched once is not searched again
    line = self._buffer[self._position : found]
    self._position = found + len(end) + beyond
    return line


def no_limit(
    self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
) -> bytes:
    """A line without an end is gathered for ever."""
    searched = self._position
    while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
        not ends_after_nul and b"\0" in self._buffer[self._position : found]
    ):
        seen = max(self.unread - beyond - len(end) + 1, 0)
        self._fill_or_fail()
        searched = self._position + seen  # what was searched once is not searched again
    line = self._buffer[self._position : found]
    self._position = found + len(end) + beyond
    return line


def the_limit_comes_too_early(
    self, end: bytes = b"\r\n", limit: int = CHUNK, beyond: int = 0, ends_after_nul: bool = True
) -> bytes:
    """The limit is on what is unread when no end was found: exactly so many bytes are allowed."""
    searched = self._position
    while (found := self._buffer.find(end, searched, len(self._buffer) - beyond)) < 0 or (
        not ends_after_nul and b"\0" in self._buffer[self._position : found]
    ):
        if self.unread >= limit:
            raise LineTooLong
        seen = max(self.unread - beyond - len(end) + 1, 0)
        self._fill_or_fail()
        searched = self._position + seen  # what was searched once is not searched again
    line = self._buffer[self._position : found]
    self._position = found + len(end) + beyond
    return line
