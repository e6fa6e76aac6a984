"""Clients write to a cluster of our nodes and real ones, while masters are killed and slots move.

What WAIT has acknowledged is there afterwards.  What it has not may be lost, in Redis too, and is counted.
"""

import random
import shutil
import threading

import pytest
import redis as redis_py
from cluster_nodes import OURS, REAL, is_synchronized, is_well, join, redis_cli, running
from harness import has_real_server, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli"),
]
KEYS, WRITERS = 200, 3


class Writer(threading.Thread):
    """Sets keys of its own to higher and higher numbers, until it is told to stop."""

    def __init__(self, node, number):
        super().__init__()
        self.client = redis_py.RedisCluster(host="127.0.0.1", port=node.port)
        self.number = number
        self.is_over = threading.Event()
        self.acknowledged = {}  # by key: the number that a replica has too
        self.answered = {}  # and the one that only the master may have

    def run(self):
        value = 0
        while not self.is_over.is_set():
            value += 1
            key = f"{self.number}:{value % KEYS}"
            try:
                self._write(key, value)
            except redis_py.RedisError:
                self.is_over.wait(0.02)  # its master is away

    def _write(self, key, value):
        """SET and WAIT go through one connection, for WAIT counts what came through it."""
        node = self.client.get_node_from_key(key)
        pool = self.client.get_redis_connection(node).connection_pool
        connection = pool.get_connection()
        try:
            connection.send_command("SET", key, value)
            connection.read_response()
            self.answered[key] = value
            connection.send_command("WAIT", 1, 500)
            if connection.read_response() >= 1:
                self.acknowledged[key] = value
        except redis_py.exceptions.MovedError:
            self.client.set(key, value)  # which finds its way, and the new view of the slots
            self.answered[key] = value
        finally:
            pool.release(connection)

    def stop(self):
        self.is_over.set()
        self.join()


def kill_a_master(nodes, draw):
    master = draw.choice([node for node in nodes if node.is_master() and node.line_of(node)[8:]])
    replicas = [node for node in nodes if node is not master and node.line_of(node)[3] == master.id]
    master.kill()
    wait_until(lambda: any(node.is_master() for node in replicas))
    master.start()
    wait_until(lambda: not master.is_master() and is_synchronized(master))
    wait_until(lambda: is_well(nodes))


def move_slots(nodes, draw):
    source, target = draw.sample([node for node in nodes if node.is_master()], 2)
    redis_cli("reshard", f"127.0.0.1:{source.port}", "--cluster-from", source.id, "--cluster-to", target.id,
              "--cluster-slots", "30")  # fmt: skip


@pytest.mark.parametrize(
    "kinds",
    [
        [OURS] * 6,
        pytest.param([OURS, REAL] * 3, marks=pytest.mark.skipif(not has_real_server(), reason="needs it")),
    ],
)
def test_what_wait_has_acknowledged_survives_failovers_and_moves_of_slots(tmp_path, kinds):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with running(tmp_path, kinds) as nodes:
        join(nodes, masters=3)
        writers = [Writer(nodes[number], number) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            for _ in range(2):
                wait_until(lambda: all(len(writer.acknowledged) == KEYS for writer in writers))
                kill_a_master(nodes, draw)
                move_slots(nodes, draw)
        finally:
            for writer in writers:
                writer.stop()
        wait_until(lambda: is_well(nodes))
        for writer in writers:
            lost = older_than(writer.client, writer.answered)
            print(f"{len(lost)} of {len(writer.answered)} answers are lost")
            assert not older_than(writer.client, writer.acknowledged)
            writer.client.close()


def older_than(client, written):
    return {key: value for key, value in written.items() if int(client.get(key) or 0) < value}
