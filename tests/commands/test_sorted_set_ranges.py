"""The sorted set commands that take a range of ranks, of scores or of members."""

import pytest
from tables import for_each

from redis_clone.protocol.errors import NOT_AN_INTEGER, SYNTAX, WRONG_TYPE, RedisError

NOT_A_SCORE = "ERR min or max is not a float"
NOT_A_MEMBER = "ERR min or max not valid string range item"
NO_LIMIT = "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"
NO_SCORES = "ERR syntax error, WITHSCORES not supported in combination with BYLEX"


@pytest.fixture
def redis(redis):
    """A client with `z`, whose scores are 1 to 5, and `words`, whose members all have the score 0."""
    redis("ZADD z 1 a 2 b 3 c 4 d 5 e")
    redis("ZADD words 0 ant 0 ape 0 bat 0 bee 0 cat")
    redis("SET text x")
    return redis


def joined(reply):
    return b" ".join(reply).decode()


@pytest.mark.parametrize(
    "start, stop, forward, backward",
    [
        ("0", "-1", "a b c d e", "e d c b a"),
        ("1", "2", "b c", "d c"),
        ("-2", "-1", "d e", "b a"),
        ("-100", "100", "a b c d e", "e d c b a"),
        ("0", "-5", "a", "e"),
        ("0", "-6", "", ""),
        ("3", "1", "", ""),
        ("5", "9", "", ""),
        ("-9223372036854775808", "9223372036854775807", "a b c d e", "e d c b a"),
    ],
)
def test_a_range_of_ranks_has_both_its_ends(redis, start, stop, forward, backward):
    assert joined(redis(f"ZRANGE z {start} {stop}")) == forward
    assert joined(redis(f"ZRANGE z {start} {stop} REV")) == backward
    assert joined(redis(f"ZREVRANGE z {start} {stop}")) == backward
    assert redis(f"ZREMRANGEBYRANK z {start} {stop}") == len(forward.split())


@pytest.mark.parametrize(
    "low, high, members",
    [
        ("2", "4", "b c d"),
        ("(2", "4", "c d"),
        ("2", "(4", "b c"),
        ("(2", "(4", "c"),
        ("-inf", "+inf", "a b c d e"),
        ("(1", "inf", "b c d e"),
        ("2.5", "3.5", "c"),
        ("(2", "(3", ""),
        ("4", "2", ""),
        ("9", "inf", ""),
        ("-inf", "(-inf", ""),
        ("(inf", "inf", ""),
        ("0x2", "3e0", "b c"),
        ("''", "' 1'", "a"),
        ("(", "(2", "a"),
        ("1e-400", "1e400", "a b c d e"),
        ("-1e400", "(0x1p-1080", ""),
        ("-0x1p1024", "0x1p1024", "a b c d e"),
    ],
)
def test_a_range_of_scores_may_leave_its_ends_out(redis, low, high, members):
    assert joined(redis(f"ZRANGE z {low} {high} BYSCORE")) == members
    assert joined(redis(f"ZRANGEBYSCORE z {low} {high}")) == members
    assert joined(redis(f"ZRANGE z {high} {low} BYSCORE REV")[::-1]) == members
    assert joined(redis(f"ZREVRANGEBYSCORE z {high} {low}")[::-1]) == members
    assert redis(f"ZCOUNT z {low} {high}") == len(members.split())
    assert redis(f"ZREMRANGEBYSCORE z {low} {high}") == len(members.split())


def test_infinite_scores_belong_to_a_range_that_does_not_leave_them_out(redis):
    redis("ZADD ends -inf low 0 middle inf high")
    assert joined(redis("ZRANGEBYSCORE ends -inf inf")) == "low middle high"
    assert joined(redis("ZRANGEBYSCORE ends (-inf (inf")) == "middle"
    assert joined(redis("ZRANGEBYSCORE ends inf inf")) == "high"


@pytest.mark.parametrize(
    "low, high, members",
    [
        ("-", "+", "ant ape bat bee cat"),
        ("[ape", "[bee", "ape bat bee"),
        ("(ape", "(bee", "bat"),
        ("[b", "(c", "bat bee"),
        ("-", "(b", "ant ape"),
        ("[bee", "+", "bee cat"),
        ("[", "[b", "ant ape"),
        ("(cat", "+", ""),
        ("[c", "[b", ""),
        ("(bat", "(bat", ""),
        ("+", "-", ""),
        ("-", "-", ""),
        ("+", "+", ""),
    ],
)
def test_a_range_of_members_compares_their_bytes(redis, low, high, members):
    assert joined(redis(f"ZRANGE words {low} {high} BYLEX")) == members
    assert joined(redis(f"ZRANGEBYLEX words {low} {high}")) == members
    assert joined(redis(f"ZRANGE words {high} {low} BYLEX REV")[::-1]) == members
    assert joined(redis(f"ZREVRANGEBYLEX words {high} {low}")[::-1]) == members
    assert redis(f"ZLEXCOUNT words {low} {high}") == len(members.split())
    assert redis(f"ZREMRANGEBYLEX words {low} {high}") == len(members.split())


