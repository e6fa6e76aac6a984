"""Our server as a replica of a real master: cut off, promoted, back again, and between two real ones."""

import subprocess
from contextlib import contextmanager

import pytest
from harness import REPOSITORY, free_port, has_real_server, serves, wait_until
from replicating import (
    Load,
    assert_same_data,
    connected,
    cut,
    field,
    follow,
    our_replica,
    real_master,
    replica_of,
)

from redis_clone.protocol.errors import RedisError

pytestmark = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
READ_ONLY = RedisError("READONLY You can't write against a read only replica.")


@pytest.fixture
def master(tmp_path):
    with real_master(tmp_path / "master") as client:
        yield client


@pytest.fixture
def replica(master, tmp_path):
    with our_replica(master.port, tmp_path / "replica") as client:
        yield client


@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_it_has_the_data_of_its_master_and_goes_on_after_its_link_was_cut(master, tmp_path, diskless):
    master("CONFIG", "SET", "repl-diskless-sync", diskless)
    for number in range(1000):
        master(f"SET key:{number} {number}")
    with our_replica(master.port, tmp_path / "replica") as replica:
        assert replica("GET key:77") == b"77"
        with Load(("127.0.0.1", master.port), seed=11, writers=1):
            for cuts in range(3):
                cut(master, cuts)
        assert_same_data(master, replica)
        assert field(master, "sync_full") == "1"
        master("SET k v")
        assert master("WAIT 1 0") == 1 and replica("GET k") == b"v"


def test_only_its_master_writes(replica, master):
    master("SET k v")
    assert master("WAIT 1 0") == 1
    assert replica("SET k w") == READ_ONLY and replica("GET k") == b"v"
    replica("MULTI")
    assert replica("INCR n") == READ_ONLY and str(replica("EXEC")).startswith("EXECABORT")
    assert str(replica("WAIT 0 0")).startswith("ERR WAIT cannot be used with replica instances")
    assert replica("PUBLISH a b") == 0 and replica("PFCOUNT k2") == 0
    assert replica("ROLE")[:4] == [b"slave", b"127.0.0.1", master.port, b"connected"]
    assert b" flags=M " in replica("CLIENT LIST TYPE master")


