"""Wrong answers to `lcs`.  Each function is one mistake, and takes the place of `_rows`."""


def the_carry_is_lost(a: bytes, b: bytes) -> list[int]:
    """The sum is an or: the carry, which finds the next place, is lost."""
    places: dict[int, int] = {}  # for each byte value, a 1 at each of its places in `b`
    for place, byte in enumerate(b):
        places[byte] = places.get(byte, 0) | 1 << place
    everywhere = (1 << len(b)) - 1
    row = everywhere
    rows = [row]
    for byte in a:
        matching = row & places.get(byte, 0)
        row = (row | matching | row - matching) & everywhere
        rows.append(row)
    return rows


def the_first_row_is_missing(a: bytes, b: bytes) -> list[int]:
    """The row before the first byte is left out."""
    places: dict[int, int] = {}  # for each byte value, a 1 at each of its places in `b`
    for place, byte in enumerate(b):
        places[byte] = places.get(byte, 0) | 1 << place
    everywhere = (1 << len(b)) - 1
    row = everywhere
    rows = []
    for byte in a:
        matching = row & places.get(byte, 0)
        row = (row + matching | row - matching) & everywhere
        rows.append(row)
    return rows


def only_the_last_place(a: bytes, b: bytes) -> list[int]:
    """Of a byte that comes twice only the last place is kept."""
    places: dict[int, int] = {}  # for each byte value, a 1 at each of its places in `b`
    for place, byte in enumerate(b):
        places[byte] = 1 << place
    everywhere = (1 << len(b)) - 1
    row = everywhere
    rows = [row]
    for byte in a:
        matching = row & places.get(byte, 0)
        row = (row + matching | row - matching) & everywhere
        rows.append(row)
    return rows
