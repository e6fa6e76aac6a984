"""The HyperLogLog commands.  Test names read as sentences about Redis."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import WRONG_TYPE, RedisError, wrong_arity
from redis_clone.structures import hyperloglog

NO_HYPERLOGLOG = RedisError("WRONGTYPE Key is not a valid HyperLogLog string value.")
CORRUPTED = RedisError("INVALIDOBJ Corrupted HLL object detected")
EMPTY = b"HYLL\x01" + bytes(10) + b"\x80\x7f\xff"
COMMANDS = [
    "PFADD {}",
    "PFADD {} a",
    "PFCOUNT {}",
    "PFCOUNT missing {}",
    "PFMERGE {}",
    "PFMERGE d {}",
    "PFDEBUG FOO {}",
]


def elements(count, prefix="element"):
    return [f"{prefix}:{number}" for number in range(count)]


def test_pfadd_tells_whether_the_estimate_may_have_changed(redis):
    assert redis("PFADD h a b c") == 1
    assert redis("PFADD h a b c c") == 0
    assert redis("PFADD h a d") == 1
    assert redis("PFCOUNT h") == 4


def test_pfadd_of_nothing_makes_an_empty_one_once(redis):
    assert redis("PFADD h") == 1
    assert redis("GET h") == EMPTY
    assert redis("PFADD h") == 0
    assert redis("PFCOUNT h") == 0


def test_a_hyperloglog_is_a_string_with_a_time_to_live_of_its_own(redis):
    redis("PFADD h a")
    redis("EXPIRE h 100")
    redis("PFADD h b")
    assert redis("PFCOUNT h") == 2
    assert redis("TYPE h") == "string"
    assert redis("STRLEN h") < 30
    assert redis("TTL h") > 90


@pytest.mark.parametrize("count", [1, 30, 1000, 2000])
def test_the_stored_string_is_the_same_to_the_byte(redis, count):
    expected = hyperloglog.new()
    for element in elements(count):
        hyperloglog.add(expected, element.encode())
    hyperloglog.forget_count(expected)
    redis("PFADD", "h", *elements(count))
    assert redis("GET h") == expected
    estimated = redis("PFCOUNT h")
    assert abs(estimated - count) <= count * 0.03
    hyperloglog.cache_count(expected, estimated)
    assert redis("GET h") == expected  # the estimate is part of the string


def test_a_string_made_elsewhere_is_counted_and_goes_on(redis):
    made = hyperloglog.new()
    for element in elements(50):
        hyperloglog.add(made, element.encode())
    hyperloglog.forget_count(made)
    redis("SET", "h", bytes(made))
    assert redis("PFCOUNT h") == hyperloglog.count(made)
    assert redis("PFADD", "h", *elements(50)) == 0
    assert redis("PFADD", "h", *elements(60)) == 1


def test_a_hyperloglog_becomes_dense_when_the_sparse_encoding_would_exceed_3000_bytes(redis):
    redis("PFADD", "h", *elements(1000))
    assert redis("PFDEBUG ENCODING h") == "sparse"
    redis("PFADD", "h", *elements(5000))
    assert redis("PFDEBUG ENCODING h") == "dense"
    assert redis("STRLEN h") == 12304


@pytest.mark.parametrize("command", ["PFCOUNT a b missing", "PFCOUNT b a a"])
def test_pfcount_of_several_counts_their_union(redis, command):
    redis("PFADD", "a", *elements(100))
    redis("PFADD", "b", *elements(150))
    assert redis(command) == redis("PFCOUNT b")
    assert redis("PFCOUNT missing") == redis("PFCOUNT missing nowhere") == 0
    assert redis("EXISTS missing") == 0


def test_a_cached_estimate_is_returned(redis):
    redis("PFADD h a")
    redis("SETRANGE", "h", 8, (77).to_bytes(8, "little"))
    assert redis("PFCOUNT h") == 77
    assert redis("PFCOUNT h h") == 1


def test_pfcount_that_computes_anew_is_a_write_for_watch(redis, other):
    redis("PFADD h a")
    for was_written in (True, False):
        redis("WATCH h")
        other("PFCOUNT h")
        redis("MULTI")
        redis("PING")
        assert (redis("EXEC") != ["PONG"]) == was_written


@for_each("dense", ["", "d", "a", "b"])
def test_pfmerge_adds_the_elements_of_the_others(redis, dense):
    redis("PFADD", "d", *elements(10, "d"))
    redis("PFADD", "a", *elements(100, "a"))
    redis("PFADD", "b", *elements(200, "b"))
    if dense:
        redis("PFDEBUG", "TODENSE", dense)
    expected = hyperloglog.new()
    if dense:
        hyperloglog.make_dense(expected)
    for element in elements(10, "d") + elements(100, "a") + elements(200, "b"):
        hyperloglog.add(expected, element.encode())
    assert redis("PFMERGE d a b missing") == "OK"
    merged = redis("GET d")
    assert hyperloglog.registers(merged) == hyperloglog.registers(expected)
    assert merged[15] == 0x80  # the estimate is out of date
    assert redis("PFDEBUG ENCODING d") == ("dense" if dense else "sparse")


def test_pfmerge_makes_the_destination_and_keeps_its_time_to_live(redis):
    assert redis("PFMERGE d") == redis("PFMERGE e missing") == "OK"
    assert redis("GET d") == redis("GET e") == EMPTY
    redis("EXPIRE d 100")
    redis("PFADD a x")
    redis("PFMERGE d a")
    assert redis("PFCOUNT d") == 1
    assert redis("TTL d") > 90


def test_many_sparse_ones_merge_into_a_dense_one(redis):
    for key in "abcd":
        redis("PFADD", key, *elements(800, key))
    assert redis("PFMERGE d a b c d") == "OK"
    assert redis("PFDEBUG ENCODING d") == "dense"
    assert abs(redis("PFCOUNT d") - 3200) < 100


@for_each("command", COMMANDS)
def test_a_list_is_the_wrong_type_and_stays_as_it_is(redis, command):
    redis("RPUSH l a")
    assert redis(command.format("l")) == RedisError(WRONG_TYPE)
    assert redis("LRANGE l 0 -1") == [b"a"]
    assert redis("EXISTS d") == 0


@for_each("command", COMMANDS)
@for_each("value", [b"", b"7", b"hello", EMPTY[:15], b"HYLL\x02" + EMPTY[5:], b"HYLL\x00" + EMPTY[5:]])
def test_a_string_of_another_kind_is_the_wrong_type_with_an_error_line_of_its_own(redis, command, value):
    redis("SET", "s", value)
    assert redis(command.format("s")) == NO_HYPERLOGLOG
    assert redis("GET s") == value
    assert redis("EXISTS d") == 0


@for_each(
    "command",
    ["PFCOUNT {}", "PFCOUNT missing {}", "PFMERGE {}", "PFMERGE d {}", "PFADD {} hello", "PFDEBUG GETREG {}"],
)
def test_opcodes_that_make_too_few_registers_are_an_invalid_object(redis, command):
    redis("SET", "s", EMPTY[:16] + b"\x00")
    assert redis(command.format("s")) == CORRUPTED
    assert redis("GET s") == EMPTY[:16] + b"\x00"
    assert redis("EXISTS d") == 0


def test_registers_that_no_element_leaves_have_the_estimate_of_redis(redis):
    redis("SET", "h", b"HYLL\x00" + bytes(10) + b"\x80" + b"\xff" * 12288)
    assert redis("PFCOUNT h") == -(2**63)
    assert redis("PFCOUNT h h") == -(2**63)


@for_each("command", ["PFADD", "PFCOUNT", "PFMERGE", "PFDEBUG ENCODING", "PFSELFTEST 1"])
def test_too_few_and_too_many_arguments(redis, command):
    assert redis(command) == wrong_arity(command.split()[0].lower())


def test_pfdebug_shows_the_inside(redis):
    redis("PFADD h a b c")
    assert redis("PFDEBUG decode h") == b"Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603"
    assert redis("PFDEBUG ENCODING h") == "sparse"
    assert redis("PFDEBUG TODENSE h") == 1
    assert redis("PFDEBUG TODENSE h") == 0
    assert redis("PFDEBUG ENCODING h") == "dense"
    assert redis("PFDEBUG DECODE h") == RedisError("ERR HLL encoding is not sparse")
    assert redis("PFCOUNT h") == 3


def test_pfdebug_getreg_returns_the_registers_and_makes_the_value_dense(redis):
    redis("PFADD h a b c")
    registers = redis("PFDEBUG GETREG h")
    assert len(registers) == 16384
    assert {index: register for index, register in enumerate(registers) if register} == {
        8436: 1,
        12711: 2,
        15780: 1,
    }
    assert redis("PFDEBUG ENCODING h") == "dense"


def test_pfdebug_says_what_is_wrong(redis):
    assert redis("PFDEBUG FOO missing") == RedisError("ERR The specified key does not exist")
    redis("PFADD h a")
    assert redis("PFDEBUG Foo h") == RedisError("ERR Unknown PFDEBUG subcommand 'Foo'")


def test_pfselftest_passes(redis):
    assert redis("PFSELFTEST") == "OK"


@pytest.mark.parametrize(
    "limit, count", [(0, 20), (50, 100), (1000, 1000), pytest.param(16000, 1000, marks=pytest.mark.slow)]
)
def test_hll_sparse_max_bytes_says_when_a_hyperloglog_becomes_dense(both, limit, count):
    both("FLUSHALL")
    both("CONFIG", "SET", "hll-sparse-max-bytes", limit)
    try:
        for number in range(count):
            ours, real = both("PFADD", "h", f"element:{number}")
            assert ours == real
            ours, real = both("PFDEBUG", "ENCODING", "h")
            assert ours == real
        both("PFADD", "from", "a", "b", "c", "d", "e")
        both("PFMERGE", "to", "from")
        ours, real = both("PFDEBUG", "ENCODING", "to")
        assert ours == real
    finally:
        both("CONFIG", "SET", "hll-sparse-max-bytes", "3000")
