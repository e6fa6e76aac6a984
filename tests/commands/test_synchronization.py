"""What a master sends to a replica: the answer to PSYNC or SYNC, a file with all data, and the stream.

The replica is played by the test, which sees every byte; the master is our server, and the real one.
"""

import io
import re
import time
from contextlib import contextmanager

import pytest
from harness import Client, wait_until
from replicating import Replica, master_of

from redis_clone.features.persistence.rdb_reader import AuxField, Entry, Library, RdbReader, Source
from redis_clone.protocol.errors import RedisError


@pytest.fixture(scope="module", params=["ours", "real"])
def master_address(request, tmp_path_factory):
    with master_of(request.param, tmp_path_factory.mktemp("master")) as address:
        yield address


@pytest.fixture
def redis(master_address):
    client = Client(master_address)
    client("FLUSHALL")
    client("CONFIG RESETSTAT")
    yield client
    client.close()


@pytest.fixture
def connect(master_address, redis):
    """Makes replicas that have introduced themselves."""
    replicas = []

    def make(*capabilities, **options):
        replica = Replica(master_address)
        replicas.append(replica)
        replica.introduce(*(capabilities or ("eof", "psync2")), **options)
        return replica

    yield make
    for replica in replicas:
        replica.close()
    wait_until(lambda: info(redis, "connected_slaves") == "0")


@pytest.fixture
def replica(connect):
    return connect()


@contextmanager
def set_to(redis, name, value):
    before = redis(f"CONFIG GET {name}")[1].decode()
    assert redis("CONFIG", "SET", name, value) == "OK"
    yield
    redis("CONFIG", "SET", name, before)


def info(redis, field):
    found = re.search(rf"^{field}:(.*)\r$", redis("INFO all").decode(), re.MULTILINE)
    return found.group(1) if found else None


def entries(data):
    events = list(RdbReader(Source(io.BytesIO(data).read)).events())
    return {event.key: event.value for event in events if isinstance(event, Entry)}


def aux_fields(data):
    events = RdbReader(Source(io.BytesIO(data).read)).events()
    return {event.name: event.value for event in events if isinstance(event, AuxField)}


# The full synchronization.


@pytest.mark.parametrize("capabilities", [("eof", "psync2"), ("psync2",)])
def test_a_new_replica_gets_all_data_and_then_what_changes(redis, connect, capabilities):
    redis("SET before 1")
    replica = connect(*capabilities)
    replid, offset, data = replica.synchronize()
    assert entries(data) == {b"before": b"1"}
    assert (replid.decode(), offset) == (info(redis, "master_replid"), int(info(redis, "master_repl_offset")))
    redis("SET after 2")
    assert replica.commands(2) == [b"SELECT 0", b"SET after 2"]
    assert info(redis, "sync_full") == "1"


@pytest.mark.parametrize("wanted", ["yes", "no"])
def test_the_file_says_where_in_which_history_it_is(redis, replica, wanted):
    with set_to(redis, "repl-diskless-sync", wanted):
        replid, offset, data = replica.synchronize()
    fields = aux_fields(data)
    assert fields["repl-id"].encode() == replid and int(fields["repl-offset"]) == offset
    assert fields["repl-stream-db"] == "0"
    names = list(fields)
    assert names.index("used-mem") < names.index("repl-stream-db") < names.index("aof-base")


def test_an_old_replica_that_sends_sync_gets_a_file_without_an_answer(redis, master_address):
    redis("SET k v")
    old = Client(master_address)
    old.send_bytes(b"SYNC\r\n")
    head = old.stream.read_line()
    assert head.startswith(b"$") and entries(old.stream.read_exactly(int(head[1:]))) == {b"k": b"v"}
    redis("SET k w")
    assert [old.read(), old.read()] == [[b"SELECT", b"0"], [b"SET", b"k", b"w"]]
    old.close()
    wait_until(lambda: info(redis, "connected_slaves") == "0")


def test_what_changes_while_the_file_is_made_comes_after_it(redis, replica):
    for number in range(50):
        redis(f"SET key:{number} before")
    with set_to(redis, "rdb-key-save-delay", "2000"):
        replica.send("PSYNC ? -1")
        assert replica.line().startswith(b"+FULLRESYNC")
        for number in range(50):
            redis(f"SET key:{number} after")
        assert set(entries(replica.file()).values()) == {b"before"}
    replica.acknowledge()
    assert replica.commands(51) == [b"SELECT 0", *(b"SET key:%d after" % number for number in range(50))]


