"""A replica takes over the data of a master, by each way of `repl-diskless-load`; the test plays the master.

A file is loaded slowly by `key-load-delay`, and what clients get meanwhile is looked at; CONFIG SET ends the
delay.  The real server looks at its clients only between two parts of the file that have come, so a file is
sent before they ask.
"""

import random
import re
from contextlib import contextmanager

import pytest
from fake_master import MARK, OTHER_REPLID, REPLID, FakeMaster, file_of
from harness import Client, has_real_server, our_server, real_server, started, wait_until

from redis_clone.network import server as network_server
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import NULL_ARRAY

LOADING = RedisError("LOADING Redis is loading the dataset in memory")
READ_ONLY = RedisError("READONLY You can't write against a read only replica.")
PARAMETERS = {"loading-process-events-interval-bytes": "1024", "repl-diskless-sync-delay": "0"}
OLD, NEW = file_of("SET old 1", values=10), file_of("SET new 2", values=2000)


@pytest.fixture
def master():
    master = FakeMaster()
    yield master
    master.close()


@pytest.fixture(autouse=True)
def impatience(monkeypatch):
    """Ours comes again at once after a failure, as the real one does."""
    monkeypatch.setattr(network_server, "RETRY_SECONDS", 0.01)


@pytest.fixture(params=["ours", "real"])
def start(request, tmp_path):
    """Starts a server that follows nobody yet; returns a function that makes clients of it."""
    if request.param == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    contexts, clients = [], []

    def start(mode, **parameters):
        parameters = {**PARAMETERS, "repl-diskless-load": mode, **parameters}
        if request.param == "ours":
            context = our_server(dir=str(tmp_path), **parameters)
        else:
            context = real_server(
                tmp_path, *(w for name, text in parameters.items() for w in (f"--{name}", text))
            )
        contexts.append(context)
        address = context.__enter__()

        def connect(protocol=2):
            clients.append(Client(address))
            clients[-1].is_ours = request.param == "ours"
            if protocol == 3:
                clients[-1]("HELLO 3")
            return clients[-1]

        return connect

    yield start
    for client in clients:
        client.close()
    for context in contexts:
        context.__exit__(None, None, None)


def info(client, name):
    found = re.search(rf"^{name}:(.*)\r$", client("INFO everything").decode(), re.MULTILINE)
    return found.group(1) if found else None


@contextmanager
def slowly(client):
    """Within it, a file is loaded slowly."""
    assert client("CONFIG SET key-load-delay 2000") == "OK"
    yield
    assert client("CONFIG SET key-load-delay 0") == "OK"


def follow(client, master):
    assert client(f"REPLICAOF 127.0.0.1 {master.port}") == "OK"
    return master.accept()


def have_old_data(client, master):
    """The replica has the data and the history of the master, and asks for more after its link was cut."""
    follow(client, master)
    master.synchronize(1000, OLD)
    assert client("GET old") == b"1"
    assert master.accept() == (REPLID, 1001)


def is_loaded(client, master, key="new", value=b"2"):
    master.receive_until(b"ACK")
    wait_until(lambda: info(client, "master_link_status") == "up")
    return client("GET", key) == value and (info(client, "loading"), info(client, "async_loading")) == (
        "0",
        "0",
    )


# What clients get meanwhile.


def test_with_swapdb_an_earlier_state_of_the_same_data_is_served_meanwhile(start, master):
    client = start("swapdb")()
    have_old_data(client, master)
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "async_loading") == "1")
        assert info(client, "loading") == "0" and info(client, "loading_loaded_bytes") is not None
        assert (client("GET old"), client("GET new"), client("PING")) == (b"1", None, "PONG")
        for line in ("REPLICAOF NO ONE", "BGSAVE", "PSYNC ? -1", "BGREWRITEAOF"):
            assert client(line) == LOADING, line
        assert client("SET k v") == READ_ONLY
        assert client("ROLE")[3:] == [b"sync", -1] and info(client, "master_sync_in_progress") == "1"
        client("CONFIG SET replica-read-only no")
        assert client("SET mine 1") == client("FLUSHALL") == "OK"
    assert is_loaded(client, master)
    assert (client("GET old"), client("DBSIZE")) == (None, 2001)
    assert (info(client, "slave_repl_offset"), info(client, "rdb_last_load_keys_loaded")) == ("2000", "2001")


