"""WAITAOF: on whose disk the writes of a client are.  It is new in 7.2, so only our server is asked."""

import pytest
from harness import Client, our_server, ours_alone, wait_until
from replicating import Replica, field
from tables import for_each

pytestmark = ours_alone
NO_LOG = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled."


@pytest.fixture
def address(request, tmp_path):
    """A server of the test's own, with an append-only file."""
    parameters = {"appendonly": "yes", "repl-diskless-sync-delay": "0", "repl-ping-replica-period": "3600"}
    with our_server(dir=str(tmp_path), **parameters) as address:
        yield address


@pytest.fixture
def replica(redis, address):
    """A replica that is online, and has nothing of what comes after that."""
    replica = Replica(address)
    replica.introduce("eof", "psync2")
    replica.synchronize()
    redis("SET k v")
    replica.commands(2)
    yield replica
    replica.close()


@for_each(
    "line, error",
    [
        ("WAITAOF 1 0", "ERR wrong number of arguments for 'waitaof' command"),
        ("WAITAOF 2 0 0", "ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF -1 x x", "ERR value is out of range, value must between 0 and 1"),
        ("WAITAOF x 0 0", "ERR value is not an integer or out of range"),
        ("WAITAOF 1 -1 x", "ERR value is out of range, must be positive"),
        ("WAITAOF 1 x 0", "ERR value is out of range, must be positive"),
        ("WAITAOF 1 0 x", "ERR timeout is not an integer or out of range"),
        ("WAITAOF 1 0 -1", "ERR timeout is negative"),
        ("EVAL 'return redis.call(\"waitaof\", 0, 0, 0)' 0", "ERR This Redis command is not allowed"),
    ],
    keeps_keys=True,
)  # fmt: skip
def test_what_is_wrong_is_said_in_this_order(redis, line, error):
    assert str(redis(line)).startswith(error)


def test_a_client_that_has_written_nothing_need_not_wait(redis):
    assert redis("WAITAOF 1 0 0") == [1, 0] and redis("WAITAOF 0 0 0") == [1, 0]


def test_a_write_is_on_the_disk_when_appendfsync_says_so(redis):
    redis("CONFIG SET appendfsync no")
    redis("SET k v")
    assert redis("WAITAOF 1 0 30") == [0, 0] and redis("WAITAOF 0 0 0") == [0, 0]
    redis("CONFIG SET appendfsync everysec")
    assert redis("WAITAOF 1 0 0") == [1, 0]
    redis("CONFIG SET appendfsync no")
    redis("SET k w")
    assert redis("WAITAOF 1 0 30") == [0, 0]
    redis("CONFIG SET appendfsync always")
    redis("SET k x")
    assert redis("WAITAOF 0 0 0") == [1, 0], "it was synced before its reply"


def test_in_one_pipeline_it_waits_too(redis):
    redis("CONFIG SET appendfsync always")
    redis.send("SET k v"), redis.send("WAITAOF 1 0 0")
    assert [redis.read(), redis.read()] == ["OK", [1, 0]]


def test_in_a_transaction_it_does_not_wait(redis):
    redis("CONFIG SET appendfsync no")
    redis("SET k v")
    for line in ("MULTI", "WAITAOF 1 1 0", "SET k w", "WAITAOF 1 1 0"):
        redis(line)
    assert redis("EXEC") == [[0, 0], "OK", [0, 0]]


def test_a_rewrite_brings_everything_before_it_to_the_disk(redis):
    redis("CONFIG SET appendfsync no")
    redis("SET k v")
    assert redis("WAITAOF 1 0 10") == [0, 0]
    assert redis("BGREWRITEAOF") == "Background append only file rewriting started"
    assert redis("WAITAOF 1 0 0") == [1, 0]


def test_without_a_log_nothing_is_on_the_disk(redis):
    redis("CONFIG SET appendonly no"), redis("SET k v")
    assert str(redis("WAITAOF 1 0 0")) == NO_LOG
    assert redis("WAITAOF 0 0 0") == [0, 0] and redis("WAITAOF 0 1 10") == [0, 0]


def test_a_log_that_is_switched_off_ends_the_wait_for_it(redis, connect):
    redis("CONFIG SET appendfsync no")
    waiting = [connect() for _ in range(2)]
    for client in waiting:
        client("SET k v")
    waiting[0].send("WAITAOF 1 0 0"), waiting[1].send("WAITAOF 0 1 0")
    wait_until(lambda: field(redis, "blocked_clients") == "2")
    redis("CONFIG SET appendonly no")
    assert str(waiting[0].read()) == NO_LOG
    assert field(redis, "blocked_clients") == "1", "the other one waits for a replica"


def test_a_log_that_is_switched_on_has_nothing_before_its_first_rewrite_has_ended(redis):
    redis("CONFIG SET appendonly no"), redis("MSET a 1 b 2 c 3")
    redis("CONFIG SET rdb-key-save-delay 10000000")
    redis("CONFIG SET appendonly yes")
    wait_until(lambda: field(redis, "aof_rewrite_in_progress") == "1")
    redis("CONFIG SET appendfsync always"), redis("SET d 4")
    assert redis("WAITAOF 1 0 30") == [0, 0], "a, b and c would be lost"
    redis("CONFIG SET rdb-key-save-delay 0"), redis("CONFIG SET appendonly no")
    redis("CONFIG SET appendonly yes")
    assert redis("WAITAOF 1 0 0") == [1, 0]


def test_a_replica_says_what_it_has_on_its_disk(redis, other, replica):
    offset = int(field(redis, "master_repl_offset"))
    redis.send("WAITAOF 0 1 0")
    assert replica.commands(1) == [b"REPLCONF GETACK *"]
    replica.send(f"REPLCONF ACK {offset + 37}")
    replica.send(f"REPLCONF ACK {offset + 37} FACK {offset - 1}")
    wait_until(lambda: f"offset={offset + 37}" in field(other, "slave0"))
    replica.send(f"REPLCONF ACK {offset + 37} FACK {offset}")
    assert redis.read()[1] == 1 and redis("WAITAOF 0 0 0")[1] == 1
    redis("SET k w")
    assert redis("WAITAOF 0 1 20")[1] == 0
    replica.send("REPLCONF ACK 0 FACK 0")
    assert redis("WAITAOF 0 0 0")[1] == 0


def test_a_replica_that_is_not_asked_for_more_than_its_acknowledgement_need_have_no_log(
    redis, address, replica
):
    nothing_written = Client(address)
    assert nothing_written("WAITAOF 0 1 0")[1] == 1
    nothing_written.close()


def test_on_a_replica_it_is_an_error_and_a_waiting_client_is_told(redis, connect):
    waiting = connect()
    waiting.send("WAITAOF 0 1 0")
    wait_until(lambda: field(redis, "blocked_clients") == "1")
    assert redis("REPLICAOF 127.0.0.1 1") == "OK"
    assert str(waiting.read()).startswith("UNBLOCKED")
    assert str(redis("WAITAOF 1 0 0")) == (
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are "
        "just local and are not propagated."
    )


def test_client_unblock_ends_the_wait(redis, connect):
    redis("CONFIG SET appendfsync no"), redis("SET k v")
    other, ident = connect(), redis("CLIENT ID")
    for word, end in (("TIMEOUT", "[0, 0]"), ("ERROR", "UNBLOCKED client unblocked via CLIENT UNBLOCK")):
        redis.send("WAITAOF 1 1 0")
        wait_until(lambda word=word: other(f"CLIENT UNBLOCK {ident} {word}") == 1)
        assert str(redis.read()) == end
