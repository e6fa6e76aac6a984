"""Real replicas of our server: they follow it, are cut off and killed, come back, and have the same data."""

import random
import re
import subprocess
import threading
from contextlib import contextmanager

import pytest
from harness import Client, free_port, has_real_server, our_server, started, wait_until

pytestmark = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
PARAMETERS = {"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1"}
WRITES = (
    "SET s{} {}", "INCR n{}", "RPUSH l{} {}", "LPOP l{}", "SADD m{} {}", "SPOP m{}", "HSET h{} f{} 1",
    "DEL h{}", "ZADD z{} {} a", "ZINCRBY z{} 1.5 b", "XADD x{} * f {}", "EXPIRE s{} 100", "APPEND s{} {}",
    "SETRANGE s{} {} v", "PFADD p{} {}", "MSET s{} 1 n1 {}", "INCRBYFLOAT f{} 0.1", "SET t{} v PX {}",
)  # fmt: skip


@contextmanager
def replica_of(port, folder, *words):
    """A real server that follows the one at `port`; yields a client of it, and how to kill it at once."""
    own_port = free_port()
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        ["redis-server", "--port", str(own_port), "--dir", str(folder), "--save", "",
         "--enable-debug-command", "yes", "--replicaof", "127.0.0.1", str(port), *words],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        client = wait_until(lambda: connected(own_port))
        wait_until(lambda: field(client, "master_link_status") == "up")
        yield client
    finally:
        process.kill()
        process.wait()


def run(command):
    return subprocess.run(command, check=True, capture_output=True, text=True)


def connected(port):
    try:
        return Client(("127.0.0.1", port))
    except ConnectionError:
        return None


def field(client, name):
    found = re.search(rf"^{name}:(.*)\r$", client("INFO all").decode(), re.MULTILINE)
    return found.group(1) if found else None


@pytest.fixture
def master():
    with our_server(**PARAMETERS) as address:
        client = Client(address)
        client.port = address[1]
        yield client
        client.close()


class Load:
    """Threads that write at random until the `with` over it ends."""

    def __init__(self, address, seed, writers=3):
        self._address = address
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(seed + n,)) for n in range(writers)]

    def _write(self, seed):
        draw, client = random.Random(seed), Client(self._address)
        while not self._is_over.is_set():
            lines = [draw.choice(WRITES).format(draw.randrange(20), draw.randrange(1, 50)) for _ in range(10)]
            if draw.random() < 0.3:
                lines = ["MULTI", *lines, "EXEC"]
            for line in lines:
                client.send(line)
            for _ in lines:
                client.read()
        client.close()

    def __enter__(self):
        for thread in self._threads:
            thread.start()

    def __exit__(self, *exception):
        self._is_over.set()
        for thread in self._threads:
            thread.join()


def cut(master, cuts_before):
    """Cut the link of the one replica, and wait until it has gone on."""
    assert master("CLIENT KILL TYPE replica") == 1
    wait_until(lambda: field(master, "sync_partial_ok") == str(cuts_before + 1))


def assert_same_data(master, *replicas):
    """Keys that expire are made to stay, for a replica only deletes them when its master says so."""
    for key in master("KEYS *"):
        master("PERSIST", key)
    offset = field(master, "master_repl_offset")
    for replica in replicas:
        wait_until(lambda replica=replica: int(field(replica, "slave_repl_offset")) >= int(offset))
        wait_until(lambda replica=replica: replica("DEBUG DIGEST") == master("DEBUG DIGEST"))


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_a_real_replica_has_the_same_data_and_goes_on_after_its_link_was_cut(master, tmp_path, diskless):
    master("CONFIG", "SET", "repl-diskless-sync", diskless)
    for number in range(1000):
        master(f"SET key:{number} {number}")
    with replica_of(master.port, tmp_path / "replica") as replica:
        with Load(("127.0.0.1", master.port), seed=1):
            for cuts in range(3):
                cut(master, cuts)
        assert_same_data(master, replica)
        assert (field(master, "sync_full"), field(master, "sync_partial_ok")) == ("1", "3")
        assert replica("GET key:77") == b"77"
        master("SET k v")
        assert master("WAIT 1 0") == 1 and replica("GET k") == b"v"


def test_a_message_reaches_the_subscribers_of_a_replica(master, tmp_path):
    with replica_of(master.port, tmp_path / "replica") as replica:
        assert replica("SUBSCRIBE news") == [b"subscribe", b"news", 1]
        master("PUBLISH news rain")
        assert replica.read() == [b"message", b"news", b"rain"]


@pytest.mark.slow
def test_a_chain_of_three_has_the_same_data(master, tmp_path):
    with replica_of(master.port, tmp_path / "middle") as middle:
        port = int(middle("CONFIG GET port")[1])
        with replica_of(port, tmp_path / "last", "--repl-diskless-sync-delay", "0") as last:
            with Load(("127.0.0.1", master.port), seed=2):
                wait_until(lambda: int(field(last, "slave_repl_offset")) > 10_000)
            assert_same_data(master, middle, last)


def test_a_replica_that_is_killed_comes_back_and_has_the_same_data(master, tmp_path):
    with Load(("127.0.0.1", master.port), seed=3):
        for _ in range(3):
            with replica_of(master.port, tmp_path / "replica"):
                master("WAIT 1 1000")
    with replica_of(master.port, tmp_path / "replica") as replica:
        assert_same_data(master, replica)


@pytest.mark.parametrize("cuts", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_no_byte_of_the_stream_is_lost_or_doubled_by_random_cuts(master, tmp_path, cuts):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with replica_of(master.port, tmp_path / "replica") as replica:
        with Load(("127.0.0.1", master.port), seed):
            for number in range(cuts):
                for _ in range(draw.randrange(4)):
                    master(draw.choice(("PUBLISH a b", "PING", "WAIT 1 5")))
                cut(master, number)
        assert_same_data(master, replica)
        assert field(master, "sync_full") == "1"


@pytest.mark.slow
def test_after_a_restart_of_the_master_its_replica_goes_on(tmp_path):
    words = ("--dir", str(tmp_path), "--port", str(free_port()), "--repl-diskless-sync-delay", "0")
    with started(*words) as (process, port), replica_of(port, tmp_path / "replica") as replica:
        master = Client(("127.0.0.1", port))
        master("SET a 1")
        master("SET soon gone PX 1")
        assert master("WAIT 1 0") == 1
        master.send("SHUTDOWN SAVE")
        process.wait()
        with started(*words):
            master = wait_until(lambda: connected(port))
            wait_until(lambda: b"state=online" in master("INFO replication"))
            assert (field(master, "sync_full"), field(master, "sync_partial_ok")) == ("0", "1")
            master("SET b 2")
            assert_same_data(master, replica)
            assert sorted(replica("KEYS *")) == [b"a", b"b"]


@pytest.mark.slow
def test_redis_cli_fetches_a_file_and_shows_the_stream(master, tmp_path):
    master("SET k v")
    path = tmp_path / "fetched.rdb"
    fetch = ["redis-cli", "-p", str(master.port), "--rdb", str(path)]
    assert "Transfer finished with success" in run(fetch).stderr
    assert "1 keys read" in run(["redis-check-rdb", str(path)]).stdout
    watch = ["redis-cli", "-p", str(master.port), "--replica"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        wait_until(lambda: b"state=online" in master("INFO replication"))
        master("SET k w")
        line = next(line for line in process.stdout if '"SET"' in line)
        assert line == '"SET","k","w"\n'
        process.kill()