def test_flushall_does_not_end_a_synchronization(redis, connect):
    """The real one ends the process that writes the file, and the replica must come again."""
    if info(redis, "redis_clone_version") is None:
        pytest.skip("of ours")
    replica = connect()
    for number in range(50):
        redis(f"SET key:{number} v")
    with set_to(redis, "rdb-key-save-delay", "2000"):
        replica.send("PSYNC ? -1")
        replica.line()
        redis("FLUSHALL")
        assert len(entries(replica.file())) == 50
    replica.acknowledge()
    assert replica.commands(2) == [b"SELECT 0", b"FLUSHALL"]


def test_several_replicas_share_one_file(redis, connect):
    """The second one comes while the file is being written to the disk, where its length will be known."""
    for number in range(50):
        redis(f"SET key:{number} v")
    one, other = connect("psync2"), connect("psync2")
    with set_to(redis, "rdb-key-save-delay", "4000"), set_to(redis, "repl-diskless-sync", "no"):
        one.send("PSYNC ? -1")
        first_line = one.line()
        redis("SET late 1")
        other.send("PSYNC ? -1")
        assert other.line() == first_line
        assert one.file() == other.file()
    for replica in (one, other):
        assert replica.commands(2) == [b"SELECT 0", b"SET late 1"]


@pytest.mark.slow
def test_replicas_that_come_within_the_delay_share_one_file(redis, connect):
    delay = set_to(redis, "repl-diskless-sync-delay", "60")
    with delay, set_to(redis, "repl-diskless-sync-max-replicas", "2"):
        one, other = connect(), connect()
        one.send("PSYNC ? -1")
        wait_until(lambda: info(redis, "connected_slaves") == "1")
        assert "state=wait_bgsave" in info(redis, "slave0")
        other.send("PSYNC ? -1")
        assert one.line() == other.line()
        assert one.file() == other.file()


@pytest.mark.slow
def test_a_replica_that_waits_hears_of_its_master_each_second(redis, replica):
    with set_to(redis, "repl-diskless-sync-delay", "60"):
        replica.send("PSYNC ? -1")
        assert replica.stream.read_exactly(1) == b"\n"


def test_a_tool_may_ask_for_the_file_alone(redis, connect):
    redis("SET k v")
    tool = connect("eof")
    assert tool("REPLCONF rdb-only 1") == "OK"
    tool.send("SYNC")
    assert entries(tool.file()) == {b"k": b"v"}
    assert info(redis, "slave0") is None or "online" not in info(redis, "slave0")


def test_a_tool_may_ask_for_the_functions_alone(redis, connect):
    pytest.importorskip("lupa")
    redis("FUNCTION FLUSH")
    redis("FUNCTION", "LOAD", "#!lua name=mine\nredis.register_function('f', function() return 1 end)")
    redis("SET k v")
    tool = connect("eof")
    tool("REPLCONF rdb-only 1")
    assert tool("REPLCONF rdb-filter-only functions") == "OK"
    tool.send("SYNC")
    events = list(RdbReader(Source(io.BytesIO(tool.file()).read)).events())
    assert [type(event) for event in events if isinstance(event, (Entry, Library))] == [Library]
    redis("FUNCTION FLUSH")


# A partial one.


def test_a_replica_goes_on_where_it_was(redis, connect):
    replica = connect()
    replid, offset, _ = replica.synchronize()
    redis("SET a 1")
    replica.commands(2)
    replica.close()
    redis("SET b 2")
    end = int(info(redis, "master_repl_offset"))
    again = connect()
    again.send("PSYNC", replid, offset + 1)
    assert again.line() == b"+CONTINUE " + replid
    assert again.commands(3) == [b"SELECT 0", b"SET a 1", b"SET b 2"]
    up_to_date = connect()
    up_to_date.send("PSYNC", replid.upper(), end + 1)
    assert up_to_date.line() == b"+CONTINUE " + replid
    redis("SET c 3")
    assert up_to_date.commands(1) == [b"SET c 3"]
    assert (info(redis, "sync_partial_ok"), info(redis, "sync_partial_err")) == ("2", "0")


def test_without_the_capability_the_new_id_is_not_said(redis, connect):
    replid, offset, _ = connect().synchronize()
    old = connect("eof")
    old.send("PSYNC", replid, offset + 1)
    assert old.line() == b"+CONTINUE"


