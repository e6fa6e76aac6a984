"""The commands about keys of any type."""

import random

import pytest
from harness import wait_until
from tables import for_each

from redis_clone.protocol.errors import (
    DB_OUT_OF_RANGE,
    NO_SUCH_KEY,
    NOT_AN_INTEGER,
    SAME_OBJECT,
    SYNTAX,
    RedisError,
    wrong_arity,
)


@pytest.mark.parametrize("command", ["DEL", "UNLINK"])
def test_del_counts_the_keys_that_were_there(redis, command):
    redis("MSET a 1 b 2")
    redis("SADD s member")
    assert redis(f"{command} a a s missing") == 2
    assert redis("KEYS *") == [b"b"]


@pytest.mark.parametrize("command", ["EXISTS", "TOUCH"])
def test_exists_counts_a_key_as_often_as_it_is_named(redis, command):
    redis("SET a 1")
    redis("SADD s member")
    assert redis(f"{command} a s missing a") == 3


def test_type_names_the_type_of_a_value(redis):
    redis("SET string v")
    redis("SADD set a")
    redis("RPUSH list a")
    redis("HSET hash f v")
    for name in ("string", "set", "list", "hash"):
        assert redis(f"TYPE {name}") == name
    assert redis("TYPE missing") == "none"


def test_rename_takes_value_and_time_to_live_along_and_replaces_the_target(redis):
    redis("SADD s a")
    redis("EXPIRE s 100")
    redis("SET t text EX 5000")
    assert redis("RENAME s t") == "OK"
    assert redis("EXISTS s") == 0
    assert redis("SMEMBERS t") == [b"a"]
    assert 50 < redis("TTL t") <= 100
    redis("MSET forever x mortal y")
    redis("EXPIRE mortal 100")
    redis("RENAME forever mortal")
    assert redis("TTL mortal") == -1


def test_rename_to_its_own_name_changes_nothing(redis):
    redis("SET k v EX 100")
    assert redis("RENAME k k") == "OK"
    assert redis("RENAMENX k k") == 0
    assert redis("GET k") == b"v"
    assert 50 < redis("TTL k") <= 100


def test_rename_of_a_missing_key_leaves_the_target_alone(redis):
    redis("SET k v")
    for command in ("RENAME missing k", "RENAMENX missing k", "RENAME missing missing"):
        assert redis(command) == RedisError(NO_SUCH_KEY)
    assert redis("GET k") == b"v"


def test_renamenx_does_so_only_when_the_new_name_is_free(redis):
    redis("MSET a 1 b 2")
    assert redis("RENAMENX a b") == 0
    assert redis("MGET a b") == [b"1", b"2"]
    redis("EXPIRE a 100")
    assert redis("RENAMENX a c") == 1
    assert redis("GET c") == b"1"
    assert 50 < redis("TTL c") <= 100


def test_renamenx_over_an_expired_key(redis):
    redis("SET a 1")
    redis("SET b 2 PX 1")
    wait_until(lambda: redis("PTTL b") == -2)
    assert redis("RENAMENX a b") == 1
    assert redis("TTL b") == -1


def test_move_takes_a_key_to_another_database(redis):
    redis("SET k v EX 100")
    assert redis("MOVE k 1") == 1
    assert redis("EXISTS k") == 0
    redis("SET k other")
    assert redis("MOVE k 1") == 0
    assert redis("GET k") == b"other"
    assert redis("MOVE missing 1") == 0
    redis("SELECT 1")
    assert redis("GET k") == b"v"
    assert 50 < redis("TTL k") <= 100


@for_each(
    "words, error",
    [
        ("k 0", SAME_OBJECT),
        ("missing 0", SAME_OBJECT),
        ("k 16", DB_OUT_OF_RANGE),
        ("k -1", DB_OUT_OF_RANGE),
        ("k x", NOT_AN_INTEGER),
        ("missing 1.0", NOT_AN_INTEGER),
    ],
)
def test_move_says_what_is_wrong_with_its_database(redis, words, error):
    redis("SET k v")
    assert redis(f"MOVE {words}") == RedisError(error)
    assert redis("GET k") == b"v"


