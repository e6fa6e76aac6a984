"""The set commands."""

import pytest
from harness import ours_alone
from tables import for_each

from redis_clone.protocol.errors import SYNTAX, WRONG_TYPE, RedisError


def test_sadd_counts_only_the_members_that_are_new(redis):
    assert redis("SADD s a b a") == 2
    assert redis("SADD s b c") == 1
    assert redis("SCARD s") == 3


def test_srem_counts_the_members_that_were_there_and_the_last_takes_the_key_along(redis):
    redis("SADD s a b")
    assert redis("SREM s a nobody") == 1
    assert redis("EXISTS s") == 1
    assert redis("SREM s b") == 1
    assert redis("EXISTS s") == 0


@for_each(
    "command",
    [
        "SADD s a", "SREM s a", "SCARD s", "SISMEMBER s a", "SMISMEMBER s a", "SMEMBERS s", "SPOP s",
        "SPOP s 2", "SRANDMEMBER s", "SRANDMEMBER s 2", "SSCAN s 0", "SINTER s", "SINTER missing s",
        "SINTERCARD 1 s", "SINTERSTORE d missing s", "SUNION s", "SUNIONSTORE d s", "SDIFF s",
        "SDIFF missing s", "SDIFFSTORE d s", "SMOVE s d a", "SMOVE fine s a",
    ],
)  # fmt: skip
def test_a_string_is_the_wrong_type_and_stays_as_it_is(redis, command):
    redis("SET s text")
    redis("SADD fine a")
    assert redis(command) == RedisError(WRONG_TYPE)
    assert redis("GET s") == b"text"
    assert redis("EXISTS d") == 0


def test_membership_is_a_number_in_resp3_too(redis3):
    redis3("SADD s a")
    assert redis3("SISMEMBER s a") is not True
    assert redis3("SISMEMBER s a") == 1
    assert redis3("SMISMEMBER s a b") == [1, 0]


@pytest.mark.parametrize("protocol", [2, 3])
def test_smembers_returns_every_member(connect, protocol):
    redis = connect(protocol)
    redis("SADD s a b c")
    assert sorted(redis("SMEMBERS s")) == [b"a", b"b", b"c"]
    assert redis("SMEMBERS missing") == []


def test_smove_takes_a_member_from_one_set_to_the_other(redis):
    redis("SADD here a b")
    redis("SADD there c")
    assert redis("SMOVE here there a") == 1
    assert redis("SMOVE here there nobody") == 0
    assert sorted(redis("SMEMBERS there")) == [b"a", b"c"]
    assert redis("SMOVE here here b") == 1
    assert redis("SMOVE here fresh b") == 1
    assert redis("EXISTS here") == 0


def test_smove_from_a_missing_set_does_not_look_at_the_other(redis):
    redis("SET text x")
    assert redis("SMOVE missing text a") == 0


def test_spop_removes_what_it_returns(redis):
    redis("SADD s a b c d")
    first = redis("SPOP s")
    rest = redis("SPOP s 2")
    assert len({first, *rest}) == 3
    assert redis("SCARD s") == 1
    assert len(redis("SPOP s 10")) == 1
    assert redis("EXISTS s") == 0
    assert redis("SPOP s") is None
    assert redis("SPOP s 1") == []
    redis("SADD s a")
    assert redis("SPOP s 0") == []


@pytest.mark.parametrize("count", ["-1", "many", "9223372036854775808"])
def test_spop_rejects_a_count_that_is_no_positive_number(redis, count):
    redis("SADD s a")
    assert redis(f"SPOP s {count}") == RedisError("ERR value is out of range, must be positive")


def test_srandmember_with_a_positive_count_returns_different_members(redis):
    redis("SADD s a b c")
    assert redis("SRANDMEMBER s") in (b"a", b"b", b"c")
    assert len(set(redis("SRANDMEMBER s 2"))) == 2
    assert sorted(redis("SRANDMEMBER s 10")) == [b"a", b"b", b"c"]
    assert redis("SRANDMEMBER s 0") == []
    assert redis("SRANDMEMBER missing") is None
    assert redis("SRANDMEMBER missing 3") == []


def test_srandmember_with_a_negative_count_may_repeat_itself(redis):
    redis("SADD s a b")
    assert len(redis("SRANDMEMBER s -10")) == 10
    assert redis("SRANDMEMBER s many") == RedisError("ERR value is not an integer or out of range")
    assert "out of range, value must between" in str(redis("SRANDMEMBER s -9223372036854775808"))


def test_sscan_returns_every_member_over_all_its_steps(redis):
    members = {b"member:%d" % number for number in range(1000)}
    redis("SADD", "s", *members)
    cursor, seen = b"0", []
    while True:
        cursor, found = redis(f"SSCAN s {cursor.decode()} COUNT 50")
        seen += found
        if cursor == b"0":
            break
    assert set(seen) == members


