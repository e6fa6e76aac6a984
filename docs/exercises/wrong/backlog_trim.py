"""Wrong answers to `backlog_trim`.  Each function is one mistake, and takes the place of `Backlog.trim`."""


def below_the_size(self, needed: int | None = None) -> None:
    """A piece goes although less than `size` bytes stay."""
    keep_from = self.next_offset - self.size
    if needed is not None:
        keep_from = min(keep_from, needed)
    while self._pieces and self.first_offset < keep_from:
        self.first_offset += len(self._pieces.popleft())


def what_is_needed_is_dropped(self, needed: int | None = None) -> None:
    """Nobody asks what a replica still needs."""
    keep_from = self.next_offset - self.size
    while self._pieces and self.first_offset + len(self._pieces[0]) <= keep_from:
        self.first_offset += len(self._pieces.popleft())


def the_first_offset_stays(self, needed: int | None = None) -> None:
    """The pieces go, but the backlog still says that it begins where it began."""
    keep_from = self.next_offset - self.size
    if needed is not None:
        keep_from = min(keep_from, needed)
    while self._pieces and self.first_offset + len(self._pieces[0]) <= keep_from:
        self._pieces.popleft()


def one_piece_only(self, needed: int | None = None) -> None:
    """Only one piece goes at each call."""
    keep_from = self.next_offset - self.size
    if needed is not None:
        keep_from = min(keep_from, needed)
    if self._pieces and self.first_offset + len(self._pieces[0]) <= keep_from:
        self.first_offset += len(self._pieces.popleft())


def only_what_is_needed(self, needed: int | None = None) -> None:
    """What a replica needs takes the place of the size, so others find too little."""
    keep_from = self.next_offset - self.size if needed is None else needed
    while self._pieces and self.first_offset + len(self._pieces[0]) <= keep_from:
        self.first_offset += len(self._pieces.popleft())