@pytest.mark.parametrize("replid, distance", [("same", 1_000_000), ("same", -1_000_000), ("x" * 40, 1)])
def test_a_replica_of_another_history_or_time_gets_all(redis, connect, replid, distance):
    mine, offset, _ = connect().synchronize()
    replica = connect()
    replica.synchronize(mine if replid == "same" else replid, offset + distance)
    assert info(redis, "sync_full") == "2"
    assert (info(redis, "sync_partial_ok"), info(redis, "sync_partial_err")) == ("0", "1")


def has_forgotten(redis, offset):
    """Whether the backlog begins behind this offset."""
    return int(info(redis, "repl_backlog_first_byte_offset")) > offset


def test_a_backlog_that_is_too_small_makes_a_full_synchronization(redis, connect):
    with set_to(redis, "repl-backlog-size", "16384"):
        replica = connect()
        replid, offset, _ = replica.synchronize()
        wait_until(lambda: info(redis, "connected_slaves") == "1")  # for none of an earlier test it is kept
        redis("SET first v")
        assert replica.commands(2)[1] == b"SET first v", "it is fed, so nothing is kept for it"
        for number in range(30):
            redis("SET", f"k{number}", "v" * 2000)
        wait_until(lambda: redis("SET more v") and has_forgotten(redis, offset + 1))  # when it was sent
        kept, first = info(redis, "repl_backlog_histlen"), info(redis, "repl_backlog_first_byte_offset")
        assert 16_384 <= int(kept) <= int(info(redis, "master_repl_offset")) - int(first) + 1
        again = connect()
        again.synchronize(replid, offset + 1)
        assert info(redis, "sync_partial_err") == "1"


# The stream.


@pytest.fixture
def stream(redis, replica):
    """Sends commands to the master; returns the commands of the stream up to a last one."""
    replica.synchronize()

    def of(*lines):
        for line in lines:
            redis(line)
        redis("PUBLISH the end")
        found = []
        while (command := b" ".join(replica.read())) != b"PUBLISH the end":
            found.append(command)
        return found

    return of


def test_what_changes_nothing_is_not_in_the_stream(stream):
    assert stream("GET k", "DEL k", "SET", "EVAL 'return 1' 0", "PFCOUNT k", "TYPE k") == [b"SELECT 0"]


def test_a_command_is_in_the_stream_as_it_was_sent(stream):
    assert stream("sEt k v", "select 3", "lpush l a b") == [
        b"SELECT 0",
        b"sEt k v",
        b"SELECT 3",
        b"lpush l a b",
    ]


def test_published_messages_are_in_the_stream(stream):
    assert stream("publish news rain", "spublish shard rain") == [
        b"SELECT 0", b"publish news rain", b"spublish shard rain",
    ]  # fmt: skip


def test_flushing_nothing_is_in_the_stream(stream):
    assert stream("FLUSHALL", "FLUSHDB") == [b"SELECT 0", b"FLUSHALL", b"FLUSHDB"]


def test_a_transaction_is_whole_in_the_stream(stream):
    """7.0 selects the database before the MULTI, 7.2 after it."""
    found = stream("MULTI", "SET a 1", "GET a", "SET b 2", "EXEC")
    assert sorted(found[:2]) == [b"MULTI", b"SELECT 0"] and found[2:] == [b"SET a 1", b"SET b 2", b"EXEC"]
    assert stream("MULTI", "SET a 1", "EXEC") == [b"SET a 1"]


def test_a_script_may_say_who_gets_what_it_changes(stream):
    pytest.importorskip("lupa")
    script = (
        "redis.set_repl({}) redis.call('set', 'a', 1) redis.set_repl({}) redis.call('set', 'b', 2)"
    ).format
    both, replicas, log, none = (f"redis.REPL_{name}" for name in ("ALL", "REPLICA", "AOF", "NONE"))
    found = stream(f'EVAL "{script(both, log)}" 0', f'EVAL "{script(none, replicas)}" 0')
    assert [line for line in found if line not in (b"SELECT 0", b"MULTI", b"EXEC")] == [
        b"set a 1",
        b"set b 2",
    ]


def test_a_command_for_the_replicas_alone(stream):
    assert stream("SET k v", "DEBUG REPLICATE set only there")[1:] == [b"SET k v", b"set only there"]


# What a replica says.