@pytest.mark.slow
def test_an_expired_key_is_hidden_until_the_master_deletes_it(replica, master):
    master("DEBUG SET-ACTIVE-EXPIRE 0")
    master("SET other v")
    assert master("WAIT 1 0") == 1, "the stream flows"
    master("SET k v PX 500")
    assert master("WAIT 1 0") == 1 and replica("GET k") == b"v"
    wait_until(lambda: replica("GET k") is None)
    assert replica("EXISTS k") == 0 and replica("KEYS *") == [b"other"] and replica("DBSIZE") == 2
    wait_until(lambda: master("GET k") is None)  # it expires a millisecond later there
    wait_until(lambda: replica("DBSIZE") == 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ours", "real"])
def test_where_clients_write_too_their_keys_expire_and_a_write_finds_none_that_is_expired(
    master, kind, tmp_path
):
    started = our_replica if kind == "ours" else replica_of
    with started(master.port, tmp_path / kind) as replica:
        replica("CONFIG SET replica-read-only no")
        master("DEBUG SET-ACTIVE-EXPIRE 0")
        master("SADD source a b")
        assert master("WAIT 1 0") == 1, "the stream flows"
        for key in ("hidden", "incremented", "renamed", "deleted", "given"):
            master(f"SET {key} 5 PX 500")
        assert master("WAIT 1 0") == 1
        replica("SET own v PX 500"), replica("PEXPIRE given 500"), replica("EXPIRE source 100")
        assert "slave_expires_tracked_keys:3\r\n" in replica("INFO stats").decode()
        wait_until(lambda: replica("DBSIZE") == 5)  # without own and given
        assert replica("GET hidden") is None and replica("DBSIZE") == 5, "until the master deletes it"
        assert replica("INCR incremented") == 1 and replica("PTTL incremented") == -1
        assert str(replica("RENAME renamed x")) == "ERR no such key" and replica("DBSIZE") == 4
        assert replica("DEL deleted") == 1 and replica("DBSIZE") == 3
        assert field(replica, "slave_repl_offset") == field(master, "master_repl_offset")
        replica("FLUSHALL")
        assert "slave_expires_tracked_keys:0\r\n" in replica("INFO stats").decode()


def test_each_database_is_the_right_one_after_a_cut_too(replica, master):
    master("SELECT 3")
    master("SET a 1")
    cut(master, 0)
    master("SET b 2")
    assert master("WAIT 1 0") == 1
    replica("SELECT 3")
    assert [replica("GET a"), replica("GET b")] == [b"1", b"2"]


def test_a_pause_on_the_replica_holds_the_stream_too(replica, master):
    master("SET k v")
    assert master("WAIT 1 0") == 1
    replica("CLIENT PAUSE 100000 WRITE")
    offset = field(replica, "slave_repl_offset")
    master("SET k w")
    assert master("WAIT 1 100") == 0 and replica("GET k") == b"v"
    assert field(replica, "slave_repl_offset") == offset
    replica("CLIENT UNPAUSE")
    assert master("WAIT 1 0") == 1 and replica("GET k") == b"w"


@pytest.mark.slow
def test_while_the_master_is_gone_old_data_may_be_hidden(replica, master):
    master("SET k v")
    assert master("WAIT 1 0") == 1
    master.process.kill()
    wait_until(lambda: field(replica, "master_link_status") == "down")
    assert replica("GET k") == b"v"
    replica("CONFIG SET replica-serve-stale-data no")
    down = RedisError("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.")
    assert replica("GET k") == replica("PING") == down
    assert replica("ROLE")[3] in (b"connect", b"connecting") and replica("CONFIG GET port")
    assert replica("ROLE")[4] == -1, "there is no link, so nothing is said of it"


def test_a_replica_is_promoted_and_its_master_follows_it_without_a_copy(replica, master):
    master("SET k v")
    assert master("WAIT 1 0") == 1
    assert replica("REPLICAOF NO ONE") == "OK" and replica("SET k w") == "OK"
    assert (field(replica, "role"), field(replica, "master_replid2")) == (
        "master",
        field(master, "master_replid"),
    )
    follow(master, replica.port)
    wait_until(lambda: master("GET k") == b"w")
    assert (field(replica, "sync_full"), field(replica, "sync_partial_ok")) == ("0", "1")
    assert_same_data(replica, master)
    master("REPLICAOF NO ONE")
    master("SET k x")
    follow(replica, master.port)
    wait_until(lambda: replica("GET k") == b"x")
    assert field(master, "sync_partial_ok") == "1", "there and back"


@pytest.mark.slow
def test_between_two_real_servers_it_hands_on_every_byte(replica, master, tmp_path):
    with replica_of(replica.port, tmp_path / "last") as last:
        with Load(("127.0.0.1", master.port), seed=12, writers=1):
            wait_until(lambda: int(field(last, "slave_repl_offset")) > 10_000)
            cut(master, 0)
        assert_same_data(master, replica, last)
        assert field(last, "master_replid") == field(master, "master_replid")
        assert master("SET k v") == "OK"
        wait_until(lambda: last("GET k") == b"v")


@pytest.mark.slow
def test_what_it_gets_is_in_its_own_log(master, tmp_path):
    folder = tmp_path / "replica"
    master("SET before 0")
    with our_replica(master.port, folder, appendonly="yes") as replica:
        master("SET a 1")
        master("MULTI"), master("SET b 2"), master("SET c 3"), master("EXEC")
        assert master("WAIT 1 0") == 1
        wait_until(lambda: field(replica, "aof_rewrite_in_progress") == "0")
        offset = field(replica, "slave_repl_offset")
        assert int(offset) > 0
    with our_replica(0, folder, appendonly="yes") as again:
        assert [again(f"GET {key}") for key in ("before", *"abc")] == [b"0", b"1", b"2", b"3"]


@pytest.mark.slow
def test_a_master_knows_what_its_replica_has_on_its_disk(tmp_path):
    log = {"appendonly": "yes", "appendfsync": "always"}
    with (
        our_replica(0, tmp_path / "master", **log) as master,
        our_replica(master.port, tmp_path / "replica", **log) as replica,
    ):
        for number in range(20):
            assert master(f"SET k {number}") == "OK" and master("WAITAOF 1 1 0") == [1, 1]
            assert replica("GET k") == b"%d" % number
        replica("CONFIG SET appendfsync no")
        master("SET k last")
        assert master("WAITAOF 1 1 50") == [1, 0] and master("WAIT 1 0") == 1
        replica("CONFIG SET appendfsync everysec")
        assert master("WAITAOF 1 1 0") == [1, 1]
        replica("CONFIG SET appendonly no")
        master("SET k more")
        assert master("WAIT 1 0") == 1 and master("WAITAOF 1 1 50") == [1, 0]


def test_replicaof_is_written_by_config_rewrite_and_read_at_the_start(master, tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text(f"port {free_port()}\ndir {tmp_path}\nsave ''\n")
    with program(path) as client:
        assert client(f"REPLICAOF localhost {master.port}") == "OK"
        assert client("CONFIG REWRITE") == "OK"
        assert client(f"REPLICAOF localhost {master.port}") == "OK Already connected to specified master"
    assert f"replicaof localhost {master.port}" in path.read_text()
    with program(path) as client:
        wait_until(lambda: field(client, "master_link_status") == "up")
        client("REPLICAOF NO ONE")
        client("CONFIG REWRITE")
    assert "\nreplicaof" not in path.read_text()


@contextmanager
def program(path):
    """The server as a program, with this configuration file."""
    from harness import sys

    process = subprocess.Popen(
        [sys.executable, "server.py", str(path)], cwd=REPOSITORY, stdout=subprocess.DEVNULL
    )
    try:
        port = int(path.read_text().split()[1])
        wait_until(lambda: serves(("127.0.0.1", port)))
        yield connected(port)
    finally:
        process.kill()
        process.wait()


def test_a_replica_evicts_only_when_it_is_not_to_ignore_maxmemory(replica, master):
    master("SET k v")
    assert master("WAIT 1 0") == 1
    replica("CONFIG SET maxmemory-policy allkeys-lru"), replica("CONFIG SET maxmemory 1")
    assert replica("DBSIZE") == 1
    replica("CONFIG SET replica-ignore-maxmemory no")
    wait_until(lambda: replica("DBSIZE") == 0)


def test_a_link_that_never_was_is_not_down_since_any_time(tmp_path):
    with our_replica(0, tmp_path / "replica") as replica:
        assert replica("REPLICAOF 127.0.0.1 1") == "OK"
        wait_until(lambda: replica("ROLE")[3] == b"connecting" or replica("ROLE")[3] == b"connect")
        assert field(replica, "master_link_down_since_seconds") == "-1"
        assert replica("ROLE")[4] == -1 and replica("REPLICAOF NO ONE") == "OK"
        assert replica("SET k v") == "OK"


@pytest.mark.slow
@pytest.mark.parametrize("diskless", ["yes", "no"])
def test_full_synchronizations_under_load_in_each_way_of_loading_bring_equal_data(master, tmp_path, diskless):
    master("CONFIG", "SET", "repl-diskless-sync", diskless)
    master("DEBUG POPULATE 5000"), master("CONFIG SET repl-backlog-size 16kb")
    replica, last = tmp_path / "replica", tmp_path / "last"
    with our_replica(master.port, replica) as replica, replica_of(replica.port, last) as last:
        for turn, way in enumerate(("swapdb", "disabled", "on-empty-db", "swapdb"), start=2):
            replica("CONFIG", "SET", "repl-diskless-load", way)
            assert replica("REPLICAOF 127.0.0.1 1") == "OK"
            for number in range(5):  # more than the backlog keeps
                master("SET", f"large:{number}", "x" * 1_000_000)
            with Load(("127.0.0.1", master.port), seed=turn, writers=1):
                follow(replica, master.port)
                assert field(master, "sync_full") == str(turn), way
            assert_same_data(master, replica, last)


def test_a_save_of_the_old_data_does_not_replace_the_file_of_the_master(master, tmp_path):
    master("SET new 1")
    with our_replica(0, tmp_path / "replica") as replica:
        for number in range(200):
            replica(f"SET old:{number} v")
        replica("CONFIG SET rdb-key-save-delay 20000")
        assert replica("BGSAVE") == "Background saving started"
        follow(replica, master.port)
        assert field(replica, "rdb_bgsave_in_progress") == "0"
        assert replica("DEBUG RELOAD NOSAVE") == "OK" and replica("KEYS *") == [b"new"]


@pytest.mark.slow
def test_the_log_holds_the_new_data_after_they_were_swapped_in(master, tmp_path):
    folder, parameters = tmp_path / "replica", {"appendonly": "yes", "repl-diskless-load": "swapdb"}
    master("SET new 1")
    with our_replica(0, folder, **parameters) as replica:
        replica("SET old 1")
        follow(replica, master.port)
        master("SET after 2")
        assert master("WAIT 1 0") == 1
        wait_until(lambda: field(replica, "aof_rewrite_in_progress") == "0")
    with our_replica(0, folder, **parameters) as again:
        assert [again(f"GET {key}") for key in ("old", "new", "after")] == [None, b"1", b"2"]
