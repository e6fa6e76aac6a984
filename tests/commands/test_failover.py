"""FAILOVER, and PSYNC ... FAILOVER: what a master and a replica say to each other when the roles change.

The replica is played by the test, which sees every byte; the master is our server, and the real one.
"""

import contextlib
import re
import socket

import pytest
from harness import Client, wait_until
from replicating import Replica, field, master_of

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command

NEW_ID = b"b" * 40
READ_ONLY = RedisError("READONLY You can't write against a read only replica.")


class Target(Replica):
    """A replica that listens, so that the master can ask it to become the master."""

    def __init__(self, address):
        super().__init__(address)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.port = self.listener.getsockname()[1]
        self.introduce("eof", "psync2", port=self.port)
        assert self("REPLCONF ip-address 127.0.0.1") == "OK"
        self.asking = None  # the connection of the old master

    def accept(self):
        """Let the old master connect."""
        self.asking, _ = self.listener.accept()
        self.asking.settimeout(5)
        self.expect(b"PING")

    def expect(self, *commands):
        wanted = b"".join(encode_command(line.split()) for line in commands)
        received = b""
        while len(received) < len(wanted) and (data := self.asking.recv(len(wanted) - len(received))):
            received += data
        assert received == wanted

    def be_asked(self, replid, offset, port):
        """The introduction of the old master, up to its PSYNC."""
        self.accept()
        self.asking.sendall(b"+PONG\r\n")
        self.expect(b"REPLCONF listening-port %d" % port, b"REPLCONF capa eof capa psync2")
        self.asking.sendall(b"+OK\r\n+OK\r\n")
        self.expect(b"PSYNC %s %d FAILOVER" % (replid.encode(), offset + 1))

    def close(self):
        super().close()
        self.listener.close()
        if self.asking is not None:
            self.asking.close()


@pytest.fixture(scope="module", params=["ours", "real"])
def master_address(request, tmp_path_factory):
    with master_of(request.param, tmp_path_factory.mktemp("master")) as address:
        yield address


@pytest.fixture
def connect(master_address):
    """Makes clients; at the end the server is a master again, without any replica."""
    clients = []

    def make(kind=Client):
        clients.append(kind(master_address))
        return clients[-1]

    yield make
    last = make()
    last("FAILOVER ABORT"), last("CLIENT UNPAUSE"), last("REPLICAOF NO ONE")
    for client in clients[:-1]:
        client.close()
    wait_until(lambda: field(last, "connected_slaves") == "0")
    last.leave()


@pytest.fixture
def redis(connect):
    client = connect()
    client("FLUSHALL"), client("CONFIG RESETSTAT")
    return client


@pytest.fixture
def target(redis, connect):
    """A replica that is online, and has nothing of what comes after that."""
    replica = connect(Target)
    replica.synchronize()
    wait_until(lambda: "state=online" in field(redis, "slave0"))
    redis("SET k v")
    return replica


def offset_of(redis):
    return int(field(redis, "master_repl_offset"))


def port_of(redis):
    return int(redis("CONFIG GET port")[1]) or int(field(redis, "tcp_port"))


def state_of(redis):
    return field(redis, "master_failover_state")


def acknowledge(redis, target):
    target.send(f"REPLCONF ACK {offset_of(redis)}")


def begin_write(redis, connect, line="SET k w"):
    """A client whose write is held back."""
    before = int(field(redis, "blocked_clients"))
    writer = connect()
    writer.send(line)
    wait_until(lambda: int(field(redis, "blocked_clients")) == before + 1)
    return writer