def test_a_member_and_the_next_greater_one_are_different(redis):
    redis("ZADD", "z0", "0", b"a", "0", b"a\x00", "0", b"a\xff", "0", b"")
    assert redis("ZRANGEBYLEX z0 (a +") == [b"a\x00", b"a\xff"]
    assert redis("ZRANGEBYLEX z0 - [a") == [b"", b"a"]
    assert redis("ZRANGEBYLEX z0 ( (a") == []
    assert redis("ZRANGEBYLEX", "z0", b"(a\x00", b"[a\xff") == [b"a\xff"]


@for_each(
    "limit, forward, backward",
    [
        ("0 2", "a b", "e d"),
        ("1 2", "b c", "d c"),
        ("3 100", "d e", "b a"),
        ("1 -1", "b c d e", "d c b a"),
        ("1 -5", "b c d e", "d c b a"),
        ("0 0", "", ""),
        ("9 1", "", ""),
        ("-1 2", "", ""),
        ("-1 -1", "", ""),
    ],
    keeps_keys=True,
)
def test_limit_passes_some_over_and_returns_up_to_a_count(redis, limit, forward, backward):
    assert joined(redis(f"ZRANGE z 1 5 BYSCORE LIMIT {limit}")) == forward
    assert joined(redis(f"ZRANGE z 5 1 LIMIT {limit} BYSCORE REV")) == backward
    assert joined(redis(f"ZRANGEBYSCORE z 1 5 LIMIT 7 7 LIMIT {limit}")) == forward
    assert joined(redis(f"ZREVRANGEBYSCORE z 5 1 limit {limit}")) == backward
    redis("ZADD flat 0 a 0 b 0 c 0 d 0 e")
    assert joined(redis(f"ZRANGE flat - + BYLEX LIMIT {limit}")) == forward
    assert joined(redis(f"ZRANGEBYLEX flat - + LIMIT {limit}")) == forward
    assert joined(redis(f"ZREVRANGEBYLEX flat + - LIMIT {limit}")) == backward


def test_a_limit_without_a_count_means_nothing_to_a_range_of_ranks(redis):
    assert joined(redis("ZRANGE z 0 2 LIMIT 1 -1")) == "a b c"


@pytest.mark.parametrize(
    "command",
    [
        "ZRANGE z 0 1 WITHSCORES",
        "ZRANGEBYSCORE z 1 2 withscores",
        "ZRANGE z 0 2 BYSCORE WITHSCORES WITHSCORES",
    ],
)
def test_scores_stand_behind_their_members_and_in_resp3_beside_them(redis, redis3, command):
    assert redis(command) == [b"a", b"1", b"b", b"2"]
    assert redis3(command) == [[b"a", 1.0], [b"b", 2.0]]


def test_scores_come_with_the_reversed_ranges_too(redis, redis3):
    assert redis("ZREVRANGE z 0 1 WITHSCORES") == [b"e", b"5", b"d", b"4"]
    assert redis3("ZREVRANGE z 0 0 WITHSCORES") == [[b"e", 5.0]]
    assert redis3("ZREVRANGEBYSCORE z inf 5 WITHSCORES LIMIT 0 1") == [[b"e", 5.0]]


