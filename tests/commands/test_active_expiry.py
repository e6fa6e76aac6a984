"""Active expiry, and what commands see of expired keys while it is off."""

import pytest
from harness import wait_until


@pytest.fixture
def lazy(redis):
    """A client of a server whose active expiry is off."""
    redis("DEBUG SET-ACTIVE-EXPIRE 0")
    yield redis
    redis("DEBUG SET-ACTIVE-EXPIRE 1")


def test_expired_keys_are_deleted_although_no_command_touches_them(redis):
    redis("CONFIG RESETSTAT")
    for number in range(500):
        redis(f"SET key:{number} v PX {number % 20 + 1}")
    redis("SET stays v EX 1000"), redis("SET forever v")
    wait_until(lambda: redis("DBSIZE") == 2)
    assert b"expired_keys:500\r\n" in redis("INFO stats")


def test_a_changed_time_to_live_counts_and_a_removed_one_does_not(redis):
    redis("MULTI")  # all in one instant
    redis("SET later v PX 100"), redis("SET never v PX 100"), redis("SET soon v EX 1000")
    redis("SET again v PX 100")
    redis("EXPIRE later 1000"), redis("PERSIST never"), redis("PEXPIRE soon 30"), redis("SET again v")
    redis("EXEC")
    wait_until(lambda: redis("DBSIZE") == 3)
    assert redis("EXISTS later never again soon") == 3
    redis("SET renamed v PX 100"), redis("RENAME renamed other")
    wait_until(lambda: redis("DBSIZE") == 3)


def test_a_subscriber_gets_the_expired_event_of_a_key_that_no_command_touched(redis, connect):
    listener = connect(3)
    redis("CONFIG SET notify-keyspace-events Ex")
    try:
        listener("SUBSCRIBE __keyevent@0__:expired")
        redis("SET k v PX 20")
        assert listener.read() == [b"message", b"__keyevent@0__:expired", b"k"]
    finally:
        redis("CONFIG SET notify-keyspace-events ''")


def test_an_expired_key_that_is_still_stored_is_counted_but_not_found(lazy):
    lazy("SET k v PX 1"), lazy("SET lives v")
    wait_until(lambda: lazy("PTTL k") == -2 or lazy("KEYS *") == [b"lives"])
    lazy("FLUSHALL"), lazy("SET k v PX 1"), lazy("SET lives v")
    wait_until(lambda: lazy("KEYS *") == [b"lives"])
    assert lazy("DBSIZE") == 2
    assert b"db0:keys=2,expires=1," in lazy("INFO keyspace")
    assert lazy("EXISTS k") == 0 and lazy("DBSIZE") == 1


@pytest.mark.parametrize("line, reply", [("RANDOMKEY", None), ("SCAN 0", [b"0", []])])
def test_a_command_that_meets_an_expired_key_deletes_it(lazy, line, reply):
    lazy("SET k v PX 1")
    wait_until(lambda: lazy("KEYS *") == [])
    assert lazy("DBSIZE") == 1
    assert lazy(line) == reply
    assert lazy("DBSIZE") == 0


def test_a_large_value_that_expires_is_deleted_as_well(redis):
    redis("SADD k " + " ".join(map(str, range(2000)))), redis("PEXPIRE k 10")
    wait_until(lambda: redis("DBSIZE") == 0)