def test_a_replica_says_how_far_it_is(redis, replica):
    _, offset, _ = replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    redis("SET k v")
    replica.send(f"REPLCONF ACK {offset + 5}")
    wait_until(lambda: f"offset={offset + 5}," in info(redis, "slave0"))
    assert re.fullmatch(rf".*port=7777,state=online,offset={offset + 5},lag=\d", info(redis, "slave0"))
    role, moved, [[_, port, acknowledged]] = redis("ROLE")
    assert (role, port, acknowledged) == (b"master", b"7777", b"%d" % (offset + 5)) and moved > offset


def test_a_replica_may_say_by_which_address_others_reach_it(redis, replica):
    assert replica("REPLCONF ip-address replica.example") == "OK"
    replica.synchronize()
    assert info(redis, "slave0").startswith("ip=replica.example,port=7777")


def test_a_replica_is_a_type_of_client(redis, replica):
    assert redis("CLIENT LIST TYPE replica") == b""
    replica.synchronize()
    line = redis("CLIENT LIST TYPE slave").decode()
    assert " flags=S" in line and line.count("\n") == 1
    assert redis("CLIENT KILL TYPE normal") == 0
    assert redis("CLIENT KILL TYPE replica") == 1
    assert replica.is_closed()


@pytest.mark.parametrize("line", ["PING", "GET k", "SET k v", "PUBLISH a b", "REPLCONF capa eof", "NOSUCH"])
def test_a_replica_that_asks_for_a_reply_is_disconnected(redis, replica, line):
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    replica.send(line)
    assert replica.is_closed()


def test_a_replica_that_asks_again_is_ignored(redis, replica):
    replica.synchronize()
    for line in ("SYNC", "PSYNC ? -1", "REPLCONF GETACK *", "REPLCONF ACK nonsense"):
        replica.send(line)
    redis("SET k v")
    assert replica.commands(2) == [b"SELECT 0", b"SET k v"]


@pytest.mark.parametrize(
    "line",
    [
        "REPLCONF", "REPLCONF a", "REPLCONF foo 1", "REPLCONF capa foo", "REPLCONF rdb-only 2",
        "REPLCONF rdb-only x", "REPLCONF capa", "REPLCONF ip-address ''",
        "REPLCONF LISTENING-PORT 1 CAPA EOF",
        "REPLCONF listening-port 99999999999999999999", "REPLCONF rdb-only 99999999999999999999",
        "REPLCONF rdb-filter-only foo", "REPLCONF rdb-filter-only functions", "REPLCONF rdb-filter-only ''",
        "REPLCONF listening-port x", "REPLCONF listening-port -5", "REPLCONF listening-port 1 foo 1",
        "REPLCONF ip-address " + "a" * 300, "PSYNC a b", "PSYNC ? x", "PSYNC ? -1 FAILOVER",
    ],
)  # fmt: skip
def test_what_a_master_answers_to_a_replica(both, line):
    ours, theirs = both(line)
    assert ours == theirs


def test_an_acknowledgement_gets_no_reply_whoever_sends_it(redis):
    for line in ("REPLCONF ACK 5", "REPLCONF ACK x", "REPLCONF ACK 5 FOO 1", "REPLCONF GETACK *"):
        redis.send(line)
    for number in (b"9" * 5000, b"-1", b"007", b""):
        redis.send("REPLCONF", b"ACK", number)
    assert redis("PING") == "PONG"


def test_a_filter_needs_the_file_with_a_mark(connect):
    tool = connect("psync2")
    tool("REPLCONF rdb-filter-only functions")
    assert tool("SYNC") == RedisError("ERR Filtered replica requires EOF capability")


# WAIT and the replicas that are near enough.


def test_wait_asks_the_replicas_and_returns_when_they_have_it(redis, replica):
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    redis.send_bytes(b"SET k v\r\nWAIT 1 0\r\n")
    assert replica.commands(3) == [b"SELECT 0", b"SET k v", b"REPLCONF GETACK *"]
    replica.send("REPLCONF ACK 1")
    replica.send(f"REPLCONF ACK {10**9}")
    assert [redis.read(), redis.read()] == ["OK", 1]
    assert redis("WAIT 1 0") == 1, "it has changed nothing since"


def test_wait_inside_a_transaction_does_not_make_it_forget_what_comes_after(redis, replica):
    replica.synchronize()
    redis("SET k v")
    replica.commands(2)
    offset = info(redis, "master_repl_offset")
    replica.send(f"REPLCONF ACK {offset}")
    wait_until(lambda: f"offset={offset}" in info(redis, "slave0"))  # else WAIT asks, which moves the offset
    assert redis("WAIT 1 0") == 1
    for line in ("MULTI", "SET k w", "WAIT 1 0"):
        redis(line)
    assert redis("EXEC") == ["OK", 1], "inside, the write before the transaction counts"
    assert redis("WAIT 1 20") == 0


