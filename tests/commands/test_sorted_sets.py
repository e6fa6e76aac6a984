"""The sorted set commands about members; ranges and algebra have files of their own."""

import pytest
from harness import Client, our_server

from redis_clone.protocol.errors import (
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    NOT_POSITIVE,
    SYNTAX,
    WRONG_TYPE,
    RedisError,
)
from redis_clone.protocol.replies import NULL_ARRAY

GT_LT_NX = "ERR GT, LT, and/or NX options at the same time are not compatible"


@pytest.fixture
def ours():
    """Our server only, for what came with Redis 7.2: the real server may be older."""
    with our_server() as address:
        client = Client(address)
        yield client
        client.close()


def scores(redis, key="z"):
    """The members and scores of a sorted set in one line."""
    return b" ".join(redis(f"ZRANGE {key} 0 -1 WITHSCORES"))


def test_zadd_counts_only_the_members_that_are_new(redis):
    assert redis("ZADD z 1 a 2 b 3 a") == 2
    assert redis("ZADD z 5 b 4 c") == 1
    assert scores(redis) == b"a 3 c 4 b 5"


def test_members_of_one_score_stand_in_the_order_of_their_bytes(redis):
    redis("ZADD z 1 b 1 a 1 B 1 '' 1 aa 0 z")
    assert redis("ZRANGE z 0 -1") == [b"z", b"", b"B", b"a", b"aa", b"b"]


@pytest.mark.parametrize(
    "words, reply, after",
    [
        ("NX 5 a 5 n", 1, b"a 1 b 2 n 5"),
        ("XX 5 a 5 n", 0, b"b 2 a 5"),
        ("GT 5 a 1 b 0 n", 1, b"n 0 b 2 a 5"),
        ("LT 5 a 1 b 9 n", 1, b"a 1 b 1 n 9"),
        ("XX GT 5 a 1 b 5 n", 0, b"b 2 a 5"),
        ("CH 5 a 2 b 5 n", 2, b"b 2 a 5 n 5"),
        ("gt ch 5 a 1 b", 1, b"b 2 a 5"),
        ("XX CH XX 0 a 0 n", 1, b"a 0 b 2"),
        ("CH 3 a 4 a 3 a", 3, b"b 2 a 3"),
        ("INCR 3 a", b"4", b"b 2 a 4"),
        ("INCR 3 n", b"3", b"a 1 b 2 n 3"),
        ("INCR 0 a", b"1", b"a 1 b 2"),
        ("NX INCR 3 a", None, b"a 1 b 2"),
        ("XX INCR 3 n", None, b"a 1 b 2"),
        ("GT INCR -3 a", None, b"a 1 b 2"),
        ("LT INCR 0 a", None, b"a 1 b 2"),
        ("LT INCR -3 a CH", RedisError(SYNTAX), b"a 1 b 2"),
        ("CH INCR -3 a", b"-2", b"a -2 b 2"),
    ],
)
def test_the_options_of_zadd_say_which_scores_change_and_what_is_counted(redis, words, reply, after):
    redis("ZADD z 1 a 2 b")
    assert redis(f"ZADD z {words}") == reply
    assert scores(redis) == after


@pytest.mark.parametrize(
    "words, error",
    [
        ("NX XX 1 a", "ERR XX and NX options at the same time are not compatible"),
        ("NX GT XX 1 a", "ERR XX and NX options at the same time are not compatible"),
        ("NX GT 1 a", GT_LT_NX),
        ("NX LT 1 a", GT_LT_NX),
        ("GT LT 1 a", GT_LT_NX),
        ("INCR 1 a 2 b", "ERR INCR option supports a single increment-element pair"),
        ("1 a 2", SYNTAX),
        ("NX XX 1", SYNTAX),
        ("NX CH", SYNTAX),
        ("x a", NOT_A_FLOAT),
        ("9 a x b", NOT_A_FLOAT),
        ("nan a", NOT_A_FLOAT),
        ("'' a", NOT_A_FLOAT),
        ("' 1' a", NOT_A_FLOAT),
        ("1e400 a", NOT_A_FLOAT),
        ("INCR -inf high", "ERR resulting score is not a number (NaN)"),
    ],
)
def test_zadd_says_what_is_wrong_and_changes_nothing(redis, words, error):
    redis("ZADD z 1 a inf high")
    assert redis(f"ZADD z {words}") == RedisError(error)
    assert scores(redis) == b"a 1 high inf"


