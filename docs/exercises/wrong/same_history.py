"""Wrong answers to `same_history`.  Each function is one mistake, and takes the place of `History.has`."""


def the_offset_is_not_asked(self, replid: str, next_offset: int) -> bool:
    """Whoever knows the old name may continue, though the histories have parted since."""
    if replid == self.replid:
        return True
    return replid == self.replid2


def one_byte_too_few(self, replid: str, next_offset: int) -> bool:
    """The very first byte after the change may still be asked for."""
    if replid == self.replid:
        return True
    return replid == self.replid2 and next_offset < self.second_offset


def only_the_new_name(self, replid: str, next_offset: int) -> bool:
    """The old name is forgotten, and after a failover everything is taken anew."""
    if replid == self.replid:
        return True
    return False


def only_what_was_written(self, replid: str, next_offset: int) -> bool:
    """Its own history counts only up to where it parted from the old one."""
    return replid in (self.replid, self.replid2) and next_offset <= self.second_offset