def test_what_is_wrong_with_a_failover_is_said_in_this_order(redis, target):
    needs_more = "FAILOVER with force option requires both a timeout and target HOST and IP."
    for line, error in (
        ("FAILOVER FORCE", needs_more),
        ("FAILOVER TO a 1 FORCE", needs_more),
        ("FAILOVER FORCE TIMEOUT 5", needs_more),
        ("FAILOVER TO a 1", "FAILOVER target HOST and PORT is not a replica."),
        ("FAILOVER TO a 1 FORCE TIMEOUT 5", "FAILOVER target HOST and PORT is not a replica."),
        (f"FAILOVER TO localhost {target.port}", "FAILOVER target HOST and PORT is not a replica."),
        ("FAILOVER ABORT", "No failover in progress."),
        ("FAILOVER TIMEOUT 5 ABORT", "syntax error"),
    ):
        assert str(redis(line)) == f"ERR {error}", line
    assert redis("FAILOVER") == "OK"
    for line, error in (
        ("FAILOVER", "ERR FAILOVER already in progress."),
        ("FAILOVER TO a 1 FORCE", "ERR FAILOVER already in progress."),
        ("FAILOVER ABORT x", "ERR syntax error"),
        ("FAILOVER ABORT TIMEOUT 5", "ERR syntax error"),
        ("FAILOVER TIMEOUT 0", "ERR FAILOVER timeout must be greater than 0"),
        ("REPLICAOF NO ONE", "ERR REPLICAOF not allowed while failing over."),
        ("REPLICAOF a x", "ERR REPLICAOF not allowed while failing over."),
        ("SLAVEOF 127.0.0.1 1", "ERR REPLICAOF not allowed while failing over."),
        ("SYNC", "NOMASTERLINK Can't SYNC while failing over"),
        ("PSYNC ? -1", "NOMASTERLINK Can't SYNC while failing over"),
        ("PSYNC ? -1 FAILOVER", "ERR PSYNC FAILOVER can't be sent to a master."),
    ):
        assert str(redis(line)) == error, line
    assert redis("FAILOVER ABORT") == "OK" and redis("REPLICAOF 127.0.0.1 1") == "OK"
    assert str(redis("FAILOVER FORCE")) == "ERR FAILOVER is not valid when server is a replica."
    assert str(redis("FAILOVER ABORT")) == "ERR No failover in progress."


def test_a_replica_without_the_data_is_no_target(redis, connect):
    redis("CONFIG SET repl-diskless-sync-delay 1000")
    replica = connect(Target)
    replica.send("PSYNC ? -1")
    wait_until(lambda: "state=wait_bgsave" in (field(redis, "slave0") or ""))
    error = redis(f"FAILOVER TO 127.0.0.1 {replica.port}")
    redis("CONFIG SET repl-diskless-sync-delay 0")
    assert str(error) == "ERR FAILOVER target replica is not online."


def test_while_it_waits_nothing_is_written_until_it_is_aborted(redis, connect, target):
    assert redis("FAILOVER") == "OK" and state_of(redis) == "waiting-for-sync"
    writer, offset = begin_write(redis, connect), offset_of(redis)
    assert redis("GET k") == b"v" and field(redis, "role") == "master" and offset_of(redis) == offset
    assert redis("FAILOVER ABORT") == "OK" and state_of(redis) == "no-failover"
    assert writer.read() == "OK" and redis("GET k") == b"w"


def test_a_failover_may_have_a_time_out(redis, connect, target):
    assert redis("FAILOVER TIMEOUT 20") == "OK"
    writer = connect()
    assert writer("SET k w") == "OK" and state_of(redis) == "no-failover"
    assert field(redis, "role") == "master"


def test_a_replica_that_has_everything_becomes_the_master(redis, connect, target):
    replid = field(redis, "master_replid")
    assert redis("FAILOVER") == "OK"
    writer, offset = begin_write(redis, connect), offset_of(redis)
    acknowledge(redis, target)
    target.be_asked(replid, offset, port_of(redis))
    assert state_of(redis) == "failover-in-progress" and redis("ROLE")[0] == b"slave"
    assert str(redis("REPLICAOF NO ONE")) == "ERR REPLICAOF not allowed while failing over."
    assert redis("SET k x") == READ_ONLY, "at once, for this is a replica now"
    target.asking.sendall(b"+CONTINUE %s\r\n" % NEW_ID)
    assert writer.read() == READ_ONLY
    wait_until(lambda: field(redis, "master_link_status") == "up")
    assert state_of(redis) == "no-failover"
    assert [field(redis, name) for name in ("master_replid", "master_replid2", "second_repl_offset")] == [
        NEW_ID.decode(), replid, str(offset + 1),
    ]  # fmt: skip
    target.asking.sendall(encode_command([b"SELECT", b"0"]) + encode_command([b"SET", b"k", b"y"]))
    wait_until(lambda: redis("GET k") == b"y")


@pytest.mark.parametrize("answer", [b"-ERR no", b"-LOADING wait", b"+OK"])
def test_a_replica_may_refuse_and_then_the_master_goes_on(redis, connect, target, answer):
    replid = field(redis, "master_replid")
    assert redis(f"FAILOVER TO 127.0.0.1 {target.port}") == "OK"
    writer, offset = begin_write(redis, connect), offset_of(redis)
    acknowledge(redis, target)
    target.be_asked(replid, offset, port_of(redis))
    target.asking.sendall(answer + b"\r\n")
    assert writer.read() == "OK" and redis("GET k") == b"w"
    assert (state_of(redis), field(redis, "role")) == ("no-failover", "master")
    assert (field(redis, "master_replid2"), field(redis, "second_repl_offset")) == (replid, str(offset + 1))
    assert target.asking.recv(1) == b"", "no SYNC"


