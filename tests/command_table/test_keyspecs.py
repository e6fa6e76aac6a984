"""Key specifications: the positions of the keys of a call."""

import random
from contextlib import suppress

import pytest
from argument_grammar import make
from tables import for_each

from redis_clone import commands
from redis_clone.command_table.keyspecs import (
    INVALID_KEYS,
    all_keys,
    counted_keys,
    keys_of,
    legacy_range,
    one_key,
    unknown_keys,
)
from redis_clone.command_table.registry import TABLE
from redis_clone.protocol.errors import RedisError

commands.load()

XREAD = all_keys("RO access", after=("STREAMS", 1), limit=2)
STORE = one_key("OW update", after=("STORE", 6))
MIGRATE = all_keys("RW access delete", after=("KEYS", -2))


@for_each(
    "spec, call, keys",
    [
        (one_key("RO"), "GET a", "a"),
        (one_key("RO", at=2), "OBJECT ENCODING a", "a"),
        (one_key("RO", at=2), "SHORT a", ""),
        (all_keys("RO"), "MGET a b c", "a b c"),
        (all_keys("RO"), "MGET", ""),
        (all_keys("OW", step=2), "MSET a 1 b 2", "a b"),
        (all_keys("RW", last=-2), "BLPOP a b 0", "a b"),
        (all_keys("RO", last=1), "LCS a b LEN", "a b"),
        (all_keys("RO", last=1), "LCS a", "a"),
        (all_keys("RO", at=2), "PFMERGE d a b", "a b"),
        (counted_keys("RO"), "ZUNION 2 a b WITHSCORES", "a b"),
        (counted_keys("RO", at=2), "ZUNIONSTORE d 1 a", "a"),
        (counted_keys("RO"), "ZUNION", ""),
        (XREAD, "XREAD COUNT 2 STREAMS a b 0 0", "a b"),
        (XREAD, "XREAD streams a 0", "a"),
        (XREAD, "XREAD COUNT 2", ""),
        (XREAD, "XREAD COUNT STREAMS", ""),
        (STORE, "GEORADIUS a 1 2 3 m STORE d", "d"),
        (STORE, "GEORADIUS a 1 2 3 m COUNT 1 store d", "d"),
        (STORE, "GEORADIUS STORE 1 2 3 m", ""),
        (MIGRATE, "MIGRATE h 1 KEYS 0 10 KEYS a b", "a b"),
        (MIGRATE, "MIGRATE h 1 a 0 10", ""),
        (unknown_keys("RO"), "SORT a BY w_*", ""),
    ],
)
def test_a_spec_finds_the_keys_of_a_call(spec, call, keys):
    argv = call.encode().split()
    assert [argv[place] for place in spec.positions(argv)] == keys.encode().split()


@pytest.mark.parametrize(
    "call", ["ZUNION x a b", "ZUNION 0 a", "ZUNION -1 a", "ZUNION 3 a b", "ZUNION 1.0 a", "ZUNION 1"]
)
def test_a_count_of_keys_that_cannot_be_is_an_error(call):
    with pytest.raises(RedisError, match="ERR Invalid arguments specified for command") as caught:
        counted_keys("RO").positions(call.encode().split())
    assert caught.value == INVALID_KEYS


def test_the_keys_of_all_specs_come_with_their_flags():
    specs = [one_key("OW update"), counted_keys("RO access", at=2), unknown_keys("RO")]
    places = keys_of(specs, b"ZUNIONSTORE d 2 a b".split())
    assert [(place.position, place.flags) for place in places] == [
        (1, ("OW", "update")), (3, ("RO", "access")), (4, ("RO", "access")),
    ]  # fmt: skip


def test_a_count_that_begins_with_digits_counts_keys_of_which_no_flags_are_known():
    specs = [one_key("OW update"), counted_keys("RO access", at=2)]
    assert keys_of(specs, b"ZUNIONSTORE d 1a a b".split()) == [(3, ()), (1, ())]
    with pytest.raises(RedisError):
        keys_of(specs, b"ZUNIONSTORE d 3a a b".split())


@for_each(
    "specs, span",
    [
        ([], (0, 0, 0)),
        ([one_key("RW")], (1, 1, 1)),
        ([all_keys("RO", last=-2)], (1, -2, 1)),
        ([all_keys("OW", step=2)], (1, -1, 2)),
        ([one_key("RW"), one_key("RW", at=2)], (1, 2, 1)),
        ([one_key("RW"), one_key("RW", at=3)], (1, 1, 1)),
        ([one_key("OW"), all_keys("RO", at=2)], (1, -1, 1)),
        ([counted_keys("RO")], (0, 0, 0)),
        ([one_key("OW"), counted_keys("RO", at=2)], (1, 1, 1)),
        ([one_key("RO"), STORE], (1, 1, 1)),
        ([unknown_keys("RO")], (0, 0, 0)),
    ],
)
def test_the_legacy_range_for_old_clients_fits_as_well_as_one_range_can(specs, span):
    assert legacy_range(specs) == span


def test_the_names_of_the_keys_are_those_at_their_positions():
    """A slice of argv says where they are for most commands, and must say the same."""
    choose = random.Random(1).choice
    known = [command for command in TABLE.values() if command.page.syntax]
    found = set()
    for command in known * 20:
        argv = make(choose, command)
        if command.fewest <= len(argv) <= command.most:
            with suppress(RedisError):
                expected = [argv[key.position] for key in command.keys_in(argv)]
                assert list(command.key_names(argv)) == expected, argv
                found.add(command.key_slice is not None)
    assert found == {True, False}


def test_a_number_of_keys_that_makes_no_sense_gives_no_names():
    assert TABLE["EVAL"].key_names([b"EVAL", b"return 1", b"5", b"a"]) == []
