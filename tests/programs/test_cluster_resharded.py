"""redis-cli --cluster moves slots between our nodes and real ones, and mends and imports."""

import shutil
import subprocess

import pytest
import redis as redis_py
from cluster_nodes import OURS, REAL, is_synchronized, is_well, join, meet, redis_cli, running
from harness import free_port, has_real_server, serves, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli"),
]
MIXED = [
    [OURS] * 4,
    pytest.param(
        [OURS, REAL, REAL, OURS], marks=pytest.mark.skipif(not has_real_server(), reason="needs it")
    ),
    pytest.param(
        [REAL, OURS, OURS, REAL], marks=pytest.mark.skipif(not has_real_server(), reason="needs it")
    ),
]
KEYS = 500


def at(node):
    return f"127.0.0.1:{node.port}"


def slots_of(node):
    shown = redis_cli("check", at(node))
    return int(
        next(line for line in shown.splitlines() if line.startswith(at(node))).split("|")[1].split()[0]
    )


def assert_well(nodes):
    wait_until(lambda: is_well(nodes))
    said = redis_cli("check", at(nodes[0]))
    assert "[OK] All nodes agree about slots configuration" in said and "[OK] All 16384 slots covered" in said


@pytest.fixture(scope="module", params=MIXED)
def cluster(request, tmp_path_factory):
    """Three masters, and a node that belongs to no cluster yet."""
    with running(tmp_path_factory.mktemp("cluster"), request.param, timeout_ms=10_000) as nodes:
        join(nodes[:3], masters=3)
        yield nodes


@pytest.fixture
def nodes(cluster):
    """These nodes, with keys, which must be there afterwards too."""
    client = client_of(cluster[0])
    for number in range(KEYS):
        client.set(f"key:{number}", number)
    yield cluster
    assert [client.get(f"key:{number}") for number in range(KEYS)] == [b"%d" % n for n in range(KEYS)]
    client.close()


def client_of(node):
    return redis_py.RedisCluster(host="127.0.0.1", port=node.port)


def test_slots_go_to_a_new_node_and_back_and_it_leaves(nodes):
    first, *_, new = nodes
    redis_cli("add-node", at(new), at(first))
    meet(nodes)
    wait_until(lambda: new.info("cluster_state") == "ok")  # a new master waits a little
    for source, target in ((nodes[1], new), (nodes[2], new), (nodes[0], nodes[1])):
        redis_cli("reshard", at(first), "--cluster-from", source.id, "--cluster-to", target.id,
                  "--cluster-slots", "40")  # fmt: skip
    assert slots_of(new) == 80
    assert_well(nodes)
    redis_cli("reshard", at(first), "--cluster-from", new.id, "--cluster-to", first.id,
              "--cluster-slots", "80")  # fmt: skip
    wait_until(lambda: not new.is_master())  # whoever loses its last slot follows the one who has it
    wait_until(lambda: is_synchronized(new))
    redis_cli("del-node", at(first), new.id)
    assert_well(nodes[:3])
    assert all(node.line_of(new) is None for node in nodes[:3])


def test_a_move_that_was_broken_off_is_mended(nodes):
    source, target = nodes[0], nodes[1]
    slot = source("CLUSTER KEYSLOT key:0") if owns(source, "key:0") else 0
    assert target(f"CLUSTER SETSLOT {slot} IMPORTING {source.id}") == "OK"
    assert source(f"CLUSTER SETSLOT {slot} MIGRATING {target.id}") == "OK"
    keys = source(f"CLUSTER GETKEYSINSLOT {slot} 100")
    for key in keys[:1]:
        assert source("MIGRATE", "127.0.0.1", target.port, key, 0, 5000) == "OK"
    said = redis_cli("fix", at(source))
    assert "Fixing open slot" in said
    assert_well(nodes[:3])


def owns(node, key):
    return not str(node(f"EXISTS {key}")).startswith("MOVED")


def test_keys_of_a_server_outside_are_imported(nodes, tmp_path):
    port = free_port()
    outside = subprocess.Popen(
        ["redis-server", "--port", str(port), "--save", "", "--dir", str(tmp_path)], stdout=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: serves(("127.0.0.1", port)))
        source = redis_py.Redis(port=port)
        for number in range(100):
            source.rpush(f"imported:{number}", number)
        redis_cli("import", at(nodes[0]), "--cluster-from", f"127.0.0.1:{port}")
        assert source.dbsize() == 0
        source.close()
    finally:
        outside.kill()
        outside.wait()
    client = client_of(nodes[1])
    assert [client.lrange(f"imported:{n}", 0, -1) for n in range(100)] == [[b"%d" % n] for n in range(100)]
    client.close()
