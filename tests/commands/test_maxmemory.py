"""The memory limit: which commands are rejected, which keys are evicted, and the events of that."""

import pytest
from harness import wait_until

from redis_clone.protocol.replies import NULL_ARRAY

OOM = "OOM command not allowed when used memory > 'maxmemory'."


def used(redis):
    [line] = [line for line in redis("INFO memory").split(b"\r\n") if line.startswith(b"used_memory:")]
    return int(line.partition(b":")[2])


def stat(redis, name):
    [line] = [line for line in redis("INFO stats").decode().split("\r\n") if line.startswith(name + ":")]
    return float(line.partition(":")[2])


def fill(redis, count, words="", size=1000):
    for number in range(count):
        redis(f"SET key:{number} {'x' * size} {words}")


def test_without_eviction_commands_that_take_memory_are_rejected_and_the_others_are_not(own):
    own("RPUSH list a b"), own("SET k v")
    own("CONFIG SET maxmemory 1")
    assert str(own("SET other v")) == str(own("LPUSH list c")) == OOM
    assert own("GET k") == b"v" and own("RPOP list") == b"b" and own("DEL k") == 1
    own("CONFIG SET maxmemory 0")
    assert own("SET other v") == "OK"


def test_in_a_transaction_a_command_is_rejected_when_it_is_queued(own):
    own("CONFIG SET maxmemory 1")
    assert own("MULTI") == "OK"
    assert str(own("GET k")) == OOM, "a queued command takes memory too"
    assert str(own("EXEC")) == "EXECABORT Transaction discarded because of previous errors."
    assert own("MULTI") == "OK" and own("DISCARD") == "OK"


def test_exec_is_rejected_if_a_queued_command_takes_memory(own, connect_own):
    own("MULTI"), own("SET k v")
    connect_own()("CONFIG SET maxmemory 1")
    reply = str(own("EXEC"))
    assert reply.startswith("EXECABORT Transaction discarded because of: ") and "maxmemory" in reply
    own("CONFIG SET maxmemory 0"), own("MULTI"), own("GET k")
    connect_own()("CONFIG SET maxmemory 1")
    assert own("EXEC") == [None]


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "allkeys-random"])
def test_old_keys_make_room_for_new_ones(own, policy):
    own(f"CONFIG SET maxmemory-policy {policy} maxmemory {used(own) + 2_000_000}")
    fill(own, 400, size=10_000)
    count = own("DBSIZE")
    assert 100 < count < 200
    assert 0 <= stat(own, "evicted_keys") - (400 - count) < 10  # the two reads take memory as well


@pytest.mark.parametrize("policy", ["volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"])
def test_the_volatile_policies_spare_keys_that_live_for_ever(own, policy):
    own(f"CONFIG SET maxmemory-policy {policy} maxmemory {used(own) + 300_000}")
    for number in range(100):
        own(f"SET stays:{number} {'x' * 1000}")
    fill(own, 300, "EX 1000")
    assert own("EXISTS " + " ".join(f"stays:{number}" for number in range(100))) == 100
    assert stat(own, "evicted_keys") > 0
    replies = [own(f"SET more:{number} {'x' * 1000}") for number in range(300)]
    assert OOM in map(str, replies), "when no key is left that may be evicted"


def test_with_volatile_ttl_the_key_that_expires_first_is_evicted_first(own):
    own("CONFIG SET maxmemory-policy volatile-ttl maxmemory-samples 10")
    for number in range(100):
        own(f"SET key:{number} {'x' * 10_000} EX {1000 + number * 100}")
    own(f"CONFIG SET maxmemory {used(own) - 200_000}")
    wait_until(lambda: own("DBSIZE") < 90)
    gone = [number for number in range(100) if not own(f"EXISTS key:{number}")]
    assert sum(gone) / len(gone) < 35


def test_a_lower_limit_is_reached_although_no_client_writes(own):
    fill(own, 300)
    own(f"CONFIG SET maxmemory-policy allkeys-random maxmemory {used(own) - 100_000}")
    wait_until(lambda: own("DBSIZE") < 250)


def test_a_subscriber_gets_the_events_of_evicted_keys(own, connect_own):
    listener = connect_own(3)
    own("CONFIG SET notify-keyspace-events Ee")
    listener("SUBSCRIBE __keyevent@0__:evicted")
    own(f"CONFIG SET maxmemory-policy allkeys-lru maxmemory {used(own) + 100_000}")
    fill(own, 200)
    assert listener.read()[:2] == [b"message", b"__keyevent@0__:evicted"]


def test_a_watched_key_that_is_evicted_has_changed(own, connect_own):
    other = connect_own()
    own("SET k v"), own("WATCH k")
    other(f"CONFIG SET maxmemory-policy allkeys-random maxmemory {used(own) + 500_000}")
    number = 0
    while other("EXISTS k"):
        other(f"SET key:{number} {'x' * 10_000}")
        number += 1
    other("CONFIG SET maxmemory 0")
    own("MULTI"), own("PING")
    assert own("EXEC") == NULL_ARRAY
