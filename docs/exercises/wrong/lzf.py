"""Wrong answers to `lzf`.  Each function is one mistake, and takes the place of `decompress`."""


def a_copy_may_not_overlap(data: bytes, length: int) -> bytes:
    """The copy is cut out at once, so one that runs into itself is too short."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) and len(out) <= length:  # more than `length` will never be kept
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            start = len(out) - ((control & 0x1F) * 256 + data[at] + 1)
            if start < 0:
                raise ValueError("before the beginning")
            out += out[start : start + size]
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if at != len(data) or len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def one_byte_nearer(data: bytes, length: int) -> bytes:
    """The distance is counted from 1, not from 0."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) and len(out) <= length:  # more than `length` will never be kept
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            _copy(out, (control & 0x1F) * 256 + data[at], size)
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if at != len(data) or len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def the_length_is_not_checked(data: bytes, length: int) -> bytes:
    """Data of another length than announced are given back."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) and len(out) <= length:  # more than `length` will never be kept
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            _copy(out, (control & 0x1F) * 256 + data[at] + 1, size)
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if at != len(data):
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def a_literal_is_too_short(data: bytes, length: int) -> bytes:
    """A literal has one byte more than its control byte says."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) and len(out) <= length:  # more than `length` will never be kept
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control]
                at += control
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            _copy(out, (control & 0x1F) * 256 + data[at] + 1, size)
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if at != len(data) or len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def all_of_a_bomb(data: bytes, length: int) -> bytes:
    """A small file that becomes gigabytes is decompressed to its end, and only then refused."""
    out = bytearray()
    at = 0
    try:
        while at < len(data):
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            _copy(out, (control & 0x1F) * 256 + data[at] + 1, size)
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if at != len(data) or len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def a_literal_may_be_cut_short(data: bytes, length: int) -> bytes:
    """Nobody looks whether the last literal was there as a whole."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) and len(out) <= length:  # more than `length` will never be kept
            control = data[at]
            at += 1
            if control < LONGEST_LITERAL:
                out += data[at : at + control + 1]
                at += control + 1
                continue
            size = (control >> 5) + 2
            if size == 7 + 2:
                size += data[at]
                at += 1
            _copy(out, (control & 0x1F) * 256 + data[at] + 1, size)
            at += 1
    except IndexError:
        raise ValueError("an LZF instruction is cut short") from None
    if len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)
