"""SORT and SORT_RO."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, WRONG_TYPE, RedisError

NOT_NUMBERS = RedisError("ERR One or more scores can't be converted into double")


@pytest.fixture
def filled(redis):
    for line in (
        "RPUSH l 3 1 2 10",
        "RPUSH args x y B",
        "SADD s c a b",
        "ZADD z 1 a 3 c 2 b",
        "MSET weight_1 5 weight_2 4 weight_3 3",
        "HSET user_1 name x age 1",
        "HSET user_2 name y",
        "RPUSH equal 1 01 1.0",
    ):
        redis(line)
    return redis


@pytest.mark.parametrize(
    "command, reply",
    [
        ("SORT l", b"1 2 3 10"),
        ("SORT l DESC", b"10 3 2 1"),
        ("SORT l ALPHA", b"1 10 2 3"),
        ("SORT l DESC LIMIT 0 2", b"10 3"),
        ("SORT l LIMIT -1 2", b"1 2"),
        ("SORT l LIMIT 1 -1", b"2 3 10"),
        ("SORT l LIMIT 10 2", b""),
        ("SORT l LIMIT 1 2 LIMIT 0 1", b"1"),
        ("SORT l DESC ASC", b"1 2 3 10"),
        ("SORT args ALPHA", b"B x y"),
        ("SORT args ALPHA DESC", b"y x B"),
        ("SORT l BY weight_*", b"10 3 2 1"),
        ("SORT l BY user_*->age", b"10 2 3 1"),
        ("SORT l BY weight_1", b"3 1 2 10"),
        ("SORT l BY nosort DESC", b"10 2 1 3"),
        ("SORT l BY nosort DESC LIMIT 1 2", b"2 1"),
        ("SORT z BY nosort", b"a b c"),
        ("SORT z BY nosort DESC LIMIT 0 2", b"c b"),
        ("SORT equal", b"01 1 1.0"),
        ("SORT equal DESC", b"1.0 1 01"),
        ("SORT s ALPHA", b"a b c"),
        ("SORT missing", b""),
        ("SORT_RO l BY weight_* LIMIT 0 1", b"10"),
    ],
)
def test_sort_returns_the_elements_in_order(filled, command, reply):
    assert filled(command) == reply.split()


def test_get_returns_the_value_that_each_element_leads_to(filled):
    assert filled("SORT l GET # GET user_*->name LIMIT 2 2") == [b"3", None, b"10", None]
    assert filled("SORT l GET weight_* LIMIT 0 3") == [b"5", b"4", b"3"]
    assert filled("SORT l GET without_a_star") == [None] * 4
    assert filled("SORT l GET user_* LIMIT 0 1") == [None]  # a hash is no string


def test_store_makes_a_list_and_an_empty_result_deletes(filled):
    filled("SET d text EX 100")
    assert filled("SORT l STORE d") == 4
    assert filled("LRANGE d 0 -1") == [b"1", b"2", b"3", b"10"]
    assert filled("TTL d") == -1
    assert filled("SORT l GET nothing_* STORE d") == 4
    assert filled("LRANGE d 0 -1") == [b""] * 4
    assert filled("SORT s BY nosort STORE d") == 3
    assert filled("LRANGE d 0 -1") == [b"a", b"b", b"c"]  # sorted nevertheless, or replicas would differ
    assert filled("SORT missing STORE d") == 0
    assert filled("EXISTS d") == 0


NUMBERS = [
    "inf", "-Infinity", " 5", "\t+5", "", ".5", "5.", "0x10", "-0X.8p+2", "0x1p-1074", "0e-400",
    "2.2250738585072014e-308",
]  # fmt: skip
NO_NUMBERS = [
    "5x", "nan", "x", " ", "+-5", "0x", "1e", "1_0", "1e400", "0x1p1024", "1e-310", "1e-400", "4.9e-324",
    "0x1.8p-1074", "0x1p-1075",
]  # fmt: skip


@pytest.mark.parametrize("element", [*NUMBERS, *NO_NUMBERS])
def test_an_element_is_a_number_as_strtod_reads_it(redis, connect, element):
    redis("RPUSH", "l", element)
    connect()("PING")  # the real one forgets then that a number before was out of range (errno)
    assert redis("SORT l") == ([element.encode()] if element in NUMBERS else NOT_NUMBERS)


def test_hexadecimal_weights_are_numbers(redis):
    redis("RPUSH l a b c"), redis("MSET w_a 0x10 w_b 17 w_c 2")
    assert redis("SORT l BY w_*") == [b"c", b"a", b"b"]


@for_each("options", ["", "DESC", "LIMIT 0 3"])
@for_each("pattern", ["missing_*", "missing_*->f", "same_*"])
def test_elements_with_equal_texts_as_weights_stay_in_their_order(redis, pattern, options):
    redis("RPUSH l b a c"), redis("MSET same_a x same_b x same_c x")
    assert redis(f"SORT l BY {pattern} ALPHA {options}") == [b"b", b"a", b"c"]
    redis(f"SORT l BY {pattern} ALPHA STORE d")
    assert redis("LRANGE d 0 -1") == [b"b", b"a", b"c"]


def test_elements_with_equal_numbers_as_weights_are_ordered_by_themselves(redis):
    redis("RPUSH l b a c"), redis("MSET same_a 1 same_b 1.0 same_c 1")
    assert redis("SORT l BY same_*") == redis("SORT l BY missing_*") == [b"a", b"b", b"c"]
    assert redis("SORT l BY same_* DESC") == [b"c", b"b", b"a"]


@pytest.mark.parametrize(
    "command, error",
    [
        ("SORT args", str(NOT_NUMBERS)),
        ("SORT l LIMIT 0", SYNTAX),
        ("SORT l LIMIT x 1", NOT_AN_INTEGER),
        ("SORT l GET", SYNTAX),
        ("SORT l STORE", SYNTAX),
        ("SORT l nonsense", SYNTAX),
        ("SORT text nonsense", SYNTAX),
        ("SORT text", WRONG_TYPE),
        ("SORT_RO l STORE d", SYNTAX),
    ],
)
def test_sort_says_what_is_wrong(filled, command, error):
    filled("SET text x")
    assert filled(command) == RedisError(error)


def test_command_getkeys_finds_the_key_behind_store(redis):
    assert redis("COMMAND GETKEYS SORT l BY x* STORE d STORE e") == [b"l", b"e"]
    assert redis("COMMAND GETKEYSANDFLAGS SORT l STORE d") == [
        [b"l", ["RO", "access"]],
        [b"d", ["OW", "update"]],
    ]
