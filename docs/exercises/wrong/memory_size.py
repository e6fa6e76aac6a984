"""Wrong answers to `memory_size`.  Each function is one mistake, and takes the place of `memory_size`."""


def k_is_1024(text: str) -> int | None:
    """1k is 1000, and 1kb is 1024."""
    found = re.fullmatch(r"([0-9]{0,127})([a-z]*)", text.lower())
    if not found or found[2] not in UNITS:
        return None
    return min(int(found[1] or 0), UINT64) * (UNITS.get(found[2] + "b", UNITS[found[2]])) & UINT64


def capitals(text: str) -> int | None:
    """Capital letters are not units."""
    found = re.fullmatch(r"([0-9]{0,127})([a-z]*)", text)
    if not found or found[2] not in UNITS:
        return None
    return min(int(found[1] or 0), UINT64) * UNITS[found[2]] & UINT64


def a_fraction(text: str) -> int | None:
    """A point is taken."""
    found = re.fullmatch(r"([0-9]{0,127})(?:\.[0-9]+)?([a-z]*)", text.lower())
    if not found or found[2] not in UNITS:
        return None
    return min(int(found[1] or 0), UINT64) * UNITS[found[2]] & UINT64


def a_sign(text: str) -> int | None:
    """A minus is taken, and makes a size below zero."""
    found = re.fullmatch(r"(-?[0-9]{0,127})([a-z]*)", text.lower())
    if not found or found[2] not in UNITS:
        return None
    return min(int(found[1] or 0), UINT64) * UNITS[found[2]] & UINT64


def int_reads_it(text: str) -> int | None:
    """int() takes an underscore, a plus and spaces, too."""
    number = text.lower().rstrip("bkmg")
    unit = text.lower()[len(number) :]
    if unit not in UNITS or number.startswith("-"):
        return None
    try:
        return min(int(number or 0), UINT64) * UNITS[unit] & UINT64
    except ValueError:
        return None