@for_each(
    "command, error",
    [
        ("ZRANGE text 0 -1 REV REV", SYNTAX),
        ("ZRANGE text 0 -1 BYSCORE BYSCORE", SYNTAX),
        ("ZRANGE text - + BYLEX BYSCORE", SYNTAX),
        ("ZRANGE text 0 -1 WHATEVER", SYNTAX),
        ("ZRANGE text 0 -1 BYSCORE LIMIT 1", SYNTAX),
        ("ZRANGE text 0 -1 BYSCORE LIMIT x 1", NOT_AN_INTEGER),
        ("ZRANGE text 0 -1 LIMIT 0 1", NO_LIMIT),
        ("ZRANGE text x y LIMIT 0 -2", NO_LIMIT),
        ("ZREVRANGE text 0 -1 LIMIT 0 1", NO_LIMIT),
        ("ZREVRANGE text 0 -1 BYSCORE", SYNTAX),
        ("ZREVRANGE text 0 -1 REV", SYNTAX),
        ("ZRANGE text x y BYLEX WITHSCORES", NO_SCORES),
        ("ZRANGEBYLEX text - + WITHSCORES", NO_SCORES),
        ("ZRANGEBYSCORE text 0 1 REV", SYNTAX),
        ("ZRANGE text x 1", NOT_AN_INTEGER),
        ("ZRANGE text 0 9223372036854775808", NOT_AN_INTEGER),
        ("ZRANGE text 1 x BYSCORE", NOT_A_SCORE),
        ("ZRANGEBYSCORE text ((1 2", NOT_A_SCORE),
        ("ZREVRANGEBYSCORE text nan 2", NOT_A_SCORE),
        ("ZCOUNT text '1 ' 2", NOT_A_SCORE),
        ("ZCOUNT text ' ' 2", NOT_A_SCORE),
        ("ZRANGE text a [b BYLEX", NOT_A_MEMBER),
        ("ZRANGEBYLEX text '' +", NOT_A_MEMBER),
        ("ZREVRANGEBYLEX text +1 -", NOT_A_MEMBER),
        ("ZLEXCOUNT text - z", NOT_A_MEMBER),
        ("ZREMRANGEBYRANK text x 1", NOT_AN_INTEGER),
        ("ZREMRANGEBYSCORE text x 1", NOT_A_SCORE),
        ("ZREMRANGEBYLEX text x 1", NOT_A_MEMBER),
        ("ZRANGESTORE d text 0 -1 WITHSCORES", SYNTAX),
        ("ZRANGESTORE d text 0 -1 LIMIT 0 1", NO_LIMIT),
    ],
    keeps_keys=True,
)
def test_a_range_is_read_before_the_key_is_looked_at(redis, command, error):
    assert redis(command) == RedisError(error)


@for_each(
    "words",
    [
        "ZRANGE {} 0 -1", "ZRANGE {} 0 1 BYSCORE", "ZRANGE {} - + BYLEX", "ZREVRANGE {} 0 -1",
        "ZRANGEBYSCORE {} 0 1", "ZREVRANGEBYSCORE {} 0 1", "ZRANGEBYLEX {} - +", "ZREVRANGEBYLEX {} + -",
        "ZRANGESTORE d {} 0 -1", "ZCOUNT {} 0 1", "ZLEXCOUNT {} - +", "ZREMRANGEBYRANK {} 0 -1",
        "ZREMRANGEBYSCORE {} 0 1", "ZREMRANGEBYLEX {} - +",
    ], keeps_keys=True,
)  # fmt: skip
def test_a_missing_key_is_empty_and_a_string_is_the_wrong_type(redis, words):
    assert redis(words.format("missing")) in (0, [])
    assert redis(words.format("text")) == RedisError(WRONG_TYPE)
    assert redis("GET text") == b"x"


@pytest.mark.parametrize(
    "command", ["ZREMRANGEBYRANK z 0 -1", "ZREMRANGEBYSCORE z 0 9", "ZREMRANGEBYLEX z - +"]
)
def test_a_removed_range_takes_the_key_along_when_nothing_is_left(redis, command):
    assert redis(command) == 5
    assert redis("EXISTS z") == 0


@pytest.mark.parametrize(
    "words, stored",
    [
        ("0 1", "a 1 b 2"),
        ("0 1 REV", "d 4 e 5"),
        ("(3 inf BYSCORE", "d 4 e 5"),
        ("inf -inf BYSCORE REV LIMIT 1 2", "c 3 d 4"),
    ],
)
def test_zrangestore_keeps_the_range_with_its_scores(redis, words, stored):
    redis("SET d text EX 100")
    assert redis(f"ZRANGESTORE d z {words}") == len(stored.split()) / 2
    assert joined(redis("ZRANGE d 0 -1 WITHSCORES")) == stored
    assert redis("TTL d") == -1
    assert redis("ZCARD z") == 5


def test_zrangestore_of_nothing_leaves_no_key(redis):
    redis("SET d text")
    assert redis("ZRANGESTORE d z 9 10") == 0
    assert redis("EXISTS d") == 0
    assert redis("ZRANGESTORE z z 0 -1 BYSCORE") == 0
    assert redis("EXISTS z") == 0


def test_zrangestore_may_store_into_its_source(redis):
    assert redis("ZRANGESTORE words words [b + BYLEX") == 3
    assert joined(redis("ZRANGE words 0 -1")) == "bat bee cat"
