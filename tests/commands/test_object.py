"""OBJECT: the encodings, at Redis's own thresholds and one beyond them."""

import pytest
from harness import ours_alone
from tables import for_each

LONG, TOO_LONG = "x" * 64, "x" * 65


def words(count, of=str):
    return " ".join(of(number) for number in range(count))


@for_each(
    "commands, encoding",
    [
        (["SET k 12345"], b"int"),
        (["SET k -9223372036854775808"], b"int"),
        (["SET k 9223372036854775808"], b"embstr"),
        (["SET k 007"], b"embstr"),
        (["SET k ' 1'"], b"embstr"),
        (["SET k " + "x" * 44], b"embstr"),
        (["SET k " + "x" * 45], b"raw"),
        (["APPEND k 12"], b"int"),
        (["SET k 12", "APPEND k 3"], b"raw"),
        (["SETRANGE k 0 12"], b"raw"),
        (["SET k 12", "INCR k"], b"int"),
        (["SET k 12", "INCRBYFLOAT k 1"], b"embstr"),
        (["INCRBYFLOAT k 1"], b"embstr"),
        (["INCRBYFLOAT k 1", "INCRBYFLOAT k 1"], b"embstr"),
        (["INCRBYFLOAT k 1e60"], b"raw"),
        (["INCRBYFLOAT k 1", "INCR k"], b"int"),
        (["INCRBYFLOAT k 1", "APPEND k 2"], b"raw"),
        (["SET k 12", "SETBIT k 0 0"], b"raw"),
        (["SET k apple", "SETBIT k 0 0"], b"raw"),
        (["SET k 12", "BITFIELD k SET u8 0 49"], b"raw"),
        (["SET k 12", "BITFIELD k OVERFLOW FAIL INCRBY u8 0 255"], b"raw"),
        (["SET k 12", "BITFIELD k GET u8 0"], b"int"),
        (["SET k 12", "SETRANGE k 0 ''"], b"int"),
        (["SET k 12", "APPEND k ''"], b"raw"),
        (["SET k 12", "BITOP OR k k"], b"raw"),
        (["PFADD k a"], b"raw"),
        (["HSET k a 1"], b"listpack"),
        (["HSET k " + words(512, lambda n: f"{n} v")], b"listpack"),
        (["HSET k " + words(513, lambda n: f"{n} v")], b"hashtable"),
        ([f"HSET k a {LONG}"], b"listpack"),
        ([f"HSET k a {TOO_LONG}"], b"hashtable"),
        ([f"HSET k {TOO_LONG} a"], b"hashtable"),
        ([f"HSET k a {TOO_LONG} b 1", "HDEL k a"], b"hashtable"),
        (["SADD k " + words(512)], b"intset"),
        (["SADD k " + words(513)], b"hashtable"),
        (["SADD k " + words(513), "SREM k " + words(500)], b"hashtable"),
        (["SADD k -5 9223372036854775807"], b"intset"),
        (["ZADD k " + words(128, lambda n: f"{n} {n}")], b"listpack"),
        (["ZADD k " + words(129, lambda n: f"{n} {n}")], b"skiplist"),
        ([f"ZADD k 1 {LONG}"], b"listpack"),
        ([f"ZADD k 1 {TOO_LONG}"], b"skiplist"),
        (["ZADD k " + words(129, lambda n: f"{n} {n}"), "ZREMRANGEBYRANK k 0 100"], b"skiplist"),
        (["XADD k 1-1 a b"], b"stream"),
        (["RPUSH k " + words(200, lambda n: "x" * 60)], b"quicklist"),
        ([], None),
    ],
)
def test_a_value_has_the_encoding_that_its_size_asks_for(redis, commands, encoding):
    for line in commands:
        redis(line)
    assert redis("OBJECT ENCODING k") == encoding
    redis("COPY k copy")
    assert redis("OBJECT ENCODING copy") == encoding  # it goes with the value


