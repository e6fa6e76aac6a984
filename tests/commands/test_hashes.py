"""The hash commands."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import (
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    OUT_OF_RANGE,
    OVERFLOW,
    SYNTAX,
    WRONG_TYPE,
    RedisError,
    wrong_arity,
)

NOT_FINITE = "ERR increment would produce NaN or Infinity"
BEYOND_COUNTS = "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"


@pytest.fixture
def user(redis):
    """A hash for the tests below: `h` with three fields."""
    redis("HSET h name Ada born 1815 language Note-G")


def test_hset_counts_only_the_fields_that_are_new(redis):
    assert redis("HSET h a 1 b 2") == 2
    assert redis("HSET h a 3 c 4 c 5") == 1
    assert redis("HGETALL h") == [b"a", b"3", b"b", b"2", b"c", b"5"]


def test_hmset_is_hset_that_answers_ok(redis):
    assert redis("HMSET h a 1 b 2") == "OK"
    assert redis("HMSET h a 3") == "OK"
    assert redis("HMGET h a b") == [b"3", b"2"]


def test_fields_and_values_may_be_any_bytes(redis):
    redis("HSET", "h", b"\x00\r\n", b"\xff", b"", b"")
    assert redis("HGET", "h", b"\x00\r\n") == b"\xff"
    assert redis("HGET", "h", b"") == b""


@pytest.mark.parametrize("key", ["h", "missing", "s"])
def test_a_field_without_a_value_is_an_arity_error_whatever_the_key_holds(redis, user, key):
    redis("SADD s a")
    assert redis(f"HSET {key} a 1 b") == wrong_arity("hset")
    assert redis(f"HMSET {key} a 1 b") == wrong_arity("hmset")
    assert redis("HEXISTS h a") == 0


@for_each("command", ["HSET h a", "HMSET h a", "HGET h", "HMGET h", "HDEL h", "HGET h a b", "HSCAN h"])
def test_too_few_and_too_many_arguments(redis, command):
    assert redis(command) == wrong_arity(command.split()[0].lower())


def test_hsetnx_leaves_a_field_that_is_there(redis):
    assert redis("HSETNX h a 1") == 1
    assert redis("HSETNX h a 2") == 0
    assert redis("HGET h a") == b"1"


@for_each(
    "command",
    [
        "HSET s a 1", "HMSET s a 1", "HSETNX s a 1", "HGET s a", "HMGET s a", "HGETALL s", "HDEL s a",
        "HEXISTS s a", "HKEYS s", "HVALS s", "HLEN s", "HSTRLEN s a", "HINCRBY s a 1", "HINCRBYFLOAT s a 1",
        "HRANDFIELD s", "HRANDFIELD s 0", "HRANDFIELD s 1 WITHVALUES", "HSCAN s 0", "HSCAN s 0 NONSENSE",
    ],
)  # fmt: skip
def test_a_set_is_the_wrong_type_and_stays_as_it_is(redis, command):
    redis("SADD s text")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("SMEMBERS s") == [b"text"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_hget_and_hmget_return_null_for_what_is_not_there(connect, protocol):
    redis = connect(protocol)
    redis("HSET h a 1")
    assert redis("HGET h a") == b"1"
    assert redis("HGET h b") is None
    assert redis("HGET missing a") is None
    assert redis("HMGET h b a a") == [None, b"1", b"1"]
    assert redis("HMGET missing a b") == [None, None]


def test_hgetall_is_flat_in_resp2_and_a_map_in_resp3(redis, redis3, user):
    assert redis("HGETALL h") == [b"name", b"Ada", b"born", b"1815", b"language", b"Note-G"]
    assert redis3("HGETALL h") == {b"name": b"Ada", b"born": b"1815", b"language": b"Note-G"}
    assert redis("HGETALL missing") == []
    assert redis3("HGETALL missing") == {}


@pytest.mark.parametrize("protocol", [2, 3])
def test_hkeys_and_hvals_are_lists_in_both_protocols(connect, user, protocol):
    redis = connect(protocol)
    keys, values = redis("HKEYS h"), redis("HVALS h")
    assert type(keys) is type(values) is list
    assert keys == [b"name", b"born", b"language"]
    assert values == [b"Ada", b"1815", b"Note-G"]
    assert redis("HKEYS missing") == redis("HVALS missing") == []


def test_hlen_hexists_and_hstrlen_answer_numbers_in_resp3_too(redis3, user):
    assert redis3("HLEN h") == 3
    assert redis3("HLEN missing") == 0
    assert redis3("HEXISTS h name") is not True
    assert redis3("HEXISTS h name") == 1
    assert redis3("HEXISTS h nothing") == redis3("HEXISTS missing name") == 0
    assert redis3("HSTRLEN h language") == 6
    assert redis3("HSTRLEN h nothing") == redis3("HSTRLEN missing name") == 0


def test_hdel_counts_the_fields_that_were_there_and_the_last_takes_the_key_along(redis, user):
    assert redis("HDEL h name name nothing") == 1
    assert redis("HDEL missing name") == 0
    assert redis("EXISTS h") == 1
    assert redis("HDEL h born language") == 2
    assert redis("EXISTS h") == 0


def test_hincrby_adds_and_begins_with_0(redis):
    assert redis("HINCRBY h n 5") == 5
    assert redis("HINCRBY h n -7") == -2
    assert redis("HGET h n") == b"-2"
    assert redis("HINCRBY h m 9223372036854775807") == 9223372036854775807
    assert redis("HINCRBY h m -9223372036854775808") == -1


@for_each("value", ["text", "' 1'", "1.5", "''", "9223372036854775808", "+1", "007"])
def test_hincrby_wants_an_integer_in_the_field(redis, value):
    redis(f"HSET h n {value}")
    before = redis("HGET h n")
    assert redis("HINCRBY h n 1") == RedisError("ERR hash value is not an integer")
    assert redis("HGET h n") == before


@pytest.mark.parametrize("value, amount", [("9223372036854775807", "1"), ("-9223372036854775808", "-1")])
def test_hincrby_does_not_overflow(redis, value, amount):
    redis(f"HSET h n {value}")
    assert redis(f"HINCRBY h n {amount}") == RedisError(OVERFLOW)
    assert redis("HGET h n") == value.encode()


@for_each("key", ["h", "missing", "s"], keeps_keys=True)
@for_each("amount", ["x", "1.5", "9223372036854775808", "+1"], keeps_keys=True)
def test_hincrby_reads_its_increment_first(redis, user, key, amount):
    redis("SADD s a")
    assert redis(f"HINCRBY {key} name {amount}") == RedisError(NOT_AN_INTEGER)
    assert redis("EXISTS missing") == 0


@for_each(
    "value, amount, total",
    [
        ("0.1", "0.2", b"0.3"),
        ("1.5", "0.1", b"1.6"),
        ("5000", "5.0e3", b"10000"),
        ("3.0", "-1e-30", b"3"),
        ("1", "-0.999", b"0.001"),
        ("-0.5", "0.5", b"0"),
        ("0x10", "1", b"17"),
        ("1e19", "1", b"10000000000000000001"),
        ("1e20", "1", b"100000000000000000000"),  # whose last digit would be the 67th bit; there are 64
    ],
)
def test_hincrbyfloat_adds_long_doubles(redis, value, amount, total):
    redis(f"HSET h n {value}")
    assert redis(f"HINCRBYFLOAT h n {amount}") == total
    assert redis("HGET h n") == total


@pytest.mark.parametrize("protocol", [2, 3])
def test_hincrbyfloat_begins_with_0_and_answers_a_string_in_both_protocols(connect, protocol):
    redis = connect(protocol)
    assert redis("HINCRBYFLOAT h n 10.50") == b"10.5"


@for_each("value", ["text", "''", "' 1'", "'1 '", "nan", "1e5000"])
def test_hincrbyfloat_wants_a_number_in_the_field(redis, value):
    redis(f"HSET h n {value}")
    before = redis("HGET h n")
    assert redis("HINCRBYFLOAT h n 1") == RedisError("ERR hash value is not a float")
    assert redis("HGET h n") == before


@for_each("value, amount", [("inf", "1"), ("-inf", "1"), ("1e4932", "1e4932"), ("-1e4932", "-1e4932")])
def test_hincrbyfloat_has_no_infinite_sum(redis, value, amount):
    redis(f"HSET h n {value}")
    assert redis(f"HINCRBYFLOAT h n {amount}") == RedisError(NOT_FINITE)
    assert redis("HGET h n") == value.encode()


@for_each("key", ["h", "missing", "s"], keeps_keys=True)
@for_each(
    "amount, error",
    [
        ("x", NOT_A_FLOAT),
        ("' 1'", NOT_A_FLOAT),
        ("nan", NOT_A_FLOAT),
        ("1e5000", NOT_A_FLOAT),
        ("inf", "ERR value is NaN or Infinity"),
        ("-inf", "ERR value is NaN or Infinity"),
    ],
    keeps_keys=True,
)
def test_hincrbyfloat_reads_its_increment_first(redis, user, key, amount, error):
    redis("SADD s a")
    assert redis(f"HINCRBYFLOAT {key} name {amount}") == RedisError(error)
    assert redis("EXISTS missing") == 0


def test_hrandfield_with_a_positive_count_returns_different_fields(redis, user):
    assert redis("HRANDFIELD h") in (b"name", b"born", b"language")
    assert len(set(redis("HRANDFIELD h 2"))) == 2
    assert sorted(redis("HRANDFIELD h 10")) == [b"born", b"language", b"name"]
    assert redis("HRANDFIELD h 0") == redis("HRANDFIELD h 0 WITHVALUES") == []


def test_hrandfield_with_a_negative_count_may_repeat_itself(redis, user):
    picked = redis("HRANDFIELD h -100")
    assert len(picked) == 100
    assert set(picked) == {b"born", b"language", b"name"}


def test_hrandfield_picks_a_few_of_many_fields_and_changes_nothing(redis):
    redis("HSET", "h", *range(2000))
    assert len(set(redis("HRANDFIELD h 20"))) == 20
    assert len(set(redis("HRANDFIELD h 900"))) == 900
    assert redis("HLEN h") == 1000


def test_hrandfield_withvalues_is_flat_in_resp2_and_pair_by_pair_in_resp3(redis, redis3):
    redis("HSET h a 1")
    assert redis("HRANDFIELD h 5 WITHVALUES") == [b"a", b"1"]
    assert redis("HRANDFIELD h -2 withvalues") == [b"a", b"1", b"a", b"1"]
    assert redis3("HRANDFIELD h 5 WITHVALUES") == [[b"a", b"1"]]
    assert redis3("HRANDFIELD h -2 WITHVALUES") == [[b"a", b"1"], [b"a", b"1"]]
    assert redis3("HRANDFIELD h 5") == [b"a"]


@pytest.mark.parametrize("protocol", [2, 3])
def test_hrandfield_of_a_missing_hash_is_null_and_with_a_count_empty(connect, protocol):
    redis = connect(protocol)
    assert redis("HRANDFIELD missing") is None
    assert redis("HRANDFIELD missing 3") == redis("HRANDFIELD missing -3 WITHVALUES") == []


@for_each("key", ["h", "missing", "s"], keeps_keys=True)
@for_each(
    "words, error",
    [
        ("x", NOT_AN_INTEGER),
        ("x NONSENSE", NOT_AN_INTEGER),
        ("1 NONSENSE", SYNTAX),
        ("1 WITHVALUES WITHVALUES", SYNTAX),
        ("-9223372036854775808", BEYOND_COUNTS),
        ("-9223372036854775808 NONSENSE", BEYOND_COUNTS),
        ("4611686018427387904 WITHVALUES", OUT_OF_RANGE),
        ("-4611686018427387904 WITHVALUES", OUT_OF_RANGE),
        ("-4611686018427387904 NONSENSE", SYNTAX),
    ],
    keeps_keys=True,
)
def test_hrandfield_reads_its_arguments_before_it_looks_at_the_key(redis, user, key, words, error):
    redis("SADD s a")
    assert redis(f"HRANDFIELD {key} {words}") == RedisError(error)


@pytest.mark.parametrize("protocol", [2, 3])
def test_hscan_returns_every_field_with_its_value_over_all_its_steps(connect, protocol):
    redis = connect(protocol)
    fields = {b"field:%d" % number: b"%d" % number for number in range(1000)}
    redis("HSET", "h", *[item for pair in fields.items() for item in pair])
    cursor, seen = b"0", {}
    while True:
        cursor, found = redis(f"HSCAN h {cursor.decode()} COUNT 50")
        seen |= zip(found[::2], found[1::2], strict=True)
        if cursor == b"0":
            break
    assert seen == fields


def test_hscan_matches_fields_not_values(redis):
    redis("HSET h apple 1 avocado 2 pear apple")
    _, found = redis("HSCAN h 0 MATCH a* COUNT 100")
    assert sorted(found) == [b"1", b"2", b"apple", b"avocado"]
    assert redis("HSCAN h 0 MATCH z* COUNT 100") == [b"0", []]


@pytest.mark.parametrize("protocol", [2, 3])
def test_hscan_of_a_missing_key_is_empty_whatever_the_options(connect, protocol):
    assert connect(protocol)("HSCAN missing 0 NONSENSE") == [b"0", []]


@for_each(
    "words, error",
    [
        ("h x", "ERR invalid cursor"),
        ("s x", "ERR invalid cursor"),
        ("h 0 MATCH", SYNTAX),
        ("h 0 COUNT 0", SYNTAX),
        ("h 0 COUNT x", NOT_AN_INTEGER),
        ("h 0 TYPE string", SYNTAX),
        ("h 0 NOVALUES", SYNTAX),
    ],
    keeps_keys=True,
)
def test_hscan_says_what_is_wrong_with_its_arguments(redis, user, words, error):
    redis("SADD s a")
    assert redis(f"HSCAN {words}") == RedisError(error)


def test_a_small_hash_is_scanned_at_once_in_the_order_in_which_its_fields_came(redis):
    redis("HSET h c 1 a 2 b 3")
    assert redis("HSCAN h 0 COUNT 1") == [b"0", [b"c", b"1", b"a", b"2", b"b", b"3"]]
    assert redis("HRANDFIELD h 3") == redis("HKEYS h") == [b"c", b"a", b"b"]
