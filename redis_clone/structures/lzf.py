"""LZF, the compression of long strings in RDB files: a repeated part is a distance back and a length.

The compressed bytes are a series of two kinds of instructions:

    000xxxxx data                       x + 1 literal bytes, which follow
    LLLxxxxx [more] xxxxxxxx            a copy of L + 2 bytes, from x + 1 bytes back in what is written
                                        already; L = 7 means that a byte follows, to be added to it

A copy may reach into the bytes that it writes itself: one back, nine bytes long, repeats a byte nine times.

The compressor remembers for each three bytes that it has passed where they stood last.  The longer it finds
no repetition, the longer its steps become, so that random bytes cost little.  Redis's compressor looks at
every byte; a reader understands the output of both.  Imports nothing of ours.
"""

LONGEST_LITERAL = 32
LONGEST_COPY = 264  # 7 + 255 + 2
FARTHEST = 8192
SHORTEST = 3  # a copy takes two bytes or three, so shorter ones gain nothing
PATIENCE = 6  # a step grows by one byte with each 2**6 bytes without a repetition


def compress(data: bytes, limit: int) -> bytes | None:
    r"""Compressed to `limit` bytes at most; None when that cannot be done.  O(n)

    >>> compress(b"abcabcabcabc", limit=8), compress(b"abcdefghijkl", limit=8)
    (b'\x02abc\xe0\x00\x02', None)
    """
    out = bytearray()
    last_seen: dict[bytes, int] = {}
    done = at = 0  # `done`: how much of the data `out` covers
    while at + SHORTEST <= len(data) and len(out) <= limit:
        three = data[at : at + SHORTEST]
        found = last_seen.get(three, -FARTHEST - 1)
        last_seen[three] = at
        if at - found > FARTHEST:
            at += 1 + (at - done >> PATIENCE)
            continue
        _put_literals(out, data[done:at])
        length = _common_length(data, found, at)
        _put_copy(out, at - found, length)
        at += length
        done = at
    left = len(data) - done
    if len(out) + left + -(-left // LONGEST_LITERAL) > limit:
        return None  # known before the rest, which may be everything, is cut into pieces
    _put_literals(out, data[done:])
    return bytes(out)


def _common_length(data: bytes, found: int, at: int) -> int:
    """How many bytes are the same at both places, where the first three are.  O(answer)"""
    most = min(LONGEST_COPY, len(data) - at)
    is_promising = data[found + most - 1] == data[at + most - 1]
    if is_promising and data[found : found + most] == data[at : at + most]:
        return most
    length = SHORTEST
    while length < most and data[found + length] == data[at + length]:
        length += 1
    return length


def _put_literals(out: bytearray, literals: bytes) -> None:
    for at in range(0, len(literals), LONGEST_LITERAL):
        run = literals[at : at + LONGEST_LITERAL]
        out.append(len(run) - 1)
        out += run


def _put_copy(out: bytearray, distance: int, length: int) -> None:
    high, low = divmod(distance - 1, 256)
    if length - 2 < 7:
        out += bytes([length - 2 << 5 | high, low])
    else:
        out += bytes([7 << 5 | high, length - 2 - 7, low])


def decompress(data: bytes, length: int) -> bytes:
    r"""The data that was compressed; ValueError when it is not exactly `length` bytes.  O(length)

    >>> decompress(b"\x02abc\xe0\x00\x02", 12)
    b'abcabcabcabc'
    """
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
    if at != len(data) or len(out) != length:
        raise ValueError("the LZF data has another length than announced")
    return bytes(out)


def _copy(out: bytearray, distance: int, size: int) -> None:
    start = len(out) - distance
    if start < 0:
        raise ValueError("an LZF copy begins before the data")
    if distance >= size:
        out += out[start : start + size]
    else:
        out += (out[start:] * (size // distance + 1))[:size]