def test_sscan_matches_a_pattern_and_a_missing_key_is_empty(redis):
    redis("SADD s apple avocado pear")
    assert sorted(redis("SSCAN s 0 MATCH a* COUNT 100")[1]) == [b"apple", b"avocado"]
    assert redis("SSCAN missing 0 NONSENSE") == [b"0", []]


def test_a_cursor_without_digits_is_where_a_walk_begins(redis):
    redis("SADD s apple")
    assert redis("SSCAN s ''") == redis("SSCAN s 0") == [b"0", [b"apple"]]


@for_each(
    "words, error",
    [
        ("s x", "ERR invalid cursor"),
        ("s 18446744073709551616", "ERR invalid cursor"),
        ("s 0 MATCH", SYNTAX),
        ("s 0 COUNT 0", SYNTAX),
        ("s 0 COUNT x", "ERR value is not an integer or out of range"),
        ("s 0 TYPE string", SYNTAX),
    ],
)
def test_sscan_says_what_is_wrong_with_its_arguments(redis, words, error):
    redis("SADD s a")
    assert redis(f"SSCAN {words}") == RedisError(error)


@pytest.mark.parametrize("command", ["SPOP s 1 2", "SRANDMEMBER s 1 2"])
def test_a_second_count_is_a_syntax_error(redis, command):
    redis("SADD s a")
    assert redis(command) == RedisError(SYNTAX)


@ours_alone  # the real server sends for ever, and serves no other client meanwhile
@pytest.mark.parametrize("command", ["SRANDMEMBER s", "HRANDFIELD h", "ZRANDMEMBER z"])
def test_more_picks_than_a_reply_can_hold_are_rejected(redis, command):
    redis("SADD s a")
    redis("HSET h a 1")
    redis("ZADD z 1 a")
    too_many = "ERR value is out of range, a reply holds 10000000 elements at most"
    assert redis(f"{command} -10000001") == redis(f"{command} -9223372036854775807") == RedisError(too_many)
    assert redis(f"{command} -3") == [b"a", b"a", b"a"]
    assert redis(f"{command.split()[0]} missing -10000001") == []


ASCENDING = [b"-7", b"1", b"2", b"3", b"5", b"100"]


@for_each("line", ["SMEMBERS s", "SRANDMEMBER s 6", "SRANDMEMBER s 10", "SORT s BY nosort"])
def test_a_small_set_of_integers_is_listed_in_their_order(redis, line):
    redis("SADD s 5 3 1 2 -7 100")
    assert redis(line) == ASCENDING


def test_a_small_set_of_integers_is_scanned_at_once_and_in_order(redis):
    redis("SADD s 5 3 1 2 -7 100")
    assert redis("SSCAN s 0 COUNT 1") == [b"0", ASCENDING]
    assert redis("SSCAN s 0 COUNT 1 MATCH ?") == [b"0", [b"1", b"2", b"3", b"5"]]
    assert redis("SPOP s 6") == ASCENDING


def test_a_large_set_of_integers_is_scanned_in_pieces(redis):
    redis("SADD s " + " ".join(map(str, range(513))))
    assert redis("SSCAN s 0 COUNT 1")[0] != b"0"
    redis("SREM s " + " ".join(map(str, range(500))))
    assert redis("SSCAN s 0 COUNT 1")[0] != b"0", "it stays a hash table"


def test_sets_made_of_small_sets_of_integers_are_in_order(redis):
    redis("SADD s 5 3 1 2 -7 100"), redis("SADD t 9 3 -7 5 44")
    assert redis("SINTER s t") == [b"-7", b"3", b"5"]
    assert redis("SUNION s t") == [b"-7", b"1", b"2", b"3", b"5", b"9", b"44", b"100"]
    assert redis("SDIFF s t") == [b"1", b"2", b"100"]
    redis("SUNIONSTORE all s t"), redis("COPY s copied")
    assert redis("SMEMBERS all") == redis("SUNION s t")
    assert redis("SMEMBERS copied") == redis("SMEMBERS s")


@pytest.mark.parametrize(
    "line", ["SRANDMEMBER s -999999999", "HRANDFIELD h -999999999", "ZRANDMEMBER z -999999999"]
)
def test_a_client_that_asks_for_more_picks_than_its_output_limit_is_disconnected(redis, other, line):
    other("SADD s a"), other("HSET h a 1"), other("ZADD z 1 a")
    other("CONFIG SET client-output-buffer-limit 'normal 1mb 0 0'")
    try:
        redis.send(line)
        assert redis.is_closed()
    finally:
        other("CONFIG SET client-output-buffer-limit 'normal 0 0 0'")
