"""The 16,384 hash slots: the slot of a key, and sets of slots as integers (bit s stands for slot s)."""

from binascii import crc_hqx
from collections.abc import Iterable, Iterator

SLOTS = 16384
ALL_SLOTS = (1 << SLOTS) - 1


def key_slot(key: bytes) -> int:
    """The slot of a key: CRC-16 of the part between { and }, if there is one, else of all of it.

    >>> key_slot(b"123456789"), key_slot(b"{user1000}.following") == key_slot(b"user1000")
    (12739, True)
    >>> key_slot(b"foo{}{bar}") == key_slot(b"{bar}")  # an empty tag is none, and only the first counts
    False
    """
    begin = key.find(b"{")
    if begin >= 0:
        end = key.find(b"}", begin + 1)
        if end > begin + 1:
            key = key[begin + 1 : end]
    return crc_hqx(key, 0) & (SLOTS - 1)  # CRC16-XMODEM


def slot_set(slots: Iterable[int]) -> int:
    """
    >>> bin(slot_set([0, 2]))
    '0b101'
    """
    found = bytearray(SLOTS // 8)
    for slot in slots:
        found[slot // 8] |= 1 << slot % 8
    return int.from_bytes(found, "little")


def slots_of(bits: int) -> Iterator[int]:
    """The slots of a set, the lowest first.

    >>> list(slots_of(0b1101))
    [0, 2, 3]
    """
    for begin, end in ranges(bits):
        yield from range(begin, end + 1)


def ranges(bits: int) -> list[tuple[int, int]]:
    """The runs of neighbouring slots in a set, each as its first and its last.

    >>> ranges(0b11101)
    [(0, 0), (2, 4)]
    """
    found, begin = [], 0
    while bits:
        gap = (bits & -bits).bit_length() - 1  # zeros at the low end
        bits >>= gap
        length = (~bits & (bits + 1)).bit_length() - 1  # and then ones
        begin += gap
        found.append((begin, begin + length - 1))
        bits >>= length
        begin += length
    return found