@for_each(
    "make, read, change",
    [
        ("SET k v", "GET copy", "APPEND k more"),
        ("SADD k a", "SMEMBERS copy", "SADD k b"),
        ("RPUSH k a", "LRANGE copy 0 -1", "RPUSH k b"),
        ("HSET k f v", "HGETALL copy", "HSET k f w"),
    ],
)
def test_a_copy_is_equal_and_then_goes_its_own_way(redis, make, read, change):
    redis(make)
    redis("EXPIRE k 100")
    assert redis("COPY k copy") == 1
    assert 50 < redis("TTL copy") <= 100
    before = redis(read)
    redis(change)
    assert redis(read) == before
    redis("DEL k")
    assert redis(read) == before


def test_copy_replaces_only_with_the_option_replace(redis):
    redis("MSET a 1 b 2")
    redis("EXPIRE b 100")
    assert redis("COPY a b") == 0
    assert redis("GET b") == b"2"
    assert redis("COPY a b replace") == 1
    assert redis("GET b") == b"1"
    assert redis("TTL b") == -1
    assert redis("COPY missing b REPLACE") == 0
    assert redis("GET b") == b"1"


def test_copy_goes_to_another_database_too(redis):
    redis("SET k v")
    assert redis("COPY k k DB 1") == 1
    assert redis("COPY k k DB 1") == 0
    assert redis("COPY k k DB 1 REPLACE") == 1
    assert redis("COPY k twin DB 2 DB 0") == 1
    assert redis("GET twin") == b"v"
    redis("SELECT 1")
    assert redis("GET k") == b"v"


@for_each(
    "words, error",
    [
        ("k k", SAME_OBJECT),
        ("missing missing REPLACE", SAME_OBJECT),
        ("k k DB 0", SAME_OBJECT),
        ("k b DB", SYNTAX),
        ("k b NONSENSE", SYNTAX),
        ("k b NONSENSE DB 16", SYNTAX),
        ("k b DB 16 NONSENSE", DB_OUT_OF_RANGE),
        ("k b DB -1", DB_OUT_OF_RANGE),
        ("k b DB x", NOT_AN_INTEGER),
    ],
)
def test_copy_says_what_is_wrong_with_its_arguments(redis, words, error):
    redis("SET k v")
    assert redis(f"COPY {words}") == RedisError(error)
    assert redis("EXISTS b") == 0


def test_randomkey_returns_one_of_the_keys_and_sooner_or_later_each(redis):
    assert redis("RANDOMKEY") is None
    redis("MSET a 1 b 2 c 3")
    seen = set()
    wait_until(lambda: seen.add(redis("RANDOMKEY")) or len(seen) == 3)
    assert seen == {b"a", b"b", b"c"}
    redis("DEL a b")
    assert redis("RANDOMKEY") == b"c"


@for_each(
    "pattern, found",
    [
        ("*", "a ab abc b hello hallo h*llo"),
        ("a*", "a ab abc"),
        ("?", "a b"),
        ("h?llo", "hello hallo h*llo"),
        ("h[ae]llo", "hello hallo"),
        ("h[^e]llo", "hallo h*llo"),
        ("h[a-e]llo", "hello hallo"),
        ("h[e-a]llo", "hello hallo"),
        ("*l*o", "hello hallo h*llo"),
        ("a[b", "ab"),
        ("A*", ""),
        ("", ""),
    ],
)
def test_keys_returns_the_keys_that_match_a_pattern(redis, pattern, found):
    redis("MSET a v ab v abc v b v hello v hallo v h*llo v")
    expected = {key.encode() for key in found.split()}
    assert set(redis("KEYS", pattern)) == expected
    assert set(redis("SCAN", "0", "MATCH", pattern, "COUNT", "100")[1]) == expected


def test_a_backslash_makes_a_star_a_letter(redis):
    redis("MSET h*llo 1 hello 2")
    assert redis("KEYS", r"h\*llo") == [b"h*llo"]


def test_keys_match_patterns_byte_by_byte(redis):
    redis("SET", b"\xff\x00\n", b"v")
    assert redis("KEYS", b"?\x00?") == [b"\xff\x00\n"]
    assert redis("KEYS", b"[\xf0-\xff]*") == [b"\xff\x00\n"]


