"""A cluster inside this program: it stands, fails over, is made anew, and leaves nothing behind."""

import gc
import os
import sys
import tempfile
import threading
from contextlib import contextmanager

import pytest
from harness import Client, wait_until

from redis_clone.testing import running_cluster
from redis_clone.testing.forming import lines


@pytest.fixture(scope="module")
def shared():
    """A cluster for all tests of this module; `cluster` resets it for each."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def cluster(shared):
    shared.reset()
    return shared


def layout(cluster):
    """What each node that runs says: who is a master with which slots, and who is whose replica."""
    return [{(line.id, line.master, *line.slots) for line in lines(node)} for node in cluster.running]


@contextmanager
def connected(node):
    client = Client((node.host, node.port))
    yield client
    client.close()


def left_over():
    gc.collect()
    files = len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0
    return set(threading.enumerate()), files, os.listdir(tempfile.gettempdir())


def test_a_cluster_stands_with_all_its_slots_and_replicas_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = left_over()
    with running_cluster(masters=2, replicas=1) as cluster:
        assert [len(cluster.replicas_of(node)) for node in cluster.nodes] == [1, 1, 0, 0]
        assert [lines(node)[0].slots or lines(node) for node in cluster.masters]
        assert len({frozenset(view) for view in layout(cluster)}) == 1, "all see the same"
        for node in cluster.nodes:
            assert b"cluster_state:ok" in node.execute("CLUSTER", "INFO")
        assert len(set(cluster.urls)) == 4 and cluster.url == cluster.urls[0]
        assert cluster.addresses[0] == (cluster.nodes[0].host, cluster.nodes[0].port)
    cluster.stop()
    assert left_over() == before


def test_a_cluster_that_cannot_start_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = left_over()
    for wrong in ({"masters": 0}, {"replicas": -1}, {"aclfile": "/no/such/file"}, {"nonsense": 1}):
        with pytest.raises(ValueError):
            running_cluster(**wrong)
    assert left_over() == before


@pytest.mark.slow
def test_its_time_is_that_of_the_system_until_it_is_moved(cluster):
    def ahead():
        return {node._time.ahead_ns for node in cluster.nodes}

    assert ahead() == {0}
    cluster.nodes[1].advance(5)
    assert ahead() == {5 * 10**9}, "a node has no time of its own"
    cluster.reset()
    assert ahead() == {0}
    with pytest.raises(ValueError, match="does not go back"):
        cluster.advance(-1)


def test_the_master_of_a_key_has_it_and_so_have_its_replicas(cluster):
    for key in ("a", "b", "c", b"{a}x"):
        master = cluster.master_of(key)
        assert master.execute("SET", key, "v") == "OK" and master.value(key) == b"v"
        for replica in cluster.replicas_of(master):
            wait_until(lambda replica=replica, key=key: replica._state.databases[0].get_no_stats(key) or 1)
    assert cluster.master_of("a") is cluster.master_of("{a}x")


def test_a_replica_takes_over_when_its_master_is_killed_and_the_old_one_follows_it(cluster):
    master = cluster.master_of("key")
    (replica,) = cluster.replicas_of(master)
    master.execute("SET", "key", 1)
    cluster._tick_until(cluster._has_copied, "no copy")
    cluster.kill(master)
    assert master not in cluster.running and master.url not in cluster.urls
    cluster.wait_until_ok()
    assert cluster.master_of("key") is replica and replica.value("key") == b"1"
    assert {line.port for line in lines(replica) if line.has_failed} == {master.port}
    cluster.start(master)
    cluster.wait_until_ok()
    assert cluster.replicas_of(replica) == [master]
    cluster._tick_until(cluster._has_copied, "no copy")
    with connected(master) as client:
        client("READONLY")
        assert client("GET key") == b"1"


def test_a_manual_failover_loses_nothing_and_can_be_undone(cluster):
    before = layout(cluster)
    master = cluster.nodes[0]
    (replica,) = cluster.replicas_of(master)
    master.execute("SET", "{06S}", 1)  # the first slot
    assert cluster.fail_over(master) is replica and cluster.replicas_of(replica) == [master]
    assert replica.value("{06S}") == b"1"
    assert cluster.fail_over(master) is master, "told the replica, which it is now"
    assert cluster.replicas_of(master) == [replica]
    assert layout(cluster) == before
    assert cluster.fail_over(replica) is replica, "again, though nobody votes about a master twice in a row"
    cluster.kill(master)
    with pytest.raises(ValueError, match="no replica that runs"):
        cluster.fail_over(replica)


@pytest.mark.slow
def test_a_cluster_without_enough_masters_does_not_recover(cluster):
    for node in (*cluster.nodes[:1], *cluster.replicas_of(cluster.nodes[0])):
        cluster.kill(node)
    with pytest.raises(TimeoutError, match=r"(?s)does not recover:\n.* master,fail "):
        cluster.wait_until_ok()
    assert b"cluster_state:fail" in cluster.nodes[1].execute("CLUSTER", "INFO")
    with pytest.raises(RuntimeError, match="no node that runs owns the slot"):
        cluster.master_of("{06S}")
    cluster.reset()
    assert b"cluster_state:ok" in cluster.nodes[1].execute("CLUSTER", "INFO")


@pytest.mark.slow
def test_no_node_seems_to_be_dead_because_time_runs_fast(cluster):
    before = layout(cluster)
    cluster.advance(300)
    assert layout(cluster) == before
    assert not any(line.has_failed or "fail?" in line.flags for node in cluster.nodes for line in lines(node))


@pytest.mark.slow
def test_keys_expire_on_replicas_too_when_the_clock_moves(cluster):
    master = cluster.master_of("key")
    (replica,) = cluster.replicas_of(master)
    master.execute("SET", "key", 1, "EX", 10)
    cluster._tick_until(cluster._has_copied, "no copy")
    assert len(replica._state.databases[0]) == 1
    cluster.advance(10)
    assert master.keys() == []
    wait_until(lambda: len(replica._state.databases[0]) == 0)


def test_reset_of_data_and_settings_keeps_connections(cluster):
    master = cluster.master_of("key")
    with connected(master) as client:
        client("SET key 1"), client("CONFIG SET maxmemory 100mb")
        cluster.nodes[-1].on("GET", error="OOM")
        cluster.nodes[0].reset()
        assert client("CONFIG GET maxmemory") == [b"maxmemory", b"0"] and client("DBSIZE") == 0
    assert not any(len(node._state.databases[0]) for node in cluster.nodes)


@pytest.mark.slow
def test_after_a_failover_reset_makes_the_cluster_anew_at_the_same_addresses(cluster):
    before = cluster.addresses, [node.view.myself.port for node in cluster.masters]
    cluster.master_of("key").execute("SET", "key", 1)
    cluster.fail_over(cluster.nodes[0])
    cluster.kill(cluster.nodes[1])
    cluster.reset()
    assert (cluster.addresses, [node.view.myself.port for node in cluster.masters]) == before
    assert cluster.master_of("key").keys() == []


@pytest.mark.slow
def test_a_cluster_with_a_folder_goes_on_where_it_was(tmp_path):
    with running_cluster(masters=1, replicas=1, directory=tmp_path, appendonly=True) as cluster:
        cluster.nodes[0].execute("SET", "key", 1)
        cluster.fail_over(cluster.nodes[0])
        before = cluster.addresses, layout(cluster)[0]
    assert sorted(os.listdir(tmp_path)) == ["node-1", "node-2"]
    with running_cluster(masters=1, replicas=1, directory=tmp_path, appendonly=True) as cluster:
        assert (cluster.addresses, layout(cluster)[0]) == before
        assert cluster.master_of("key") is cluster.nodes[1] and cluster.nodes[1].value("key") == b"1"


def test_a_command_that_changes_the_view_has_its_reply_when_the_view_is_saved(cluster):
    assert cluster.nodes[0].execute("CLUSTER", "SAVECONFIG") == "OK"
    with pytest.raises(ValueError, match="has to wait"):
        cluster.nodes[0].execute("BLPOP", "{06S}", 0)
