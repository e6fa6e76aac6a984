"""Wrong answers to `rdb_length`.  Each function is one mistake, and takes the place of `Reader._length_from`."""


def little_end_first(self, first: int) -> int:
    """The bytes of a long length stand in the other order."""
    if first < MIDDLE:
        return first
    if first < LENGTH_32:
        return (first & 0x3F) << 8 | self.byte()
    if first == LENGTH_32:
        return int.from_bytes(self.exactly(4), "little")
    if first == LENGTH_64:
        return int.from_bytes(self.exactly(8), "big")
    raise ValueError("no length begins so")


def the_two_bits_stay(self, first: int) -> int:
    """The two bits that say which form it is are taken for part of the length."""
    if first < MIDDLE:
        return first
    if first < LENGTH_32:
        return first << 8 | self.byte()
    if first == LENGTH_32:
        return int.from_bytes(self.exactly(4), "big")
    if first == LENGTH_64:
        return int.from_bytes(self.exactly(8), "big")
    raise ValueError("no length begins so")


def four_bytes_for_all(self, first: int) -> int:
    """A length of 64 bits is read as one of 32."""
    if first < MIDDLE:
        return first
    if first < LENGTH_32:
        return (first & 0x3F) << 8 | self.byte()
    if first == LENGTH_32:
        return int.from_bytes(self.exactly(4), "big")
    if first == LENGTH_64:
        return int.from_bytes(self.exactly(4), "big")
    raise ValueError("no length begins so")


def anything_is_a_length(self, first: int) -> int:
    """A first byte that begins no length is taken for one."""
    if first < MIDDLE:
        return first
    if first < LENGTH_32:
        return (first & 0x3F) << 8 | self.byte()
    if first == LENGTH_32:
        return int.from_bytes(self.exactly(4), "big")
    if first == LENGTH_64:
        return int.from_bytes(self.exactly(8), "big")
    return first & 0x3F
