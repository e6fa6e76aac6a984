"""Keys that fall due while nobody touches them; and with the search for them switched off, what is seen."""

import pytest
from harness import wait_until


@pytest.fixture
def asleep(redis):
    """Nobody looks for keys that are due."""
    redis("DEBUG SET-ACTIVE-EXPIRE 0")
    yield redis
    redis("DEBUG SET-ACTIVE-EXPIRE 1")


def test_keys_that_are_due_go_although_nobody_touches_them(redis):
    redis("CONFIG RESETSTAT")
    for number in range(500):
        redis(f"SET key:{number} v PX {number % 20 + 1}")
    redis("SET stays v EX 1000"), redis("SET forever v")
    wait_until(lambda: redis("DBSIZE") == 2)
    assert b"expired_keys:500\r\n" in redis("INFO stats")


def test_a_time_that_was_moved_or_taken_back_counts(redis):
    redis("MULTI")  # all in one instant
    redis("SET later v PX 300"), redis("SET never v PX 300"), redis("SET soon v EX 1000")
    redis("SET again v PX 300")
    redis("EXPIRE later 1000"), redis("PERSIST never"), redis("PEXPIRE soon 30"), redis("SET again v")
    redis("EXEC")
    wait_until(lambda: redis("DBSIZE") == 3)
    assert redis("EXISTS later never again soon") == 3
    redis("SET renamed v PX 300"), redis("RENAME renamed other")
    wait_until(lambda: redis("DBSIZE") == 3)


def test_who_listens_hears_of_a_key_that_nobody_touched(redis, connect):
    listener = connect(3)
    redis("CONFIG SET notify-keyspace-events Ex")
    try:
        listener("SUBSCRIBE __keyevent@0__:expired")
        redis("SET k v PX 20")
        assert listener.read() == [b"message", b"__keyevent@0__:expired", b"k"]
    finally:
        redis("CONFIG SET notify-keyspace-events ''")


def test_a_key_that_is_due_and_still_there_is_counted_but_not_found(asleep):
    asleep("SET k v PX 1"), asleep("SET lives v")
    wait_until(lambda: asleep("PTTL k") == -2 or asleep("KEYS *") == [b"lives"])
    asleep("FLUSHALL"), asleep("SET k v PX 1"), asleep("SET lives v")
    wait_until(lambda: asleep("KEYS *") == [b"lives"])
    assert asleep("DBSIZE") == 2
    assert b"db0:keys=2,expires=1," in asleep("INFO keyspace")
    assert asleep("EXISTS k") == 0 and asleep("DBSIZE") == 1


@pytest.mark.parametrize("line, reply", [("RANDOMKEY", None), ("SCAN 0", [b"0", []])])
def test_who_comes_upon_a_key_that_is_due_deletes_it(asleep, line, reply):
    asleep("SET k v PX 1")
    wait_until(lambda: asleep("KEYS *") == [])
    assert asleep("DBSIZE") == 1
    assert asleep(line) == reply
    assert asleep("DBSIZE") == 0


def test_a_large_value_that_expires_goes_as_well(redis):
    redis("SADD k " + " ".join(map(str, range(2000)))), redis("PEXPIRE k 10")
    wait_until(lambda: redis("DBSIZE") == 0)