@pytest.mark.parametrize(
    "mode, before", [("swapdb", "SET old 1"), ("on-empty-db", "PING"), ("disabled", "SET old 1")]
)
def test_clients_wait_for_other_data(start, master, mode, before):
    client = start(mode)()
    client(before)
    follow(client, master)
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "loading") == "1")
        for line in ("GET old", "PING", "DBSIZE", "REPLICAOF NO ONE", "BGSAVE"):
            assert client(line) == LOADING, line
        wait_until(lambda: info(client, "loading_rdb_used_mem") == "1000000")  # it stands behind the header
        assert int(info(client, "loading_total_bytes")) == (len(NEW) if mode == "disabled" else 0)
        loaded, percent = (info(client, f"loading_loaded_{name}") for name in ("bytes", "perc"))
        assert 0 < float(percent) < 100 and 0 < int(loaded) < len(NEW)
        assert client("ROLE")[3:] == [b"sync", -1] and info(client, "async_loading") == "0"
    assert is_loaded(client, master)
    assert (client("GET old"), client("DBSIZE")) == (None, 2001)


def test_nothing_is_saved_or_reloaded_while_a_file_is_loaded(master, tmp_path):
    """The real server reloads its file all the same, and goes on as if it had not."""
    parameters = {**PARAMETERS, "dir": str(tmp_path), "enable-debug-command": "yes"}
    with our_server(**parameters) as address:
        client = Client(address)
        client("SET old 1")
        follow(client, master)
        with slowly(client):
            master.begin(2000)
            master.send(NEW + MARK)
            wait_until(lambda: info(client, "loading") == "1")
            for line in ("DEBUG RELOAD", "DEBUG LOADAOF", "SAVE", "CONFIG SET appendonly yes"):
                assert client(line) == LOADING, line
        assert is_loaded(client, master) and client("DEBUG RELOAD NOSAVE") == "OK"
        assert client("DBSIZE") == 2001
        client.close()


@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_the_master_hears_a_newline_while_its_file_is_loaded(start, master, mode):
    client = start(mode)()
    follow(client, master)
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        assert master.receive() == b"\n"


def test_a_transaction_that_was_queued_before_is_rejected(start, master):
    connect = start("swapdb")
    client, reader = connect(), connect()
    follow(client, master)
    reader("MULTI"), reader("ECHO a"), reader("GET old")
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "loading") == "1")
        assert str(reader("EXEC")) == f"EXECABORT Transaction discarded because of: {LOADING}"


# Transfers that end too soon, or bring what cannot be read.


def test_with_swapdb_the_old_data_outlive_a_broken_transfer(start, master):
    client = start("swapdb")()
    have_old_data(client, master)
    for replid in (REPLID, OTHER_REPLID):
        master.begin(2000, replid)
        master.send(NEW[:5000])
        assert master.accept() == (REPLID, 1001), "it may still go on where it was"
        assert (client("GET old"), client("GET many:0"), client("DBSIZE")) == (b"1", b"x" * 100, 11)
        assert (info(client, "loading"), info(client, "async_loading")) == ("0", "0")
    master.synchronize(2000, NEW)
    assert client("GET new") == b"2"


def test_with_on_empty_db_nothing_is_left_of_a_broken_transfer(start, master):
    client = start("on-empty-db")()
    follow(client, master)
    master.begin(2000)
    master.send(NEW[:5000])
    assert master.accept() == (b"?", -1), "there is nothing to go on from"
    assert client("DBSIZE") == 0
    master.synchronize(2000, NEW)
    assert client("GET new") == b"2"


def test_with_on_empty_db_data_are_kept_until_the_file_is_whole(start, master):
    client = start("on-empty-db")()
    have_old_data(client, master)
    master.begin(2000)
    master.send(NEW[:5000])
    wait_until(lambda: int(info(client, "master_sync_read_bytes") or 0) > 0)
    assert client("GET old") == b"1"
    assert master.accept() == (REPLID, 1001)
    assert client("GET old") == b"1"


DAMAGE = {
    "a bit": lambda file: file[:-20] + bytes([file[-20] ^ 1]) + file[-19:],
    "its end": lambda file: file[:-9],
    "its beginning": lambda file: b"nonsense" + file,
    "all of it": lambda file: b"",
}