def test_one_that_is_aborted_late_never_asks_the_replica_to_become_the_master(redis, connect, target):
    assert redis("FAILOVER") == "OK"
    writer = begin_write(redis, connect)
    acknowledge(redis, target)
    target.accept()
    assert state_of(redis) == "failover-in-progress" and redis("FAILOVER ABORT") == "OK"
    assert writer.read() == "OK" and field(redis, "role") == "master"
    target.asking.sendall(b"+PONG\r\n")  # it was suspended, say, and goes on now
    with contextlib.suppress(ConnectionResetError):
        assert target.asking.recv(1) == b""


def test_with_force_a_replica_that_lacks_something_becomes_the_master(redis, target):
    replid, offset = field(redis, "master_replid"), offset_of(redis)
    assert redis(f"FAILOVER TO 127.0.0.1 {target.port} FORCE TIMEOUT 20") == "OK"
    target.be_asked(replid, offset, port_of(redis))
    target.asking.sendall(b"+FULLRESYNC %s 7\r\n" % NEW_ID)
    wait_until(lambda: state_of(redis) == "no-failover")
    assert redis("ROLE")[0] == b"slave" and redis("GET k") == b"v", "until the file has come"


def test_a_master_that_waits_for_a_target_that_has_left_goes_on_waiting(redis, connect, target):
    assert redis(f"FAILOVER TO 127.0.0.1 {target.port}") == "OK"
    target.socket.close()
    wait_until(lambda: field(redis, "connected_slaves") == "0")
    assert state_of(redis) == "waiting-for-sync"
    assert redis("FAILOVER ABORT") == "OK" and redis("SET k w") == "OK"


def test_a_pause_of_clients_ends_by_itself_during_a_failover(redis, connect, target):
    assert redis("FAILOVER") == "OK"
    writer = begin_write(redis, connect)
    assert redis("CLIENT PAUSE 100 ALL") == "OK"
    reader = connect()
    assert reader("GET k") == b"v", "it was held back by the second pause, and runs at its end"
    assert redis("FAILOVER ABORT") == "OK" and writer.read() == "OK"


def test_the_rest_of_a_transaction_is_written_before_the_failover_begins(redis, target):
    for line in ("MULTI", "FAILOVER", "SET k w", "ROLE"):
        redis(line)
    assert [*redis("EXEC")[:2], state_of(redis), redis("GET k")] == ["OK", "OK", "waiting-for-sync", b"w"]
    replid, offset = field(redis, "master_replid"), offset_of(redis)
    acknowledge(redis, target)
    target.be_asked(replid, offset, port_of(redis))


def test_a_replica_becomes_the_master_only_for_one_that_has_its_history(redis, connect):
    connect(Replica).synchronize()  # so that there is a history, which the first replica begins
    assert redis("REPLICAOF 127.0.0.1 1") == "OK"
    replid, offset = field(redis, "master_replid"), offset_of(redis)
    old_master = connect(Replica)
    for line in (f"PSYNC {'x' * 40} 1 FAILOVER", f"PSYNC {'x' * 40} x failover"):
        assert str(old_master(line)) == "ERR PSYNC FAILOVER replid must match my replid."
    assert field(redis, "role") == "slave"
    old_master.introduce("eof", "psync2")
    old_master.send(f"PSYNC {replid.upper()} {offset + 1} failover")
    assert re.match(rb"\+(CONTINUE|FULLRESYNC) [0-9a-f]{40}", old_master.line())
    assert (field(redis, "role"), field(redis, "master_replid2")) == ("master", replid)
    assert redis("SET k v") == "OK"
    assert str(connect()(f"PSYNC {replid} 1 FAILOVER")) == "ERR PSYNC FAILOVER can't be sent to a master."


def test_a_replica_that_becomes_the_master_does_so_before_the_rest_is_looked_at(redis, connect):
    assert redis("REPLICAOF 127.0.0.1 1") == "OK"
    error = connect()("PSYNC", field(redis, "master_replid"), "x", "FAILOVER")
    assert str(error) == "ERR value is not an integer or out of range"
    assert field(redis, "role") == "master"