@pytest.mark.parametrize("alphabet", [b"ab", b"ab*?", b"abc[]^-", b"ab[]-\\*", b"a-d[^]\\?*"])
def test_keys_agrees_with_redis_on_random_patterns(both, alphabet):
    dice = random.Random(alphabet)
    both("FLUSHALL")
    for _ in range(150):
        both("SET", bytes(dice.choices(b"abcd[]^-\\*?", k=dice.randrange(1, 5))), "v")
    for _ in range(400):
        pattern = bytes(dice.choices(alphabet, k=dice.randrange(1, 9)))
        ours, real = both("KEYS", pattern)
        assert set(ours) == set(real), pattern


def walk(redis, *options):
    """Every key that a SCAN returns, in its order."""
    cursor, seen = b"0", []
    while True:
        cursor, keys = redis("SCAN", cursor, *options)
        seen += keys
        if cursor == b"0":
            return seen


@for_each("count", [1, 7, 10, 1000])
def test_scan_returns_every_key(redis, count):
    keys = {b"key:%d" % number for number in range(500)}
    redis("MSET", *(word for key in keys for word in (key, b"v")))
    assert set(walk(redis, "COUNT", count)) == keys
    assert set(walk(redis)) == keys


def test_scan_returns_what_is_there_all_the_time_whatever_comes_and_goes(redis, other):
    dice = random.Random(7)
    staying = {b"stays:%d" % number for number in range(300)}
    redis("MSET", *(word for key in staying for word in (key, b"v")))
    redis("MSET", *(word for number in range(300) for word in (b"goes:%d" % number, b"v")))
    cursor, seen = b"0", set()
    while True:
        cursor, keys = redis("SCAN", cursor, "COUNT", 20)
        seen.update(keys)
        if cursor == b"0":
            break
        other("DEL", *(b"goes:%d" % dice.randrange(300) for _ in range(20)))
        other("MSET", *(word for _ in range(10) for word in (b"comes:%d" % dice.randrange(10**6), b"v")))
    assert staying <= seen


def test_scan_picks_by_pattern_and_by_type(redis):
    redis("MSET apple 1 avocado 2 pear 3")
    redis("SADD aset member")
    assert set(walk(redis, "MATCH", "a*")) == {b"apple", b"avocado", b"aset"}
    assert walk(redis, "TYPE", "SET") == [b"aset"]
    assert set(walk(redis, "match", "a*", "type", "string", "count", "1")) == {b"apple", b"avocado"}
    assert walk(redis, "TYPE", "nonsense") == []
    assert walk(redis, "MATCH", "nothing*", "MATCH", "pear") == [b"pear"]


def test_a_scan_of_nothing_ends_at_once(redis):
    assert redis("SCAN 0") == [b"0", []]
    assert redis("SCAN 12345") == [b"0", []]


@for_each(
    "words, error",
    [
        ("x", "ERR invalid cursor"),
        ("1.0", "ERR invalid cursor"),
        ("9" * 5000, "ERR invalid cursor"),
        ("-18446744073709551616", "ERR invalid cursor"),
        ("-", "ERR invalid cursor"),
        ("' 0'", "ERR invalid cursor"),
        ("'0 '", "ERR invalid cursor"),
        ("18446744073709551616", "ERR invalid cursor"),
        ("x NONSENSE", "ERR invalid cursor"),
        ("0 COUNT 0", SYNTAX),
        ("0 COUNT -1", SYNTAX),
        ("0 COUNT", SYNTAX),
        ("0 MATCH", SYNTAX),
        ("0 TYPE", SYNTAX),
        ("0 NONSENSE", SYNTAX),
        ("0 NONSENSE x", SYNTAX),
        ("0 COUNT x", NOT_AN_INTEGER),
        ("0 COUNT 9223372036854775808", NOT_AN_INTEGER),
    ],
)
def test_scan_says_what_is_wrong_with_its_arguments(redis, words, error):
    assert redis(f"SCAN {words}") == RedisError(error)


def test_each_command_knows_how_many_arguments_it_takes(redis):
    for line in (
        "DEL", "UNLINK", "EXISTS", "TOUCH", "TYPE", "TYPE a b", "RENAME a", "RENAME a b c", "RENAMENX a",
        "MOVE a",
        "COPY a", "RANDOMKEY a", "KEYS", "KEYS a b", "SCAN",
    ):  # fmt: skip
        assert redis(line) == wrong_arity(line.split()[0].lower()), line