@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_a_damaged_file_is_not_loaded_and_the_replica_comes_again(tmp_path, mode):
    """The real server ends after most of them."""
    parameters = {**PARAMETERS, "repl-diskless-load": mode, "dir": str(tmp_path)}
    with our_server(**parameters) as address, Client(address).socket:
        client, master = Client(address), FakeMaster()
        have_old_data(client, master)
        asked = (REPLID, 1001) if mode == "swapdb" else (b"?", -1)
        for what, damage in DAMAGE.items():
            file = damage(NEW)
            master.begin(2000, length=len(file)) if file else master.begin(2000)
            master.send(file or MARK)
            assert master.accept() == asked, what
            assert client("GET old") == (b"1" if mode == "swapdb" else None), what
            assert info(client, "loading") == "0"
        master.synchronize(2000, NEW)
        assert client("GET new") == b"2"
        client.close(), master.close()


@pytest.mark.parametrize("mode", ["disabled", "on-empty-db", "swapdb"])
def test_the_file_may_be_cut_anywhere_and_the_stream_follows_it(start, master, mode):
    draw, client = random.Random(mode), start(mode)()
    follow(client, master)
    for turn in range(4):
        file = file_of(
            f"SET turn {turn}", f"ZADD z {turn} a", "SELECT 3", "RPUSH l a b", "SELECT 0", values=50
        )
        has_length = turn % 2 == 1
        master.begin(1000 * turn, OTHER_REPLID, len(file) if has_length else 0)
        stream = b"*3\r\n$3\r\nSET\r\n$5\r\nafter\r\n$1\r\n%d\r\n" % turn
        sent = file + stream if has_length else file + MARK  # after a mark the stream waits for the ACK
        while sent:
            size = draw.choice([1, 7, 39, 41, 1000, 70_000])
            master.send(sent[:size])
            sent = sent[size:]
        if not has_length:
            master.receive_until(b"ACK")
            master.send(stream)
        wait_until(lambda: client("GET after") == b"%d" % turn)  # noqa: B023
        assert client("GET turn") == b"%d" % turn and client("DBSIZE") == 53
        master.accept()


def test_a_mark_that_is_late_is_waited_for(start, master):
    client = start("swapdb")()
    follow(client, master)
    master.begin(2000)
    master.send(OLD + MARK[:39])
    if client.is_ours:  # the real one waits for it, and answers no client
        wait_until(lambda: int(info(client, "loading_loaded_bytes") or 0) > 0)
    master.send(MARK[39:])
    assert is_loaded(client, master, "old", b"1")


def test_a_disk_that_refuses_is_named_in_the_log_and_the_replica_comes_again(master, tmp_path, caplog):
    folder = tmp_path / "folder"
    folder.mkdir()
    with our_server(**{**PARAMETERS, "dir": str(folder)}) as address:
        client = Client(address)
        client("SET old 1")
        follow(client, master)
        folder.rmdir()
        master.begin(2000)
        master.accept()
        assert "Write error or short write writing to the DB dump file" in caplog.text
        folder.mkdir()
        assert client("GET old") == b"1"
        master.synchronize(2000, NEW)
        assert client("GET new") == b"2"
        client.close()


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_a_master_that_falls_silent_is_given_up_after_repl_timeout(start, master, mode):
    client = start(mode, **{"repl-timeout": "1"})()
    client("SET old 1")
    follow(client, master)
    master.begin(2000)
    master.send(NEW[:5000])
    master.accept()
    assert client("GET old") == b"1"


# Who is concerned by new data.


@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_watched_keys_and_blocked_clients_meet_the_new_data(start, master, mode):
    connect = start(mode)
    client, watcher, other_watcher, blocked = connect(), connect(), connect(), connect()
    have_old_data(client, master)
    watcher("WATCH old"), watcher("MULTI"), watcher("PING")
    other_watcher("WATCH nowhere"), other_watcher("MULTI"), other_watcher("PING")
    blocked.send("XREAD BLOCK 0 STREAMS stream 0")
    wait_until(lambda: info(client, "blocked_clients") == "1")
    master.synchronize(2000, file_of("XADD stream 1-1 a b"))
    assert watcher("EXEC") is NULL_ARRAY and other_watcher("EXEC") == ["PONG"]
    if mode == "swapdb" or client.is_ours:  # without a swap the real one lets it wait for the next write
        assert blocked.read() == [[b"stream", [[b"1-1", [b"a", b"b"]]]]]


@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_who_keeps_a_cache_hears_that_all_is_gone(start, master, mode):
    connect = start(mode)
    client, tracker = connect(), connect(3)
    have_old_data(client, master)
    tracker("CLIENT TRACKING ON"), tracker("GET old")
    master.synchronize(2000, NEW)
    assert list(tracker.read()) == [b"invalidate", None]


