"""Servers are killed at random moments: no write is lost that WAIT has acknowledged."""

import random
import threading
from contextlib import suppress

import pytest
from harness import Client, free_port, has_real_server, started, wait_until
from replicating import connected, field, our_replica, replica_of

pytestmark = pytest.mark.slow
MASTER = ("--repl-diskless-sync-delay", "0")


class Writers:
    """Clients that write, and wait each time until a replica has the write, as long as there is a master."""

    def __init__(self, port, count=4):
        self.acknowledged = [0] * count  # of each client: so many of its writes, from 0 on
        self._port = port
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(count)]

    def _write(self, number):
        with suppress(OSError, EOFError):
            client = Client(("127.0.0.1", self._port))
            while True:
                at = self.acknowledged[number]
                client.send(f"SET key:{number}:{at} {at}")
                client.send("WAIT 1 0")
                assert client.read() == "OK" and client.read() >= 1
                self.acknowledged[number] += 1

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        for thread in self._threads:
            thread.join()

    def lost(self, server):
        """The acknowledged writes that a server does not have."""
        keys = [f"key:{n}:{at}" for n, count in enumerate(self.acknowledged) for at in range(count)]
        return [key for key, value in zip(keys, server("MGET", *keys), strict=True) if value is None]


@pytest.fixture(params=range(5))
def draw(request):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def kill_in_the_middle(draw, writers, *processes):
    """Kill the processes, in this order, when some writes have been acknowledged."""
    at = draw.randrange(20, 1000)
    wait_until(lambda: sum(writers.acknowledged) >= at)
    for process in processes:
        process.kill()


@pytest.mark.parametrize("kind", ["real", "ours"])
def test_the_replica_that_is_promoted_has_what_was_acknowledged(tmp_path, draw, kind):
    if kind == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    start_replica = replica_of if kind == "real" else our_replica
    with started(*MASTER) as (process, port), start_replica(port, tmp_path / "replica") as replica:
        with Writers(port) as writers:
            kill_in_the_middle(draw, writers, process)
        assert replica("REPLICAOF NO ONE") == "OK"
        assert sum(writers.acknowledged) >= 20 and writers.lost(replica) == []


def test_a_replica_that_is_killed_too_has_it_in_its_log(tmp_path, draw):
    port, folder = free_port(), tmp_path / "replica"
    folder.mkdir()
    words = ("--port", str(port), "--dir", str(folder), "--appendonly", "yes")
    with (
        started(*MASTER) as (process, master_port),
        started(*words, "--replicaof", "127.0.0.1", str(master_port)) as (replica_process, _),
    ):
        replica = connected(port)
        wait_until(lambda: field(replica, "master_link_status") == "up")
        wait_until(lambda: field(replica, "aof_rewrite_in_progress") == "0")
        with Writers(master_port) as writers:
            kill_in_the_middle(draw, writers, replica_process, process)
    with started(*words):
        assert sum(writers.acknowledged) >= 20 and writers.lost(connected(port)) == []
