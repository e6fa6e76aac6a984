"""The set commands that compute one set from several."""

from tables import for_each

from redis_clone.protocol.errors import SYNTAX, RedisError


def test_the_algebra_of_sets(redis):
    redis("SADD a 1 2 3 4")
    redis("SADD b 3 4 5")
    redis("SADD c 4 6")
    assert sorted(redis("SINTER a b c")) == [b"4"]
    assert sorted(redis("SUNION a b missing")) == [b"1", b"2", b"3", b"4", b"5"]
    assert sorted(redis("SDIFF a b c missing")) == [b"1", b"2"]
    assert redis("SINTER a missing") == []


def test_a_store_replaces_the_old_value_of_any_type(redis):
    redis("SADD a 1 2 3")
    redis("SADD b 2 3")
    redis("SET d text EX 100")
    assert redis("SINTERSTORE d a b") == 2
    assert redis("TTL d") == -1
    assert redis("SDIFFSTORE d a b") == 1
    assert redis("SMEMBERS d") == [b"1"]
    assert redis("SUNIONSTORE a a b") == 3
    assert redis("SINTERSTORE d a missing") == 0
    assert redis("EXISTS d") == 0


def test_sintercard_counts_up_to_its_limit(redis):
    redis("SADD a 1 2 3 4")
    redis("SADD b 2 3 4")
    assert redis("SINTERCARD 2 a b") == 3
    assert redis("SINTERCARD 2 a b LIMIT 2") == 2
    assert redis("SINTERCARD 2 a b LIMIT 0") == 3
    assert redis("SINTERCARD 2 a missing") == 0


@for_each(
    "args, error",
    [
        ("0 a", "ERR numkeys should be greater than 0"),
        ("x a", "ERR numkeys should be greater than 0"),
        ("2 a", "ERR Number of keys can't be greater than number of args"),
        ("1 a LIMIT -1", "ERR LIMIT can't be negative"),
        ("1 a LIMIT x", "ERR LIMIT can't be negative"),
        ("1 a LIMIT", SYNTAX),
        ("1 a b", SYNTAX),
    ],
)
def test_sintercard_says_what_is_wrong_with_its_arguments(redis, args, error):
    assert redis(f"SINTERCARD {args}") == RedisError(error)