@pytest.mark.parametrize(
    "formatted, score",
    [
        ("+5", b"5"), ("1e3", b"1000"), ("0x1F", b"31"), ("inf", b"inf"), ("-Infinity", b"-inf"),
        ("2.50", b"2.5"), ("-0", b"0"), (".5", b"0.5"), ("12345678901234567", b"12345678901234568"),
    ],
)  # fmt: skip
def test_a_score_is_any_double_that_c_can_read(redis, formatted, score):
    redis(f"ZADD z {formatted} a")
    assert redis("ZSCORE z a") == score


def test_minus_zero_is_a_zero_in_a_small_sorted_set_and_keeps_its_sign_in_a_large_one(redis):
    large = [word for number in range(129) for word in (b"1", b"%d" % number)]
    for before, member, score in (
        ([b"1", b"other"], b"m", b"0"),
        ([b"1", b"other"], b"m" * 64, b"0"),
        ([b"1", b"other"], b"m" * 65, b"-0"),
        ([b"1", b"m" * 65], b"m", b"-0"),
        (large, b"m", b"-0"),
        (large[:-2], b"m", b"-0"),  # it is the 129th
        (large[:-4], b"m", b"0"),
    ):
        redis("DEL z union")
        redis("ZADD", "z", *before), redis("ZADD", "z", "-0", member)
        assert redis("ZSCORE", "z", member) == score, (len(before), member)
        redis("ZUNIONSTORE union 1 z WEIGHTS 1")
        assert redis("ZSCORE", "union", member) == score, (len(before), member)
        assert redis("ZADD", "z", "CH", "0", member) == 0, "the scores are equal"
        assert redis("ZINCRBY", "z", "0", member) == b"0", "-0 and 0 are 0"
        assert redis("ZSCORE", "z", member) == score, "which is no new score"


def test_zadd_xx_makes_no_key(redis):
    assert redis("ZADD z XX 1 a") == 0
    assert redis("ZADD z XX INCR 1 a") is None
    assert redis("EXISTS z") == 0


def test_zincrby_adds_to_a_score_and_a_new_member_has_none(redis):
    assert redis("ZINCRBY z 2 a") == b"2"
    assert redis("ZINCRBY z -0.5 a") == b"1.5"
    assert redis("ZINCRBY z inf a") == b"inf"
    assert redis("ZINCRBY z -inf a") == RedisError("ERR resulting score is not a number (NaN)")
    assert redis("ZINCRBY z x a") == RedisError(NOT_A_FLOAT)
    assert redis("ZINCRBY z NX a") == RedisError(SYNTAX)  # it is ZADD with INCR, and takes this for an option
    assert scores(redis) == b"a inf"


def test_zrem_counts_the_members_that_were_there_and_the_last_takes_the_key_along(redis):
    redis("ZADD z 1 a 2 b")
    assert redis("ZREM z a nobody a") == 1
    assert redis("ZCARD z") == 1
    assert redis("ZREM z b") == 1
    assert redis("EXISTS z") == 0
    assert redis("ZREM z b") == 0
    assert redis("ZCARD z") == 0


def test_scores_are_texts_in_resp2_and_doubles_in_resp3(redis, redis3):
    redis("ZADD z 1.5 a -inf b")
    assert redis("ZSCORE z a") == b"1.5"
    assert redis3("ZSCORE z a") == 1.5
    assert redis3("ZSCORE z nobody") is None
    assert redis("ZSCORE missing a") is None
    assert redis("ZMSCORE z a nobody b") == [b"1.5", None, b"-inf"]
    assert redis3("ZMSCORE z a nobody b") == [1.5, None, float("-inf")]
    assert redis("ZMSCORE missing a b") == [None, None]
    assert redis3("ZADD z INCR 1 a") == redis3("ZINCRBY z 0 a") == 2.5


def test_a_rank_counts_from_the_lowest_or_from_the_highest_score(redis):
    redis("ZADD z 1 a 2 b 2 c 3 d")
    assert [redis(f"ZRANK z {member}") for member in "abcd"] == [0, 1, 2, 3]
    assert [redis(f"ZREVRANK z {member}") for member in "abcd"] == [3, 2, 1, 0]
    assert redis("ZRANK z nobody") is None
    assert redis("ZREVRANK missing a") is None


