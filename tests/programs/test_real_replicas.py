"""Real replicas of our server: they follow it, are cut off and killed, come back, and have the same data."""

import random
import subprocess

import pytest
from harness import Client, free_port, has_real_server, our_server, started, wait_until
from replicating import Load, assert_same_data, connected, cut, field, replica_of, run

pytestmark = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
PARAMETERS = {"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "1"}


@pytest.fixture
def master():
    with our_server(**PARAMETERS) as address:
        client = Client(address)
        client.port = address[1]
        yield client
        client.close()


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
    with (
        replica_of(master.port, tmp_path / "middle") as middle,
        replica_of(middle.port, tmp_path / "last") as last,
    ):
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
    library = "#!lua name=mine\nredis.register_function('one', function() return 1 end)"
    assert master("FUNCTION", "LOAD", library) == b"mine"
    fetch = ["redis-cli", "-p", str(master.port), "--functions-rdb", str(path)]
    assert "Transfer finished with success" in run(fetch).stderr
    assert (
        "0 keys read" in run(["redis-check-rdb", str(path)]).stdout and library.encode() in path.read_bytes()
    )
    watch = ["redis-cli", "-p", str(master.port), "--replica"]
    with subprocess.Popen(watch, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        wait_until(lambda: b"state=online" in master("INFO replication"))
        master("SET k w")
        line = next(line for line in process.stdout if '"SET"' in line)
        assert line == '"SET","k","w"\n'
        process.kill()