def test_wait_returns_how_many_have_it_when_the_time_is_up(redis, connect):
    near, far = connect(), connect()
    for replica in (near, far):
        replica.synchronize()
    wait_until(lambda: redis("INFO replication").count(b"state=online") == 2)
    redis("SET k v")
    near.send(f"REPLCONF ACK {10**9}")
    wait_until(lambda: redis("WAIT 1 0") == 1)
    assert redis("WAIT 2 10") == 1


def test_a_client_that_has_changed_nothing_has_all_replicas_with_it(redis, master_address, replica):
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    reader = Client(master_address)
    redis("SET k v")
    assert reader("WAIT 1 0") == 1
    reader.close()


def test_writes_need_enough_replicas_that_are_near(redis, replica):
    rejected = RedisError("NOREPLICAS Not enough good replicas to write.")
    with set_to(redis, "min-replicas-to-write", "1"):
        assert redis("SET k v") == rejected
        assert redis("GET k") is None and redis("PUBLISH a b") == 0
        assert str(redis("EVAL \"redis.call('set', 'k', 'v')\" 0")).startswith("NOREPLICAS ")
        redis("MULTI")
        assert redis("SET k v") == rejected
        assert str(redis("EXEC")).startswith("EXECABORT")
        replica.synchronize()
        wait_until(lambda: redis("SET k v") == "OK")
        assert info(redis, "min_slaves_good_slaves") == "1"


# The end.


@pytest.mark.slow
def test_a_silent_replica_is_disconnected(redis, replica):
    replica.synchronize()
    with set_to(redis, "repl-timeout", "1"):
        assert replica.is_closed()


@pytest.mark.slow
def test_a_replica_that_sends_newlines_while_it_loads_is_not_late(redis, replica):
    replica.send("PSYNC ? -1")
    assert replica.line().startswith(b"+FULLRESYNC")
    replica.file()
    with set_to(redis, "repl-timeout", "1"):
        ends = time.monotonic() + 4
        while time.monotonic() < ends:
            replica.send_bytes(b"\n")
            assert info(redis, "connected_slaves") == "1"
        assert replica.is_closed(), "it has fallen silent"


@pytest.mark.slow
def test_without_replicas_the_backlog_is_freed(redis, connect):
    with set_to(redis, "repl-backlog-ttl", "1"):
        replica = connect()
        replid, _, _ = replica.synchronize()
        assert info(redis, "repl_backlog_active") == "1"
        replica.close()
        wait_until(lambda: info(redis, "repl_backlog_active") == "0")
        assert info(redis, "master_replid") != replid.decode()
        assert info(redis, "master_replid2") == "0" * 40


def test_a_shutdown_waits_for_replicas_and_can_be_aborted(redis, master_address, replica):
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    redis("SET k v")
    ending, writer = Client(master_address), Client(master_address)
    ending.send("SHUTDOWN NOSAVE")
    wait_until(lambda: info(redis, "shutdown_in_milliseconds"))
    writer.send("SET k w")
    wait_until(lambda: info(redis, "blocked_clients") == "2")
    assert redis("GET k") == b"v", "no write runs, so that the replica can catch up"
    assert redis("SHUTDOWN ABORT") == "OK"
    assert str(ending.read()) == "ERR Errors trying to SHUTDOWN. Check logs."
    assert writer.read() == "OK" and info(redis, "shutdown_in_milliseconds") is None
    assert str(redis("SHUTDOWN ABORT")) == "ERR No shutdown in progress."
    for client in (ending, writer):
        client.close()


def test_a_shutdown_that_waits_goes_on_when_the_server_follows_a_master(redis, master_address, replica):
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    redis("SET k v")
    ending, writer = Client(master_address), Client(master_address)
    ending.send("SHUTDOWN NOSAVE")
    wait_until(lambda: info(redis, "shutdown_in_milliseconds"))
    writer.send("SET k w")
    wait_until(lambda: info(redis, "blocked_clients") == "2")
    assert redis("REPLICAOF 127.0.0.1 1") == "OK"
    assert str(ending.read()).startswith("UNBLOCKED force unblock") and ending.is_closed()
    assert str(redis("SET k x")).startswith("READONLY")
    assert info(redis, "shutdown_in_milliseconds") and info(redis, "blocked_clients") == "1"
    assert redis("SHUTDOWN ABORT") == "OK" and str(writer.read()).startswith("READONLY")
    assert redis("REPLICAOF NO ONE") == "OK" and writer("SET k x") == "OK"
    for client in (ending, writer):
        client.close()