def test_a_rank_comes_with_the_score_since_7_2(ours):
    ours("ZADD z 1 a 2.5 b")
    assert ours("ZRANK z b WITHSCORE") == [1, b"2.5"]
    assert ours("ZREVRANK z b withscore") == [0, b"2.5"]
    assert ours("ZRANK z nobody WITHSCORE") is NULL_ARRAY
    assert ours("ZRANK missing a WITHSCORE") is NULL_ARRAY
    assert ours("ZRANK z a WITHSCORES") == RedisError(SYNTAX)
    assert ours("ZRANK z a WITHSCORE 1") == RedisError("ERR wrong number of arguments for 'zrank' command")
    ours("HELLO 3")
    assert ours("ZRANK z b WITHSCORE") == [1, 2.5]


def test_scores_have_the_shortest_digits_since_7_2(ours):
    ours("ZADD z 3.1 a")
    assert ours("ZSCORE z a") == b"3.1"
    assert ours("ZINCRBY z 0.1 a") == b"3.2"


def test_zpopmin_and_zpopmax_remove_what_they_return(redis):
    redis("ZADD z 1 a 2 b 3 c 4 d 5 e")
    assert redis("ZPOPMIN z") == [b"a", b"1"]
    assert redis("ZPOPMAX z") == [b"e", b"5"]
    assert redis("ZPOPMAX z 2") == [b"d", b"4", b"c", b"3"]
    assert redis("ZPOPMIN z 0") == []
    assert redis("ZPOPMIN z 9223372036854775807") == [b"b", b"2"]
    assert redis("EXISTS z") == 0
    assert redis("ZPOPMIN z") == redis("ZPOPMAX z 2") == []


def test_a_pop_with_a_count_returns_pairs_in_resp3_and_one_without_does_not(redis3):
    redis3("ZADD z 1 a 2 b 3 c")
    assert redis3("ZPOPMIN z") == [b"a", 1.0]
    assert redis3("ZPOPMIN z 1") == [[b"b", 2.0]]
    assert redis3("ZPOPMAX z 5") == [[b"c", 3.0]]
    assert redis3("ZPOPMAX z") == redis3("ZPOPMAX z 5") == []


@pytest.mark.parametrize("name", ["ZPOPMIN", "ZPOPMAX"])
@pytest.mark.parametrize(
    "words, error",
    [
        ("z -1", NOT_POSITIVE),
        ("z x", NOT_POSITIVE),
        ("z 1 2", SYNTAX),
        ("text x", NOT_POSITIVE),
        ("text 0", WRONG_TYPE),
    ],
)
def test_a_pop_says_what_is_wrong_with_its_count(redis, name, words, error):
    redis("ZADD z 1 a")
    redis("SET text x")
    assert redis(f"{name} {words}") == RedisError(error)
    assert redis("ZCARD z") == 1


@pytest.mark.parametrize("protocol, one, two", [(2, b"1", b"2"), (3, 1.0, 2.0)])
def test_zmpop_pops_off_the_first_key_that_has_members(connect, protocol, one, two):
    redis = connect(protocol)
    redis("ZADD z 1 a 2 b 3 c")
    assert redis("ZMPOP 2 missing z MIN") == [b"z", [[b"a", one]]]
    assert redis("ZMPOP 1 z max COUNT 5") == [b"z", [[b"c", 3.0 if protocol == 3 else b"3"], [b"b", two]]]
    assert redis("EXISTS z") == 0
    assert redis("ZMPOP 1 z MIN") == (None if protocol == 3 else NULL_ARRAY)


def test_zmpop_looks_at_types_only_up_to_the_key_that_it_pops_off(redis):
    redis("SET text x")
    redis("ZADD z 1 a")
    assert redis("ZMPOP 2 text z MIN") == RedisError(WRONG_TYPE)
    assert redis("ZMPOP 2 z text MIN") == [b"z", [[b"a", b"1"]]]


@pytest.mark.parametrize(
    "words, error",
    [
        ("0 text MIN", "ERR numkeys should be greater than 0"),
        ("x text MIN", "ERR numkeys should be greater than 0"),
        ("2 text MIN", SYNTAX),
        ("1 text MEDIAN", SYNTAX),
        ("1 text MIN COUNT 0", "ERR count should be greater than 0"),
        ("1 text MIN COUNT x", "ERR count should be greater than 0"),
        ("1 text MIN COUNT", SYNTAX),
        ("1 text MIN COUNT 1 COUNT 1", SYNTAX),
        ("1 text MIN LIMIT 1", SYNTAX),
    ],
)
def test_zmpop_reads_all_its_arguments_before_it_looks_at_a_key(redis, words, error):
    redis("SET text x")
    assert redis(f"ZMPOP {words}") == RedisError(error)


