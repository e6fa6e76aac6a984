"""The commands about masters and replicas, on a master without replicas."""

import time

import pytest
from harness import Client, wait_until


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


@pytest.mark.parametrize(
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
        "CLUSTER KEYSLOT foo", "CLUSTER",
    ],
)  # fmt: skip
def test_a_server_alone_answers_as_redis_does(both, line):
    ours, theirs = both(line)
    assert ours == theirs


def test_replication_itself_is_an_error(our_address):
    client = Client(our_address)
    assert str(client("REPLICAOF 127.0.0.1 6379")).startswith("ERR this server cannot be a replica")
    client.close()