def test_functions_are_replaced_too(start, master):
    pytest.importorskip("lupa")
    library = "#!lua name={0}\nredis.register_function('{0}', function() return 1 end)"
    client = start("swapdb")()
    client("FUNCTION", "LOAD", library.format("before"))
    follow(client, master)
    loaded = file_of(["FUNCTION", "LOAD", library.format("after")])
    master.begin(2000)
    master.send(loaded[:-10])
    master.accept()
    assert [library[1] for library in client("FUNCTION LIST")] == [b"before"]
    master.synchronize(2000, loaded)
    assert [library[1] for library in client("FUNCTION LIST")] == [b"after"]


def test_its_own_replicas_stay_until_the_data_go(start, master):
    connect = start("swapdb")
    client = connect()
    have_old_data(client, master)
    master.send(b"+CONTINUE\r\n")
    wait_until(lambda: info(client, "master_link_status") == "up")
    below = connect()
    below("REPLCONF capa psync2")
    below.send("PSYNC ? -1")
    wait_until(lambda: info(client, "connected_slaves") == "1")
    assert master.accept() == (REPLID, 1001)
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "async_loading") == "1")
        assert info(client, "connected_slaves") == "1" and info(client, "repl_backlog_active") == "1"
    assert is_loaded(client, master)
    wait_until(lambda: info(client, "connected_slaves") == "0")
    assert info(client, "repl_backlog_first_byte_offset") == "2001"


def test_the_append_only_file_is_off_until_it_can_be_begun_anew(start, master):
    client = start("swapdb", appendonly="yes")()
    client("SET old 1")
    follow(client, master)
    master.begin(2000)
    master.send(NEW[:5000])
    master.accept()
    assert (info(client, "aof_enabled"), client("GET old")) == ("0", b"1")
    master.synchronize(2000, NEW)
    wait_until(lambda: info(client, "aof_enabled") == "1" and info(client, "aof_rewrite_in_progress") == "0")
    master.accept()
    master.begin(3000)
    master.send(OLD[:100])
    master.accept()
    assert info(client, "aof_enabled") == "0"
    assert client("REPLICAOF NO ONE") == "OK" and info(client, "aof_enabled") == "1"


def test_save_points_count_one_change_or_a_file(start, master):
    connect = start("swapdb")
    client = connect()
    client("SET old 1")
    follow(client, master)
    master.synchronize(2000, NEW)
    assert info(client, "rdb_changes_since_last_save") == "2"
    client("CONFIG SET repl-diskless-load disabled")
    master.accept()
    master.synchronize(3000, NEW)
    assert info(client, "rdb_changes_since_last_save") == "2"


def test_a_policy_that_is_changed_meanwhile_holds_for_the_new_keys(start, master):
    client = start("swapdb")()
    follow(client, master)
    with slowly(client):
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "loading") == "1")
        assert client("CONFIG SET maxmemory-policy allkeys-lfu") == "OK"
    assert is_loaded(client, master)
    assert 0 <= client("OBJECT FREQ many:1999") <= 6


# The end of it.


def test_a_replica_that_is_told_to_follow_nobody_before_the_file_comes_keeps_its_data(start, master):
    client = start("swapdb")()
    client("SET old 1")
    follow(client, master)
    master.send(b"+FULLRESYNC %b 2000\r\n" % REPLID)
    wait_until(lambda: info(client, "master_sync_in_progress") == "1")
    assert client("REPLICAOF NO ONE") == "OK" and client("SET k v") == "OK" and client("GET old") == b"1"
    with pytest.raises(AssertionError):
        master.receive()  # it has closed the link, though nothing came


@pytest.mark.parametrize("mode", ["disabled", "swapdb"])
def test_a_shutdown_ends_the_loading_and_saves_no_part_of_the_data(master, tmp_path, mode):
    words = (
        "--repl-diskless-load",
        mode,
        "--save",
        "3600 1",
        "--dir",
        str(tmp_path),
        "--key-load-delay",
        "50000000",
    )
    with started(*words) as (process, port):
        client = Client(("127.0.0.1", port))
        client("SET old 1")
        follow(client, master)
        master.begin(2000)
        master.send(NEW + MARK)
        wait_until(lambda: info(client, "loading") == "1")
        received = (tmp_path / "dump.rdb").read_bytes() if mode == "disabled" else None
        client.send("SHUTDOWN") if mode == "disabled" else process.terminate()
        assert process.wait(timeout=20) == 0
        client.close()
    path = tmp_path / "dump.rdb"
    assert (path.read_bytes() if path.exists() else None) == received
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith("temp-")] == []
