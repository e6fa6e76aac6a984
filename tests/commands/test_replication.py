"""The commands about masters and replicas, on a master without replicas; test_synchronization.py has some."""

import time

import pytest
from harness import wait_until
from tables import for_each


def test_role_is_master_without_replicas(redis):
    assert redis("ROLE") == [b"master", 0, []]


def test_wait_for_no_replica_answers_at_once(redis):
    for line in ("WAIT 0 0", "WAIT 0 100000", "WAIT -1 0"):
        assert redis(line) == 0


def test_wait_for_more_replicas_than_there_are_waits_until_the_time_is_up(redis):
    begun = time.monotonic()
    assert redis("WAIT 1 30") == 0
    assert time.monotonic() - begun >= 0.028
    assert redis("PING") == "PONG"


def test_wait_can_be_ended_by_client_unblock(redis, other):
    ident = redis("CLIENT ID")
    redis.send("WAIT 1 0")
    wait_until(lambda: other(f"CLIENT UNBLOCK {ident}") == 1)
    assert redis.read() == 0


def test_wait_in_a_transaction_does_not_wait(redis):
    for line in ("MULTI", "WAIT 1 0"):
        redis(line)
    assert redis("EXEC") == [0]


@for_each(
    "line",
    [
        "WAIT x y", "WAIT 1 x", "WAIT 0 -1", "WAIT 0 1.5", "WAIT 1", "ROLE x",
        "REPLICAOF NO ONE", "SLAVEOF no one", "REPLICAOF NO x", "REPLICAOF host x", "REPLICAOF host 99999",
        "REPLICAOF host -1", "REPLICAOF host", "SLAVEOF host x",
        "FAILOVER", "FAILOVER ABORT", "FAILOVER x", "FAILOVER TO", "FAILOVER TO a", "FAILOVER TO a x",
        "FAILOVER TO a 1", "FAILOVER TO a 1 FORCE TIMEOUT 5", "FAILOVER TIMEOUT 0", "FAILOVER TIMEOUT x",
        "FAILOVER TIMEOUT -1", "FAILOVER TIMEOUT 5 TIMEOUT 6", "FAILOVER ABORT TIMEOUT 5",
        "FAILOVER TIMEOUT 5 ABORT", "FAILOVER TO a 1 TO b 2", "FAILOVER FORCE",
        "MODULE LIST", "MODULE LOAD x", "MODULE LOADEX x", "MODULE UNLOAD x", "MODULE LOAD", "MODULE LIST x",
        "MODULE nonsense", "READONLY", "READWRITE", "ASKING", "CLUSTER INFO", "CLUSTER NODES",
        "CLUSTER KEYSLOT foo", "CLUSTER", "CLUSTER NOSUCH", "CLUSTER NODES x", "CLUSTER HELP",
        "CLUSTER MEET a", "CLUSTER RESET", "PSYNC", "PSYNC x", "SYNC x", "RESTORE-ASKING k",
        "RESTORE-ASKING k 0 x", "MIGRATE host 6379 key 0", "EVAL 'return redis.call(\"sync\")' 0",
        "EVAL 'return redis.call(\"cluster\", \"reset\")' 0",
        "COMMAND GETKEYS MIGRATE host 6379 key 0 100 KEYS a b",
        "COMMAND GETKEYS MIGRATE host 6379 '' 0 100 AUTH KEYS AUTH2 keys keys COPY KEYS a b",
        "ACL SETUSER default +psync +replconf +sync +restore-asking -migrate -cluster|reset +@all",
    ],
)  # fmt: skip
def test_a_server_alone_answers_as_redis_does(both, line):
    ours, theirs = both(line)
    assert ours == theirs


@pytest.mark.parametrize("line", ["SYNC", "PSYNC ? -1"])
def test_a_replica_cannot_ask_inside_multi(both, line):
    both("MULTI")
    ours, theirs = both(line)
    both("DISCARD")
    assert ours == theirs


def test_restore_asking_restores_what_was_dumped(redis):
    redis("SET k value")
    assert redis("RESTORE-ASKING", "k2", 0, redis("DUMP k")) == "OK"
    assert redis("GET k2") == b"value"
