"""What clients see of a cluster: where they are sent, while slots move too, and which messages they get."""

import shutil
import subprocess
import threading

import pytest
from cluster_nodes import OURS, REAL, join, redis_cli, running
from harness import Client, has_real_server, wait_until

needs_real_server = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
needs_redis_cli = pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli")
BOTH = [[OURS] * 3, pytest.param([OURS, REAL, OURS], marks=needs_real_server)]
MIXED = [[OURS, REAL, OURS], [REAL, OURS, OURS], [OURS, OURS, REAL]]


def key_at(node, number):
    """A key of the slots that the master with this number has, of three."""
    return next(f"k{n}" for n in range(1000) if node(f"CLUSTER KEYSLOT k{n}") * 3 // 16384 == number)


def listening(node, *lines):
    client = Client(node.address)
    for line in lines:
        client(line)
    return client


@pytest.fixture(scope="module", params=MIXED)
def shards(request, tmp_path_factory):
    """A master with a replica, which is the third node, and another master."""
    with running(tmp_path_factory.mktemp("shards"), request.param, timeout_ms=10_000) as nodes:
        join(nodes, masters=2)
        yield nodes


@pytest.fixture(scope="module", params=BOTH)
def masters(request, tmp_path_factory):
    """Three masters."""
    with running(tmp_path_factory.mktemp("masters"), request.param, timeout_ms=10_000) as nodes:
        join(nodes, masters=3)
        yield nodes


@needs_real_server
@pytest.mark.slow
def test_a_message_reaches_subscribers_at_every_node_once(shards):
    nodes = shards
    listeners = [listening(node, "SUBSCRIBE news") for node in nodes]
    for number, node in enumerate(nodes):
        assert node(f"PUBLISH news from-{number}") == 1, "it counts its own subscribers"
        expected = [b"message", b"news", b"from-%d" % number]
        assert [listener.read() for listener in listeners] == [expected] * 3
    for listener in listeners:
        listener.send("PING")
        assert listener.read()[0] == b"pong", "no message came twice"
        listener.close()


@needs_real_server
@pytest.mark.slow
def test_a_message_of_a_shard_channel_reaches_the_nodes_of_its_shard(shards):
    master, other, replica = shards
    channel = next(f"c{n}" for n in range(100) if master(f"CLUSTER KEYSLOT c{n}") < 8192)
    listeners = [listening(node, f"SSUBSCRIBE {channel}") for node in (master, replica)]
    for node in (master, replica):
        assert node(f"SPUBLISH {channel} hello") == 1
        expected = [b"smessage", channel.encode(), b"hello"]
        assert [listener.read() for listener in listeners] == [expected] * 2
    assert str(other(f"SPUBLISH {channel} hello")).startswith("MOVED ")
    for listener in listeners:
        listener.send("PING")
        assert listener.read()[0] == b"pong", "no message came twice"
        listener.close()


@needs_redis_cli
@pytest.mark.slow
def test_redis_cli_follows_moved_and_ask(masters):
    nodes = masters
    first, second, third = nodes
    here, there = key_at(first, 0), key_at(first, 2)

    def ask(line):
        command = ["redis-cli", "-c", "-p", str(first.port), *line.split()]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    assert ask(f"SET {there} far") == "OK" and third(f"GET {there}") == b"far"
    assert ask(f"GET {there}") == "far"
    slot = first(f"CLUSTER KEYSLOT {here}")
    assert first(f"SET {here} old") == "OK"
    assert second(f"CLUSTER SETSLOT {slot} IMPORTING {first.id}") == "OK"
    assert first(f"CLUSTER SETSLOT {slot} MIGRATING {second.id}") == "OK"
    assert ask(f"GET {here}") == "old"
    assert ask(f"SET {{{here}}}2 new") == "OK", "a key that is not there yet is made at the target"
    assert second("ASKING") == "OK" and second(f"GET {{{here}}}2") == b"new"
    assert str(second(f"GET {{{here}}}2")) == f"MOVED {slot} 127.0.0.1:{first.port}"
    assert first(f'MIGRATE 127.0.0.1 {second.port} "" 0 10000 KEYS {here}') == "OK"
    assert ask(f"MGET {here} {{{here}}}2").split() == ["old", "new"]
    for node in nodes:
        assert node(f"CLUSTER SETSLOT {slot} NODE {second.id}") == "OK"
    assert str(first(f"GET {here}")) == f"MOVED {slot} 127.0.0.1:{second.port}"
    assert ask(f"GET {here}") == "old"


class Writer:
    """A program that writes and reads by redis-py's RedisCluster, until the `with` over it ends."""

    def __init__(self, port):
        redis = pytest.importorskip("redis")
        self._cluster = redis.cluster.RedisCluster("127.0.0.1", port)
        self._is_over = threading.Event()
        self.rounds, self.problem = 0, None
        self._thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            while not self._is_over.is_set():
                self._write(self.rounds)
                self.rounds += 1
        except Exception as problem:
            self.problem = problem

    def _write(self, number):
        cluster, key = self._cluster, f"counter-{number % 300}"
        assert cluster.incr(key) == number // 300 + 1
        assert cluster.get(key) == b"%d" % (number // 300 + 1)
        cluster.rpush(f"list-{number % 50}", number)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        self._thread.join()

    def total(self):
        return sum(int(self._cluster.get(f"counter-{n}") or 0) for n in range(300))

    def close(self):
        self._cluster.close()


@needs_redis_cli
@pytest.mark.slow
def test_a_program_reads_and_writes_while_slots_move(masters):
    nodes = masters
    writer = Writer(nodes[0].port)
    with writer:
        for source, target in ((0, 1), (1, 2), (2, 0)):
            wanted = writer.rounds + 300
            wait_until(lambda wanted=wanted: writer.rounds > wanted or writer.problem)
            redis_cli(
                "reshard", f"127.0.0.1:{nodes[0].port}", "--cluster-from", nodes[source].id,
                "--cluster-to", nodes[target].id, "--cluster-slots", "100",
            )  # fmt: skip
    assert writer.problem is None
    assert writer.total() == writer.rounds
    said = redis_cli("check", f"127.0.0.1:{nodes[1].port}")
    assert "[OK] All 16384 slots covered" in said and "[ERR]" not in said
    keys = [key for node in nodes for key in node("KEYS *")]
    assert len(keys) == len(set(keys)), "each key is at one node"
    writer.close()
