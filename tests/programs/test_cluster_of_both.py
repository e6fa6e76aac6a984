"""Clusters of our nodes and real ones: they join, fail over in both directions, and agree."""

import shutil

import pytest
from cluster_nodes import OURS, REAL, is_synchronized, is_well, join, redis_cli, running
from harness import has_real_server, wait_until

needs_real_server = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
needs_redis_cli = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli")


@needs_redis_cli
@pytest.mark.slow
@pytest.mark.parametrize("kinds", [[OURS] * 6, pytest.param([OURS, REAL] * 3, marks=needs_real_server)])
def test_redis_cli_creates_a_cluster_and_finds_nothing_wrong_with_it(tmp_path, kinds):
    with running(tmp_path, kinds) as nodes:
        addresses = [f"127.0.0.1:{node.port}" for node in nodes]
        said = redis_cli("create", *addresses, "--cluster-replicas", "1")
        assert "[OK] All 16384 slots covered" in said
        wait_until(lambda: is_well(nodes))
        for address in addresses:
            said = redis_cli("check", address)
            assert "[OK] All nodes agree about slots configuration" in said and "[ERR]" not in said
        assert {node.info("cluster_slots_ok") for node in nodes} == {"16384"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "master, replica",
    [(OURS, OURS), *(pytest.param(*pair, marks=needs_real_server) for pair in [(OURS, REAL), (REAL, OURS)])],
)
def test_a_replica_takes_over_for_a_master_that_is_killed_and_the_old_master_follows_it(
    tmp_path, master, replica
):
    others = [OURS, OURS] if master == replica else [OURS, REAL]
    with running(tmp_path, [master, *others, replica]) as nodes:
        join(nodes, masters=3)
        old, first, second, new = nodes
        key = next(f"k{n}" for n in range(100) if old(f"CLUSTER KEYSLOT k{n}") <= 16384 // 3 - 1)
        assert old(f"SET {key} v") == "OK" and old("WAIT 1 10000") == 1
        old.kill()
        wait_until(new.is_master)
        wait_until(lambda: is_well([first, second, new]))
        assert new(f"GET {key}") == b"v" and new.info("cluster_slots_ok") == "16384"
        epochs = [int(node.line_of(new)[6]) for node in (first, second, new)]
        assert epochs[0] == epochs[1] == epochs[2] > 3
        old.start()
        wait_until(lambda: not old.is_master() and is_synchronized(old))
        wait_until(lambda: is_well(nodes))
        assert old("READONLY") == "OK" and old(f"GET {key}") == b"v"


@pytest.mark.slow
@pytest.mark.parametrize(
    "master, replica",
    [(OURS, OURS), *(pytest.param(*pair, marks=needs_real_server) for pair in [(OURS, REAL), (REAL, OURS)])],
)
def test_manual_failovers_of_each_kind_and_back(tmp_path, master, replica):
    """Each with a pair of its own: the real one counts the votes of its last election for a while more."""
    with running(tmp_path, [master] * 3 + [replica] * 3) as nodes:
        join(nodes, masters=3)
        for how, old, new in zip(("", "FORCE", "TAKEOVER"), nodes[:3], nodes[3:], strict=True):
            for demoted, promoted in ((old, new), (new, old)):
                assert promoted(f"CLUSTER FAILOVER {how}") == "OK"
                wait_until(promoted.is_master)
                wait_until(lambda node=demoted: not node.is_master() and is_synchronized(node))
                wait_until(lambda: is_well(nodes))