def test_hello_tells_the_role(redis):
    assert redis("REPLICAOF 127.0.0.1 1") == "OK"
    assert redis("HELLO 3")[b"role"] == b"replica"
    assert redis("REPLICAOF NO ONE") == "OK"
    assert redis("HELLO 3")[b"role"] == b"master"


def test_a_replica_that_reads_nothing_is_closed_at_its_limit(redis, replica):
    limits = redis("CONFIG GET client-output-buffer-limit")[1].decode()
    redis("CONFIG", "SET", "client-output-buffer-limit", "replica 2mb 0 0")
    replica.synchronize()
    wait_until(lambda: "state=online" in info(redis, "slave0"))
    for _ in range(40):
        redis("SET", "k", b"v" * 400_000)
    wait_until(lambda: info(redis, "connected_slaves") == "0")
    redis("CONFIG", "SET", "client-output-buffer-limit", limits)


def test_a_pause_of_all_clients_does_not_hold_what_a_replica_says(redis, connect, master_address):
    replica, waiting = connect(), Client(master_address)
    replica.synchronize()
    redis("CLIENT PAUSE 100000 ALL")
    waiting.send("PING")
    replica.send("CLIENT UNPAUSE")
    assert waiting.read() == "PONG"
    waiting.close()


def test_nothing_but_the_stream_goes_to_a_replica(redis, connect):
    """The real one closes the link at the first message, ours has ended the subscription."""
    replica = connect()
    replica("HELLO 3"), replica("SUBSCRIBE news"), replica("CLIENT TRACKING ON BCAST")
    replica.synchronize()
    assert redis("PUBLISH news hello") in (0, 1) and redis("SET k v") == "OK"
    received = b""
    while b"SET" not in received and (data := replica.socket.recv(1000)):
        received += data
    assert b"invalidate" not in received and b"message" not in received


def test_what_is_sent_to_replicas_is_counted_by_itself(redis, connect):
    redis("CONFIG RESETSTAT")
    replica = connect()
    replica.synchronize()
    redis("SET", "k", b"v" * 1_000_000)
    assert replica.commands(2)[1] == b"SET k " + b"v" * 1_000_000
    wait_until(lambda: int(info(redis, "total_net_repl_output_bytes")) > 1_000_000)
    sent, all_sent = (int(info(redis, f"total_net_{name}output_bytes")) for name in ("repl_", ""))
    assert sent < all_sent, "and as a part of all"

    def rate_after_write():
        redis("SET", "k", b"v" * 1000)
        return float(info(redis, "instantaneous_output_repl_kbps"))

    wait_until(lambda: rate_after_write() > 0)
    replica.close()
    wait_until(lambda: info(redis, "connected_slaves") == "0")
    assert int(info(redis, "total_net_repl_output_bytes")) > 1_000_000, "those that have left count too"


def test_an_error_for_a_replica_is_unexpected(redis, replica):
    redis("CONFIG RESETSTAT")
    replica.synchronize()
    replica.send("GET k")
    wait_until(lambda: info(redis, "connected_slaves") == "0")
    assert info(redis, "unexpected_error_replies") == "1"


def test_who_monitors_is_no_replica(redis, master_address):
    monitor = Client(master_address)
    assert monitor("MONITOR") == "OK"
    monitor.send("PSYNC ? -1")
    redis("ECHO hello")
    assert "ECHO" in monitor.read() or "ECHO" in monitor.read()
    assert b"connected_slaves:0" in redis("INFO replication")
    monitor.close()


@pytest.mark.slow
def test_a_replica_that_takes_nothing_of_its_file_is_disconnected(redis, connect):
    with set_to(redis, "rdbcompression", "no"), set_to(redis, "repl-timeout", "1"):
        redis("DEBUG POPULATE 300 key 100000")
        connect().send("PSYNC ? -1")
        wait_until(lambda: info(redis, "connected_slaves") == "1")
        wait_until(lambda: info(redis, "connected_slaves") == "0")
        wait_until(lambda: redis("BGSAVE") == "Background saving started")
        wait_until(lambda: info(redis, "rdb_bgsave_in_progress") == "0")
