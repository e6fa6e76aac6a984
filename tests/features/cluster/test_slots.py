"""Hash slots, and sets of them as integers."""

import random

from redis_clone.features.cluster.slots import ALL_SLOTS, SLOTS, key_slot, ranges, slot_set, slots_of


def test_the_slot_of_a_key_is_that_of_the_part_in_braces():
    """CLUSTER KEYSLOT of a real node says the same."""
    for key, slot in {
        b"": 0, b"123456789": 12739, b"x": 16287, b"foo": 12182, b"{foo}bar": 12182, b"a{foo}": 12182,
        b"{foo}{bar}": 12182, b"{}foo": 9500, b"foo{": 7673, b"\xff\0": 1023,
    }.items():  # fmt: skip
        assert key_slot(key) == slot, key


def test_sets_and_ranges_are_the_same_slots():
    draw = random.Random(1)
    for _ in range(50):
        slots = sorted(draw.sample(range(SLOTS), draw.randrange(200)))
        bits = slot_set(slots)
        assert list(slots_of(bits)) == slots
        assert [slot for begin, end in ranges(bits) for slot in range(begin, end + 1)] == slots
    assert ranges(ALL_SLOTS) == [(0, SLOTS - 1)] and ranges(0) == []