@pytest.mark.parametrize("line", ["SORT k ALPHA", "SORT_RO k BY nosort", "SORT k", "SORT k GET k STORE k2"])
def test_sort_leaves_a_sorted_set_as_if_it_were_large(redis, line):
    redis("ZADD k 1 a 2 b")
    redis(line)
    assert redis("OBJECT ENCODING k") == b"skiplist"
    redis("COPY k copy"), redis("ZRANGESTORE new k 0 -1")
    assert redis("OBJECT ENCODING copy") == b"skiplist" and redis("OBJECT ENCODING new") == b"listpack"
    redis("ZREM k a")
    assert redis("OBJECT ENCODING k") == b"skiplist"


@ours_alone  # 7.0 has no such forms
@for_each(
    "commands, encoding",
    [
        (["SADD k a"], b"listpack"),
        (["SADD k 1", "SADD k a"], b"listpack"),
        (["SADD k " + words(128, lambda n: f"m{n}")], b"listpack"),
        (["SADD k " + words(129, lambda n: f"m{n}")], b"hashtable"),
        ([f"SADD k {LONG}"], b"listpack"),
        ([f"SADD k {TOO_LONG}"], b"hashtable"),
        (["SADD k " + words(200), "SADD k a"], b"hashtable"),
        (["RPUSH k a b"], b"listpack"),
    ],
)
def test_small_sets_and_lists_are_packed_since_7_2(redis, commands, encoding):
    for line in commands:
        redis(line)
    assert redis("OBJECT ENCODING k") == encoding


@pytest.mark.parametrize("name", ["listpack", "ziplist"])
def test_the_thresholds_are_parameters_under_their_names_of_old_too(redis, name):
    redis(f"CONFIG SET hash-max-{name}-entries 1")
    try:
        assert redis(f"CONFIG GET hash-max-{name}-entries") == [f"hash-max-{name}-entries".encode(), b"1"]
        redis("HSET k a 1")
        assert redis("OBJECT ENCODING k") == b"listpack"
        redis("HSET k b 1")
        assert redis("OBJECT ENCODING k") == b"hashtable"
    finally:
        redis("CONFIG SET hash-max-listpack-entries 512")


@for_each("value, references", [("9999", 2**31 - 1), ("10000", 1), ("-1", 1), ("word", 1)])
def test_small_integers_are_shared(redis, value, references):
    redis(f"SET k {value}")
    assert redis("OBJECT REFCOUNT k") == references
    assert redis("OBJECT REFCOUNT missing") is None


def test_a_number_by_incrbyfloat_is_a_string_like_any_other(redis):
    redis("SET k 12"), redis("INCRBYFLOAT k 1")
    assert redis("GET k") == b"13" and redis("STRLEN k") == 2 and redis("TYPE k") == "string"
    assert redis("OBJECT REFCOUNT k") == 1
    assert redis("EVAL", "return redis.call('GET', KEYS[1]) .. '!'", 1, "k") == b"13!"
    digest = redis("DEBUG DIGEST-VALUE k")
    dumped = redis("DUMP k")
    redis("SET k 13")
    assert redis("DEBUG DIGEST-VALUE k") == digest and redis("DUMP k") == dumped


def test_a_bit_that_does_not_change_is_no_change_of_the_key(redis, other):
    redis("SET k 12"), other("WATCH k")
    assert redis("SETBIT k 0 0") == 0 and redis("BITFIELD k SET u8 0 49") == [49]
    other("MULTI"), other("GET k")
    assert other("EXEC") == [b"12"]


@for_each(
    "policy, is_shared",
    [
        ("noeviction", True),
        ("allkeys-random", True),
        ("volatile-ttl", True),
        ("allkeys-lru", False),
        ("volatile-lru", False),
        ("allkeys-lfu", False),
        ("volatile-lfu", False),
    ],
)
def test_small_integers_are_shared_unless_each_needs_its_own_time_of_access(redis, policy, is_shared):
    try:
        redis(f"CONFIG SET maxmemory-policy {policy}")
        for limit in ("0", "10gb"):
            redis(f"CONFIG SET maxmemory {limit}")
            redis("SET k 9999"), redis("SET other 10000")
            shared = is_shared or limit == "0"
            assert redis("OBJECT REFCOUNT k") == (2**31 - 1 if shared else 1)
            assert redis("OBJECT REFCOUNT other") == 1 and redis("OBJECT ENCODING k") == b"int"
    finally:
        redis("CONFIG SET maxmemory 0 maxmemory-policy noeviction")
