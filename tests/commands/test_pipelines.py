"""The same command several times in a pipeline: each sees what the one before did, and has its own reply."""

import pytest

from redis_clone.protocol.errors import NOT_AN_INTEGER, OVERFLOW, WRONG_TYPE, RedisError
from redis_clone.protocol.replies import NULL_ARRAY, encode_command

NUMBERS = range(20)


@pytest.fixture
def pipeline(redis):
    """Sends the lines at once; returns the replies."""

    def send_all(*lines):
        redis.send_bytes(b"".join([encode_command(line.encode().split()) for line in lines]))
        return [redis.read() for _ in lines]

    return send_all


def test_each_get_finds_its_key(redis, pipeline):
    redis("MSET a 1 b 2")
    redis("RPUSH list x")
    assert pipeline("GET a", "GET b", "GET none", "GET a") == [b"1", b"2", None, b"1"]
    assert pipeline("GET a", "GET list", "GET b") == [b"1", RedisError(WRONG_TYPE), b"2"]


def test_the_last_set_counts(redis, pipeline):
    redis("RPUSH b x")
    redis("SET a 0 EX 100")
    assert pipeline("SET a 1", "SET b 2", "SET c 3", "SET a 44") == ["OK"] * 4
    assert redis("MGET a b c") == [b"44", b"2", b"3"] and redis("TTL a") == -1


@pytest.mark.parametrize(("name", "step"), [("INCR", 1), ("DECR", -1)])
def test_each_counts_on_from_the_one_before(redis, pipeline, name, step):
    assert pipeline(*[f"{name} n"] * 20) == [step * (number + 1) for number in NUMBERS]
    assert pipeline(f"{name} n", f"{name} n", f"{name} m", f"{name} n") == [
        21 * step,
        22 * step,
        step,
        23 * step,
    ]
    assert redis("GET n") == b"%d" % (23 * step)


def test_a_counter_stops_with_an_error_at_the_largest_number(redis, pipeline):
    redis(f"SET n {2**63 - 3}")
    assert pipeline(*["INCR n"] * 4) == [2**63 - 2, 2**63 - 1, *[RedisError(OVERFLOW)] * 2]
    redis("SET n word")
    assert pipeline(*["INCR n"] * 3) == [RedisError(NOT_AN_INTEGER)] * 3
    assert redis("GET n") == b"word"


def test_a_counter_keeps_its_time_to_live(redis, pipeline):
    redis("SET n 1 EX 100")
    assert pipeline(*["INCR n"] * 3) == [2, 3, 4]
    assert redis("TTL n") in (99, 100)


@pytest.mark.parametrize("name", ["LPUSH", "RPUSH"])
def test_each_element_makes_the_list_longer(redis, pipeline, name):
    assert pipeline(*[f"{name} list {number}" for number in NUMBERS]) == [number + 1 for number in NUMBERS]
    elements = [b"%d" % number for number in NUMBERS]
    assert redis("LRANGE list 0 -1") == (elements if name == "RPUSH" else elements[::-1])
    redis("SET text x")
    answers = pipeline(f"{name} list a", f"{name} text a", f"{name} text a", f"{name} list a")
    assert answers == [21, RedisError(WRONG_TYPE), RedisError(WRONG_TYPE), 22]


def test_each_member_is_new_or_not(redis, pipeline):
    assert pipeline("SADD bag a", "SADD bag b", "SADD bag a", "SADD bag c") == [1, 1, 0, 1]
    assert pipeline("SADD bag a", "SADD bag b") == [0, 0]
    assert redis("SCARD bag") == 3
    redis("SET text x")
    assert pipeline("SADD text a", "SADD text a") == [RedisError(WRONG_TYPE)] * 2


def test_each_field_is_new_or_not(redis, pipeline):
    assert pipeline("HSET user name Ada", "HSET user born 1815", "HSET user name Grace") == [1, 1, 0]
    assert redis("HGET user name") == b"Grace" and redis("HLEN user") == 2
    assert (
        pipeline("HSET user a", "HSET user b")
        == [RedisError("ERR wrong number of arguments for 'hset' command")] * 2
    )


def test_a_client_that_watches_a_key_sees_that_it_was_set(redis, other, pipeline):
    redis("MSET a 0 b 0")
    other("WATCH b")
    assert pipeline("SET a 1", "SET b 1", "SET c 1") == ["OK"] * 3
    other("MULTI")
    other("SET seen nothing")
    assert other("EXEC") is NULL_ARRAY and redis("EXISTS seen") == 0


def test_each_counts_as_a_change_and_as_a_call(redis, pipeline):
    redis("CONFIG RESETSTAT")
    before = int(redis("INFO persistence").partition(b"rdb_changes_since_last_save:")[2].split()[0])
    for line in ("SET a %d", "INCR n", "LPUSH list %d", "HSET user %d x", "SADD bag %d", "GET a"):
        pipeline(*[line.replace("%d", str(number)) for number in NUMBERS])
    pipeline(*["SADD bag 1"] * 20)
    shown = redis("INFO persistence").partition(b"rdb_changes_since_last_save:")[2]
    assert int(shown.split()[0]) - before == 5 * 20
    stats = redis("INFO commandstats").decode()
    for name, calls in (("set", 20), ("incr", 20), ("lpush", 20), ("hset", 20), ("sadd", 40), ("get", 20)):
        assert f"cmdstat_{name}:calls={calls}," in stats
    assert b"keyspace_hits:20\r\n" in redis("INFO stats")