def test_zrandmember_with_a_positive_count_returns_different_members(redis):
    redis("ZADD z 1 a 2 b 3 c")
    assert redis("ZRANDMEMBER z") in (b"a", b"b", b"c")
    assert len(set(redis("ZRANDMEMBER z 2"))) == 2
    assert sorted(redis("ZRANDMEMBER z 10")) == [b"a", b"b", b"c"]
    assert redis("ZRANDMEMBER z 0") == redis("ZRANDMEMBER missing 3") == []
    assert redis("ZRANDMEMBER missing") is None


def test_zrandmember_with_a_negative_count_may_repeat_itself(redis, redis3):
    redis("ZADD z 1 a 2 b")
    assert len(redis("ZRANDMEMBER z -10")) == 10
    assert len(redis("ZRANDMEMBER z -10 WITHSCORES")) == 20
    assert all(pair in ([b"a", 1.0], [b"b", 2.0]) for pair in redis3("ZRANDMEMBER z -10 withscores"))
    assert len(redis3("ZRANDMEMBER z 1 WITHSCORES")) == 1


@pytest.mark.parametrize(
    "words, error",
    [
        ("x", NOT_AN_INTEGER),
        ("x WRONG", NOT_AN_INTEGER),
        ("1 WRONG", SYNTAX),
        ("1 WITHSCORES WRONG", SYNTAX),
        ("9223372036854775807 WITHSCORES", "ERR value is out of range"),
        ("-9223372036854775807 WITHSCORES", "ERR value is out of range"),
        (
            "-9223372036854775808",
            "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ),
    ],
)
def test_zrandmember_says_what_is_wrong_with_its_count(redis, words, error):
    redis("SET text x")
    assert redis(f"ZRANDMEMBER text {words}") == RedisError(error)


@pytest.mark.parametrize("protocol", [2, 3])
def test_zscan_returns_members_and_scores_in_one_flat_array_of_texts(connect, protocol):
    redis = connect(protocol)
    redis("ZADD z 2 b 1.5 a inf c")
    assert redis("ZSCAN z 0") == [b"0", [b"a", b"1.5", b"b", b"2", b"c", b"inf"]]
    assert redis("ZSCAN z 0 MATCH [ab] COUNT 100") == [b"0", [b"a", b"1.5", b"b", b"2"]]
    assert redis("ZSCAN missing 0 NONSENSE") == [b"0", []]


def test_zscan_returns_every_member_over_all_its_steps(redis):
    members = {b"member:%d" % number: b"%d" % number for number in range(1000)}
    redis("ZADD", "z", *[word for member, score in members.items() for word in (score, member)])
    cursor, seen = b"0", {}
    while True:
        cursor, found = redis(f"ZSCAN z {cursor.decode()} COUNT 50")
        seen.update(zip(found[::2], found[1::2], strict=True))
        if cursor == b"0":
            break
    assert seen == members


@pytest.mark.parametrize(
    "words, error",
    [
        ("text x", "ERR invalid cursor"),
        ("text 0 COUNT 0", WRONG_TYPE),
        ("z 0 COUNT 0", SYNTAX),
        ("z 0 COUNT x", NOT_AN_INTEGER),
        ("z 0 MATCH", SYNTAX),
        ("z 0 TYPE zset", SYNTAX),
    ],
)
def test_zscan_says_what_is_wrong_with_its_arguments(redis, words, error):
    redis("ZADD z 1 a")
    redis("SET text x")
    assert redis(f"ZSCAN {words}") == RedisError(error)


@pytest.mark.parametrize(
    "command",
    [
        "ZADD s 1 a", "ZADD s XX 1 a", "ZADD s INCR 1 a", "ZINCRBY s 1 a", "ZREM s a", "ZCARD s",
        "ZSCORE s a", "ZMSCORE s a", "ZRANK s a", "ZREVRANK s a", "ZPOPMIN s", "ZPOPMAX s 2",
        "ZMPOP 2 missing s MIN", "ZRANDMEMBER s", "ZRANDMEMBER s 0", "ZSCAN s 0",
    ],
)  # fmt: skip
def test_a_plain_set_is_the_wrong_type_and_stays_as_it_is(redis, command):
    redis("SADD s a")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("SMEMBERS s") == [b"a"]


def test_a_time_to_live_stays_when_a_member_comes_or_goes(redis):
    redis("ZADD z 1 a")
    redis("EXPIRE z 100")
    redis("ZADD z 2 b")
    redis("ZPOPMIN z")
    assert 50 < redis("TTL z") <= 100
