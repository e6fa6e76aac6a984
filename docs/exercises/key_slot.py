"""The slot of a key.

A cluster shares 16384 slots (SLOTS) among its masters, and each key belongs to one slot: the remainder
of a checksum of the key, CRC-16, divided by 16384. `crc_hqx(data, 0)` of Python's library computes just
that checksum.

Commands with several keys want them in one slot, so an application can say which keys belong together:
if a key has a part in braces, `user:{42}:name`, only what is *between* the braces is hashed. All keys
with `{42}` are in one slot then.

The rule in detail: find the first `{`. Find the first `}` after it. If both are there and something
stands between them, only that is hashed; otherwise the whole key is. Later braces do not count, whatever
the first ones held. `key_slot(key)` gets the key as bytes, and answers its slot.
"""

from exercises.machinery.trial import calling
from redis_clone.features.cluster.slots import key_slot

CHAPTER = 21
LEVEL = 1
CONCEPT = "hashing, and a way to steer it"
HOLE = "redis_clone/features/cluster/slots.py:key_slot"
HINTS = (
    "bytes.find() returns -1 if there is nothing, and takes a place to begin at.",
    "The empty pair {} is the trap: find the } after the {, and look whether it comes right behind it.",
    "SLOTS is a power of two, so `crc_hqx(key, 0) & (SLOTS - 1)` is the remainder; `% SLOTS` is as good.",
)


def test_a_key() -> None:
    calling(key_slot, b"foo").gives(12182)
    calling(key_slot, b"fruit").gives(1821)
    calling(key_slot, b"").gives(0)


def test_only_what_is_in_braces_counts() -> None:
    calling(key_slot, b"{foo}").gives(12182)
    calling(key_slot, b"user:{foo}:name").gives(12182)
    calling(key_slot, b"a{b}c").gives(key_slot_of_whole(b"b"))


def test_empty_braces_do_not_count() -> None:
    calling(key_slot, b"a{}").gives(key_slot_of_whole(b"a{}"))
    calling(key_slot, b"{}{foo}").gives(key_slot_of_whole(b"{}{foo}"))


def test_only_the_first_brace_counts() -> None:
    calling(key_slot, b"{foo}{bar}").gives(12182)
    calling(key_slot, b"{{foo}}").gives(key_slot_of_whole(b"{foo"))
    calling(key_slot, b"}{foo}").gives(12182)


def test_a_brace_alone() -> None:
    calling(key_slot, b"{foo").gives(key_slot_of_whole(b"{foo"))
    calling(key_slot, b"foo}").gives(key_slot_of_whole(b"foo}"))
    calling(key_slot, b"}foo{").gives(key_slot_of_whole(b"}foo{"))


def key_slot_of_whole(key: bytes) -> int:
    """The remainder of the checksum, bit by bit; braces are bytes like others."""
    crc = 0
    for byte in key:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc % 16384
