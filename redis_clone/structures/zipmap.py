r"""A zipmap, in which Redis kept small hashes before 2.6.  For reading only.

    zipmap      number of pairs (a byte, 254 or more: count them yourself), pairs, 0xFF
    pair        length, field, length, bytes that are free, value, the free bytes
    length      a byte, or 0xFE and 32 bits, little-endian

Imports nothing of ours.
"""

END = 0xFF
LONG = 0xFE


def decode(data: bytes) -> list[tuple[bytes, bytes]]:
    r"""The pairs of field and value; ValueError when anything is wrong with the bytes.  O(n)

    >>> decode(b"\x02\x01a\x01\x00x\x01b\x02\x01yz-\xff")
    [(b'a', b'x'), (b'b', b'yz')]
    """
    pairs = []
    at = 1
    try:
        while data[at] != END:
            length, at = _length(data, at)
            field, at = data[at : at + length], at + length
            length, at = _length(data, at)
            free, at = data[at], at + 1
            pairs.append((field, data[at : at + length]))
            at += length + free
    except IndexError:
        raise ValueError("a zipmap is cut short") from None
    if at + 1 != len(data):
        raise ValueError("a zipmap goes on behind its end")
    if data[0] < LONG and data[0] != len(pairs):
        raise ValueError("a zipmap has another number of pairs than it says")
    return pairs


def _length(data: bytes, at: int) -> tuple[int, int]:
    """A length, and the place behind it."""
    if data[at] == END:
        raise ValueError("a zipmap ends within a pair")
    if data[at] != LONG:
        return data[at], at + 1
    return int.from_bytes(data[at + 1 : at + 5], "little"), at + 5
