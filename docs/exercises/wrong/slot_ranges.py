"""Wrong answers to `slot_ranges`.  Each function is one mistake, and takes the place of `ranges`."""


def the_end_is_left_out(bits: int) -> list[tuple[int, int]]:
    """The last slot of a run is left out."""
    found, begin = [], 0
    while bits:
        gap = (bits & -bits).bit_length() - 1  # zeros at the low end
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1  # and then ones
        begin += gap
        found.append((begin, begin + length))
        bits >>= length
        begin += length
    return found


def one_by_one(bits: int) -> list[tuple[int, int]]:
    """Each slot is a run of its own."""
    return [(slot, slot) for slot in range(bits.bit_length()) if bits >> slot & 1]


def from_the_beginning_again(bits: int) -> list[tuple[int, int]]:
    """The gaps before a run are not counted."""
    found, begin = [], 0
    while bits:
        gap = (bits & -bits).bit_length() - 1  # zeros at the low end
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1  # and then ones
        found.append((begin, begin + length - 1))
        bits >>= length
        begin += length
    return found


def the_last_run_is_forgotten(bits: int) -> list[tuple[int, int]]:
    """A run is noted where it ends, and the last one never does."""
    found, begin = [], None
    for slot, bit in enumerate(reversed(bin(bits)[2:])):
        if bit == "1" and begin is None:
            begin = slot
        elif bit == "0" and begin is not None:
            found.append((begin, slot - 1))
            begin = None
    return found
