"""The bitmap commands.  Test names read as sentences about Redis."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, WRONG_TYPE, RedisError, wrong_arity

BAD_OFFSET = "ERR bit offset is not an integer or out of range"
BAD_BIT = "ERR bit is not an integer or out of range"
BAD_TYPE = "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
LAST_BIT, TOO_FAR = 2**32 - 1, 2**32  # in a string of 512 MB


@pytest.fixture
def bits(redis):
    """Makes the string `s` of the bits 00000000 11111111 11110000."""
    redis("SET", "s", b"\x00\xff\xf0")


@pytest.mark.parametrize(
    "command",
    [
        "SETBIT l 0 1", "GETBIT l 0", "BITCOUNT l", "BITCOUNT l x", "BITCOUNT l 0 x", "BITPOS l 1",
        "BITPOS l 0 x", "BITOP AND d l", "BITOP NOT d l", "BITOP OR d s missing l", "BITFIELD l",
        "BITFIELD l GET u8 0", "BITFIELD l SET u8 0 1", "BITFIELD_RO l", "BITFIELD_RO l GET u8 0",
    ],
)  # fmt: skip
def test_a_list_is_the_wrong_type_and_stays_as_it_is(redis, bits, command):
    redis("RPUSH l a")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("LRANGE l 0 -1") == [b"a"]
    assert redis("EXISTS d") == 0


@for_each("command", ["SETBIT s 0", "GETBIT s 0 1", "BITCOUNT", "BITPOS s", "BITOP NOT d", "BITFIELD"])
def test_too_few_and_too_many_arguments(redis, command):
    assert redis(command) == wrong_arity(command.split()[0].lower())


def test_bit_0_is_the_highest_of_the_first_byte(redis):
    assert redis("SETBIT s 0 1") == 0
    assert redis("SETBIT s 15 1") == 0
    assert redis("GET s") == b"\x80\x01"
    assert [redis(f"GETBIT s {at}") for at in (0, 1, 15, 16, LAST_BIT)] == [1, 0, 1, 0, 0]
    assert redis("SETBIT s 0 0") == 1
    assert redis("GET s") == b"\x00\x01"


def test_setbit_fills_up_with_zeros_and_keeps_the_time_to_live(redis):
    redis("SET s a EX 100")
    assert redis("SETBIT s 31 0") == 0
    assert redis("GET s") == b"a\0\0\0"
    assert redis("TTL s") > 90
    assert redis("SETBIT new 23 0") == 0
    assert redis("GET new") == b"\0\0\0"


def test_an_integer_is_a_string_of_digits_for_the_bit_commands(redis):
    redis("SET n 10")
    assert redis("BITCOUNT n") == 5
    assert redis("SETBIT n 15 1") == 0
    assert redis("INCR n") == 12


def test_a_string_whose_bits_were_set_is_a_string_like_any_other(redis):
    redis("SET s hello")
    redis("SETBIT s 2 0")
    assert redis("APPEND s !") == 6
    assert redis("GETRANGE s 0 1") == b"He"
    assert redis("COPY s t") == 1
    redis("SETBIT s 2 1")
    assert redis("MGET s t") == [b"hello!", b"Hello!"]


def test_a_setbit_that_changes_nothing_is_no_write_for_watch(redis, other, bits):
    redis("WATCH s")
    other("SETBIT s 0 0")
    redis("MULTI")
    assert redis("EXEC") == []
    redis("WATCH s")
    other("SETBIT s 0 1")
    redis("MULTI")
    assert redis("EXEC") is not None and redis("GETBIT s 0") == 1


@for_each("offset", ["-1", TOO_FAR, "9223372036854775808", "x", "1.5", "#1", ""], keeps_keys=True)
def test_an_offset_lies_within_512_megabytes(redis, bits, offset):
    for command in ("SETBIT", "GETBIT"):
        args = [offset, "1"] if command == "SETBIT" else [offset]
        assert redis(command, "s", *args) == RedisError(BAD_OFFSET)
    assert redis("GET s") == b"\x00\xff\xf0"


@for_each("bit", ["2", "-1", "x", ""])
def test_a_bit_is_0_or_1_whatever_the_key_holds(redis, bit):
    redis("RPUSH l a")
    assert redis("SETBIT", "l", "0", bit) == RedisError(BAD_BIT)
    assert redis("SETBIT", "l", "-1", bit) == RedisError(BAD_OFFSET)


@for_each(
    "part, ones",
    [
        ("", 12), ("0 -1", 12), ("0 0", 0), ("1 1", 8), ("-1 -1", 4), ("2 100", 4), ("2 1", 0),
        ("-1 -2", 0), ("5 9", 0), ("0 -9", 0), ("-100 1", 8), ("1 1 BYTE", 8), ("8 11 BIT", 4),
        ("7 8 bit", 1), ("-5 -1 BIT", 1), ("9 21 BIT", 11), ("24 99 BIT", 0), ("-1 -2 NIBBLE", 0),
    ], keeps_keys=True,
)  # fmt: skip
def test_bitcount_counts_the_ones_of_a_part(redis, bits, part, ones):
    assert redis(f"BITCOUNT s {part}") == ones


@for_each(
    "part, error",
    [
        ("0", SYNTAX),
        ("x", SYNTAX),
        ("0 1 BIT 2", SYNTAX),
        ("0 1 NIBBLE", SYNTAX),
        ("x 1 NIBBLE", NOT_AN_INTEGER),
        ("0 x", NOT_AN_INTEGER),
        ("0 9223372036854775808", NOT_AN_INTEGER),
    ],
    keeps_keys=True,
)
def test_bitcount_says_what_is_wrong_unless_the_key_is_missing(redis, bits, part, error):
    assert redis(f"BITCOUNT s {part}") == RedisError(error)
    assert redis(f"BITCOUNT missing {part}") == 0


@for_each(
    "bit_and_part, position",
    [
        ("1", 8), ("0", 0), ("0 1", 20), ("1 2", 16), ("0 1 1", -1), ("0 -2 -2", -1), ("1 0 0", -1),
        ("0 2 1", -1), ("0 9", -1), ("1 0 -1 BIT", 8), ("0 9 -1 BIT", 20), ("0 9 19 BIT", -1),
        ("0 9 20 bit", 20), ("1 21 99 BIT", -1), ("1 10 10 BIT", 10), ("1 0 -9 BYTE", -1),
        ("0 -100 100 BYTE", 0),
    ], keeps_keys=True,
)  # fmt: skip
def test_bitpos_finds_the_first_bit_of_a_part(redis, bits, bit_and_part, position):
    assert redis(f"BITPOS s {bit_and_part}") == position


def test_bitpos_takes_the_string_to_go_on_with_zeros_where_no_end_is_given(redis):
    redis("SET", "ones", b"\xff\xff")
    assert redis("BITPOS ones 0") == redis("BITPOS ones 0 0") == redis("BITPOS ones 0 1") == 16
    assert redis("BITPOS ones 0 2") == redis("BITPOS ones 0 0 -1") == redis("BITPOS ones 0 0 -1 BIT") == -1
    redis("SET empty ''")
    assert [redis(f"BITPOS empty {bit}") for bit in (0, 1)] == [-1, -1]
    assert [redis(f"BITPOS missing {bit} 5 9") for bit in (0, 1)] == [0, -1]


@for_each(
    "args, error",
    [
        ("0 x", NOT_AN_INTEGER),
        ("0 0 x", NOT_AN_INTEGER),
        ("0 0 1 NIBBLE", SYNTAX),
        ("0 0 x NIBBLE", SYNTAX),
        ("0 x 1 NIBBLE", NOT_AN_INTEGER),
        ("0 0 1 BIT 2", SYNTAX),
    ],
    keeps_keys=True,
)
def test_bitpos_says_what_is_wrong_unless_the_key_is_missing(redis, bits, args, error):
    assert redis(f"BITPOS s {args}") == RedisError(error)
    assert redis(f"BITPOS missing {args}") == 0


def test_bitpos_looks_for_0_or_1_whatever_the_key_holds(redis):
    redis("RPUSH l a")
    for key in ("missing", "l"):
        assert redis(f"BITPOS {key} 2") == RedisError("ERR The bit argument must be 1 or 0.")
        assert redis(f"BITPOS {key} x") == RedisError(NOT_AN_INTEGER)


@for_each(
    "args, result",
    [
        ("AND d a b", b"\x30\x00"), ("or d a b", b"\xff\x0f"), ("XOR d a b", b"\xcf\x0f"),
        ("NOT d a", b"\x0f\xf0"), ("AND d a missing", b"\x00\x00"), ("OR d missing a", b"\xf0\x0f"),
        ("AND d a", b"\xf0\x0f"), ("XOR d a a a", b"\xf0\x0f"), ("OR a a b", b"\xff\x0f"),
    ],
)  # fmt: skip
def test_bitop_combines_strings_as_if_the_shorter_had_zeros(redis, args, result):
    redis("SET", "a", b"\xf0\x0f")
    redis("SET", "b", b"\x3f")
    assert redis(f"BITOP {args}") == len(result)
    assert redis("GET", args.split()[1]) == result


def test_bitop_overwrites_whatever_the_destination_was_and_its_time_to_live(redis, bits):
    redis("RPUSH d a")
    redis("EXPIRE d 100")
    assert redis("BITOP NOT d s") == 3
    assert redis("GET d") == b"\xff\x00\x0f"
    assert redis("TTL d") == -1


def test_bitop_of_nothing_deletes_the_destination(redis):
    redis("RPUSH d a")
    redis("SET empty ''")
    assert redis("BITOP AND d missing empty") == 0
    assert redis("EXISTS d") == 0


@pytest.mark.parametrize(
    "args, error",
    [
        ("NOP d s", SYNTAX),
        ("NOP d l", SYNTAX),
        ("NOT d s s", "ERR BITOP NOT must be called with a single source key."),
        ("NOT d l l", "ERR BITOP NOT must be called with a single source key."),
    ],
)
def test_bitop_says_what_is_wrong_whatever_the_keys_hold(redis, bits, args, error):
    redis("RPUSH l a")
    assert redis(f"BITOP {args}") == RedisError(error)
    assert redis("EXISTS d") == 0


def test_bitfield_reads_sets_and_counts_in_the_order_of_its_arguments(redis):
    assert redis("BITFIELD f SET u8 0 200 GET u8 0 INCRBY u8 0 55 get i8 0") == [0, 200, 255, -1]
    assert redis("GET f") == b"\xff"
    assert redis("BITFIELD f SET i4 6 -8 GET u16 0 GET u4 4") == [-4, 0b1111_1110_0000_0000, 0b1110]
    assert redis("BITFIELD f") == redis("BITFIELD missing") == []
    assert redis("BITFIELD missing GET i64 100 GET u63 0") == [0, 0]
    assert redis("EXISTS missing") == 0


def test_an_offset_with_a_hash_sign_counts_integers(redis):
    redis("SET s abcd")
    assert redis("BITFIELD s GET u8 #0 GET u8 #3 GET u16 #1 GET u3 #1") == [97, 100, 0x6364, 0]
    assert redis("BITFIELD s SET u8 #1 66") == [98]
    assert redis("GET s") == b"aBcd"


def test_integers_have_up_to_63_bits_or_64_with_a_sign(redis):
    high, low = 2**63 - 1, -(2**63)
    assert redis(f"BITFIELD f SET u63 1 {high} GET i64 0 SET i64 0 {low} GET u1 0") == [0, high, high, 1]
    assert redis("BITFIELD f INCRBY i64 0 -1 INCRBY u1 0 1 INCRBY i1 0 0") == [high, 1, -1]


@for_each(
    "args, replies",
    [
        ("INCRBY u2 0 3 INCRBY u2 0 2", [3, 1]),
        ("OVERFLOW SAT INCRBY u2 0 5 INCRBY u2 0 -9", [3, 0]),
        ("OVERFLOW FAIL INCRBY u2 0 5 INCRBY u2 0 3 GET u2 0", [None, 3, 3]),
        ("OVERFLOW fail SET u4 0 16 OVERFLOW wrap SET u4 0 17 GET u4 0", [None, 0, 1]),
        ("OVERFLOW SAT SET u4 0 -1 GET u4 0", [0, 15]),
        ("OVERFLOW SAT SET i4 0 -100 SET i4 0 100 GET i4 0", [0, -8, 7]),
        ("OVERFLOW SAT OVERFLOW WRAP INCRBY i4 0 9", [-7]),
        ("INCRBY i4 0 -9", [7]),
        ("GET u2 0 OVERFLOW FAIL", [0]),
    ],
)
def test_overflow_holds_for_what_follows_until_the_next(redis, args, replies):
    assert redis(f"BITFIELD f {args}") == replies


def test_a_field_that_fails_leaves_a_null_in_resp3_and_the_room_that_was_made(redis3):
    assert redis3("BITFIELD f OVERFLOW FAIL INCRBY u2 16 5") == [None]
    assert redis3("GET f") == b"\0\0\0"


def test_a_bitfield_that_changes_nothing_is_no_write_for_watch(redis, other, bits):
    redis("WATCH s")
    other("BITFIELD s SET u8 8 255 GET u8 8 INCRBY u8 0 0")
    redis("MULTI")
    assert redis("EXEC") == []


@for_each(
    "args, error",
    [
        ("GET u8", SYNTAX), ("GET", SYNTAX), ("SET u8 0", SYNTAX), ("INCRBY u8 0", SYNTAX),
        ("FETCH u8 0", SYNTAX), ("OVERFLOW", SYNTAX),
        ("OVERFLOW ROUND", "ERR Invalid OVERFLOW type specified"), ("GET u64 0", BAD_TYPE),
        ("GET i65 0", BAD_TYPE), ("GET u0 0", BAD_TYPE), ("GET i-1 0", BAD_TYPE), ("GET 8 0", BAD_TYPE),
        ("GET U8 0", BAD_TYPE), ("GET u08 0", BAD_TYPE), ("GET u x", BAD_TYPE), ("GET '' 0", BAD_TYPE),
        ("GET u8 -1", BAD_OFFSET), ("GET u8 x", BAD_OFFSET), ("GET u8 #", BAD_OFFSET),
        ("GET u8 #-1", BAD_OFFSET), ("GET u8 ''", BAD_OFFSET), (f"GET u8 {TOO_FAR}", BAD_OFFSET),
        (f"SET u1 {TOO_FAR} x", BAD_OFFSET), (f"GET u8 #{TOO_FAR // 8}", BAD_OFFSET),
        ("SET u8 0 x", NOT_AN_INTEGER), ("INCRBY u8 0 9223372036854775808", NOT_AN_INTEGER),
        ("SET u8 0 1 GET u8", SYNTAX),
    ], keeps_keys=True,
)  # fmt: skip
def test_bitfield_says_what_is_wrong_and_changes_nothing_whatever_the_key_holds(redis, bits, args, error):
    redis("RPUSH l a")
    for key in ("s", "missing", "l"):
        assert redis(f"BITFIELD {key} {args}") == redis(f"BITFIELD_RO {key} {args}") == RedisError(error)
    assert redis("GET s") == b"\x00\xff\xf0"
    assert redis("EXISTS missing") == 0


def test_bitfield_ro_only_reads(redis, bits):
    assert redis("BITFIELD_RO s GET u8 8 OVERFLOW SAT GET i4 16") == [255, -1]
    assert redis("BITFIELD_RO missing GET u8 0") == [0]
    only_get = RedisError("ERR BITFIELD_RO only supports the GET subcommand")
    assert redis("BITFIELD_RO s GET u8 0 SET u8 0 1") == redis("BITFIELD_RO s INCRBY u8 0 1") == only_get
    assert redis("GET s") == b"\x00\xff\xf0"
