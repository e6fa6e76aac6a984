"""The union, intersection and difference of sorted sets."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, WRONG_TYPE, RedisError


@pytest.fixture
def redis(redis):
    """A client with two sorted sets that share `b` and `c`, a plain set, and a string."""
    redis("ZADD one 1 a 2 b 3 c")
    redis("ZADD two 10 b 5 c 40 d")
    redis("SADD plain b z")
    redis("SET text x")
    return redis


def joined(reply):
    return b" ".join(reply).decode()


@for_each(
    "words, result",
    [
        ("ZUNION{} 2 one two{}", "a 1 c 8 b 12 d 40"),
        ("ZUNION{} 2 one two AGGREGATE MIN{}", "a 1 b 2 c 3 d 40"),
        ("ZUNION{} 2 one two aggregate max{}", "a 1 c 5 b 10 d 40"),
        ("ZUNION{} 2 one two WEIGHTS 10 1{}", "a 10 b 30 c 35 d 40"),
        ("ZUNION{} 2 one two WEIGHTS -1 0.5 AGGREGATE MIN{}", "c -3 b -2 a -1 d 20"),
        ("ZUNION{} 2 one two AGGREGATE MIN WEIGHTS 9 9 WEIGHTS 1 1 AGGREGATE SUM{}", "a 1 c 8 b 12 d 40"),
        ("ZUNION{} 2 one plain{}", "a 1 z 1 b 3 c 3"),
        ("ZUNION{} 2 one plain WEIGHTS 1 5{}", "a 1 c 3 z 5 b 7"),
        ("ZUNION{} 2 one one{}", "a 2 b 4 c 6"),
        ("ZUNION{} 2 one missing{}", "a 1 b 2 c 3"),
        ("ZUNION{} 1 missing{}", ""),
        ("ZINTER{} 2 one two{}", "c 8 b 12"),
        ("ZINTER{} 2 one two AGGREGATE MIN{}", "b 2 c 3"),
        ("ZINTER{} 2 one two AGGREGATE MAX{}", "c 5 b 10"),
        ("ZINTER{} 2 one two WEIGHTS 2 1{}", "c 11 b 14"),
        ("ZINTER{} 3 one two plain{}", "b 13"),
        ("ZINTER{} 1 plain{}", "b 1 z 1"),
        ("ZINTER{} 2 one one{}", "a 2 b 4 c 6"),
        ("ZINTER{} 2 one missing{}", ""),
        ("ZDIFF{} 2 one two{}", "a 1"),
        ("ZDIFF{} 2 two one{}", "d 40"),
        ("ZDIFF{} 2 one plain{}", "a 1 c 3"),
        ("ZDIFF{} 2 plain one{}", "z 1"),
        ("ZDIFF{} 3 one missing missing{}", "a 1 b 2 c 3"),
        ("ZDIFF{} 2 one one{}", ""),
        ("ZDIFF{} 2 missing one{}", ""),
    ],
    keeps_keys=True,
)
def test_the_algebra_of_sorted_sets_returned_and_stored(redis, words, result):
    assert joined(redis(words.format("", " WITHSCORES"))) == result
    assert joined(redis(words.format("", ""))) == " ".join(result.split()[::2])
    assert redis(words.format("STORE d", "")) == len(result.split()) / 2
    assert joined(redis("ZRANGE d 0 -1 WITHSCORES")) == result


@pytest.mark.parametrize("name", ["ZUNION", "ZINTER", "ZDIFF"])
def test_scores_stand_beside_their_members_in_resp3(redis, redis3, name):
    assert redis3(f"{name} 1 one WITHSCORES") == [[b"a", 1.0], [b"b", 2.0], [b"c", 3.0]]
    assert redis3(f"{name} 1 one") == [b"a", b"b", b"c"]


@for_each(
    "words, result",
    [
        ("ZUNION 2 up down", "x 0"),
        ("ZINTER 2 up down", "x 0"),
        ("ZUNION 2 up down AGGREGATE MIN", "x -inf"),
        ("ZINTER 2 up down AGGREGATE MAX", "x inf"),
        ("ZUNION 1 up WEIGHTS 0", "x 0"),
        ("ZINTER 1 up WEIGHTS 0", "x 0"),
        ("ZUNION 2 up five WEIGHTS 0 1", "x 5"),
        ("ZINTER 2 up five WEIGHTS 0 1", "x 5"),
        ("ZUNION 2 five up WEIGHTS 1 0", "x 5"),
        ("ZINTER 2 five up WEIGHTS 1 0", "x 0"),  # the sum with the NaN is the NaN that becomes 0
        ("ZINTER 2 five up WEIGHTS 1 0 AGGREGATE MIN", "x 5"),
        ("ZINTER 2 five up WEIGHTS 1 0 AGGREGATE MAX", "x 5"),
        ("ZUNION 2 five up WEIGHTS 1 0 AGGREGATE MIN", "x 0"),
    ],
    keeps_keys=True,
)
def test_infinite_scores_that_cancel_each_other_make_zero(redis, words, result):
    redis("ZADD up inf x")
    redis("ZADD down -inf x")
    redis("ZADD five 5 x")
    assert joined(redis(f"{words} WITHSCORES")) == result


def test_a_store_replaces_whatever_was_there(redis):
    redis("SET d text EX 100")
    assert redis("ZUNIONSTORE d 1 one") == 3
    assert redis("TTL d") == -1
    assert redis("ZINTERSTORE one 2 one two") == 2
    assert joined(redis("ZRANGE one 0 -1 WITHSCORES")) == "c 8 b 12"
    assert redis("ZDIFFSTORE d 2 one one") == 0
    assert redis("EXISTS d") == 0


def test_zintercard_counts_up_to_its_limit(redis):
    assert redis("ZINTERCARD 2 one two") == 2
    assert redis("ZINTERCARD 2 one two LIMIT 1") == 1
    assert redis("ZINTERCARD 2 one two limit 0") == 2
    assert redis("ZINTERCARD 3 one two plain LIMIT 9") == 1
    assert redis("ZINTERCARD 2 one missing") == 0


@for_each(
    "words, error",
    [
        ("ZUNION x one", NOT_AN_INTEGER),
        ("ZUNION 0 one", "ERR at least 1 input key is needed for 'zunion' command"),
        ("ZINTER -1 one", "ERR at least 1 input key is needed for 'zinter' command"),
        ("ZDIFF 0 one", "ERR at least 1 input key is needed for 'zdiff' command"),
        ("ZINTERCARD 0 one", "ERR at least 1 input key is needed for 'zintercard' command"),
        ("ZUNIONSTORE d 0 one", "ERR at least 1 input key is needed for 'zunionstore' command"),
        ("ZINTERSTORE d 0 one", "ERR at least 1 input key is needed for 'zinterstore' command"),
        ("ZDIFFSTORE d 0 one", "ERR at least 1 input key is needed for 'zdiffstore' command"),
        ("ZUNION 2 one", SYNTAX),
        ("ZUNION 3 text two", SYNTAX),
        ("ZUNION 2 one two WEIGHTS", SYNTAX),
        ("ZUNION 2 one two WEIGHTS 1", SYNTAX),
        ("ZUNION 2 one two WEIGHTS 1 x", "ERR weight value is not a float"),
        ("ZUNION 2 one two WEIGHTS 1 nan", "ERR weight value is not a float"),
        ("ZUNION 2 one two WEIGHTS 1 2 3", SYNTAX),
        ("ZINTER 1 one AGGREGATE", SYNTAX),
        ("ZINTER 1 one AGGREGATE AVERAGE", SYNTAX),
        ("ZDIFF 1 one WEIGHTS 1", SYNTAX),
        ("ZDIFF 1 one AGGREGATE MIN", SYNTAX),
        ("ZUNION 1 one LIMIT 1", SYNTAX),
        ("ZUNIONSTORE d 1 one WITHSCORES", SYNTAX),
        ("ZDIFFSTORE d 1 one WITHSCORES", SYNTAX),
        ("ZINTERCARD 1 one WITHSCORES", SYNTAX),
        ("ZINTERCARD 1 one LIMIT", SYNTAX),
        ("ZINTERCARD 1 one LIMIT -1", "ERR LIMIT can't be negative"),
        ("ZINTERCARD 1 one LIMIT x", "ERR LIMIT can't be negative"),
    ],
    keeps_keys=True,
)
def test_the_algebra_says_what_is_wrong_and_changes_nothing(redis, words, error):
    redis("ZADD d 7 old")
    assert redis(words) == RedisError(error)
    assert redis("ZRANGE d 0 -1") == [b"old"]


@for_each(
    "words",
    [
        "ZUNION 2 one text", "ZINTER 2 missing text", "ZDIFF 2 missing text", "ZUNION 1 text NONSENSE",
        "ZINTERCARD 2 missing text LIMIT x", "ZUNIONSTORE d 1 text", "ZINTERSTORE d 2 missing text",
        "ZDIFFSTORE d 1 text",
    ], keeps_keys=True,
)  # fmt: skip
def test_the_types_of_all_keys_are_looked_at_before_the_options_behind_them(redis, words):
    redis("ZADD d 7 old")
    assert redis(words) == RedisError(WRONG_TYPE)
    assert redis("ZRANGE d 0 -1") == [b"old"]
