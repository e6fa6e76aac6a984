"""What a replica does with what its master sends: the test plays the master, and sees and says every byte.

The replica is our server, and the real one.
"""

import re
import socket
import threading
from contextlib import ExitStack, suppress

import pytest
from harness import PATIENCE, Client, has_real_server, our_server, real_server, started, wait_until

from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.resp import read_command
from redis_clone.protocol.stream import Stream

REPLID = b"0123456789abcdef0123456789abcdef01234567"
EMPTY_FILE = bytes.fromhex("524544495330303130ff") + bytes(8)  # an RDB file without a checksum


class FakeMaster:
    """Listens, and talks to the replica that connects."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port = self._listener.getsockname()[1]
        self._socket = None

    def accept(self):
        """Wait for the replica, which may have closed the connection before."""
        if self._socket is not None:
            self._socket.close()
        self._socket, _ = self._listener.accept()
        self._socket.settimeout(PATIENCE)
        self._stream = Stream(self._socket.recv)

    def command(self):
        """The next command of the replica; b"" when it has closed the connection."""
        with suppress(EOFError, ConnectionError):
            return b" ".join(read_command(self._stream) or [])
        return b""

    def acknowledged(self):
        """The next offset that the replica says it has."""
        word, kind, offset = self.command().split()[:3]
        assert (word, kind) == (b"REPLCONF", b"ACK")
        return int(offset)

    def send(self, data):
        self._socket.sendall(data)

    def is_closed(self):
        """Wait until the replica closes the connection; what it says before does not matter."""
        try:
            while self._socket.recv(1000):
                pass
        except ConnectionError:
            pass
        return True

    def meet(self):
        """Accept the replica, and let it introduce itself; returns its PSYNC."""
        self.accept()
        while not (command := self.command()).startswith((b"PSYNC", b"SYNC")):
            if not command:  # it was an earlier link, which is over
                self.accept()
            else:
                with suppress(ConnectionError):
                    self.send(b"+PONG\r\n" if command == b"PING" else b"+OK\r\n")
        return command

    def synchronize(self, offset=1000):
        """Give the replica an empty file with all data; the stream begins after the offset."""
        self.meet()
        self.send(b"+FULLRESYNC %b %d\r\n$%d\r\n%b" % (REPLID, offset, len(EMPTY_FILE), EMPTY_FILE))

    def close(self):
        self._listener.close()
        if self._socket is not None:
            self._socket.close()


def encoded(*lines):
    return b"".join(encode_command(line.encode().split()) for line in lines)


# Marks a test of what the real one does not survive.
ours_alone = pytest.mark.parametrize("replica_address", ["ours"], indirect=True)


@pytest.fixture(scope="module", params=["ours", "real"])
def replica_address(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("replica")
    if request.param == "ours":
        with our_server(dir=str(folder)) as address:
            yield address
    elif not has_real_server():
        pytest.skip("needs redis-server")
    else:
        with real_server(folder) as address:
            yield address


@pytest.fixture
def replica(replica_address):
    client = Client(replica_address)
    yield client
    client("REPLICAOF NO ONE")
    client("FLUSHALL")
    client.close()


@pytest.fixture
def master(replica):
    master = FakeMaster()
    replica(f"REPLICAOF 127.0.0.1 {master.port}")
    yield master
    master.close()


@pytest.mark.parametrize("size", [50_000, 100_000, 700_000])
def test_a_long_command_is_run_as_soon_as_it_has_come(replica, master, size):
    master.synchronize()
    command = encode_command([b"SET", b"k", b"v" * size])
    master.send(command)
    wait_until(lambda: replica("STRLEN k") == size)
    master.send(encoded("REPLCONF GETACK *"))
    offset = 1000 + len(command)
    wait_until(lambda: master.acknowledged() >= offset)


FULL_RESYNC = b"+FULLRESYNC %b 5\r\n" % REPLID
NO_ANSWERS = (  # to PSYNC
    b" \r\n", b"hello\r\n", b"+" + b"x" * 100_000, b"+FULLRESYNC\r\n", b"+FULLRESYNC abc 5\r\n",
    b"+FULLRESYNC %b \xc2\xb2\r\n" % REPLID, b"+FULLRESYNC %b %b\r\n" % (REPLID, b"9" * 5000),
    FULL_RESYNC + b"-ERR no file\r\n", FULL_RESYNC + b"hello\r\n", FULL_RESYNC + b"$" + b"1" * 5000 + b"\r\n",
    FULL_RESYNC + b"$" + b"1" * 5000, FULL_RESYNC + b"$-1\r\n",
)  # fmt: skip
NO_STREAM = (  # the real one goes on behind *-5
    b"hello world\r\n", b"*1\r\n$abc\r\n", b"*99999999999\r\n", b"*" + b"1" * 100_000, b"*1\r\n$-5\r\n",
    encoded("SET a 1") + b"what?\r\n",
)  # fmt: skip


def follow(replica, master):
    """Begin anew, without waiting for the second that lies between two attempts."""
    replica("REPLICAOF NO ONE")
    replica(f"REPLICAOF 127.0.0.1 {master.port}")


def hang_up(master):
    """The real one waits for more of what was promised; so it is told that there is none."""
    with suppress(OSError):
        master._socket.shutdown(socket.SHUT_WR)
    return master.is_closed()


def test_a_master_that_does_not_keep_to_the_protocol_is_left_and_tried_again(replica, master, caplog):
    for answer in NO_ANSWERS:
        follow(replica, master)
        assert master.meet().startswith(b"PSYNC"), answer
        master.send(answer)
        hang_up(master)
        assert replica("PING") == "PONG", answer
    follow(replica, master)
    master.synchronize()
    wait_until(lambda: replica("ROLE")[3] == b"connected")
    assert not [record for record in caplog.records if record.exc_info], "none of it is a bug"


@pytest.mark.slow
def test_what_is_no_stream_is_followed_by_a_full_synchronization(replica, master, caplog):
    for data in NO_STREAM:
        follow(replica, master)
        master.synchronize()
        master.send(data)
        assert master.is_closed(), data
        assert master.meet() == b"PSYNC ? -1", data
    assert not [record for record in caplog.records if record.exc_info]


def test_an_id_that_is_none_is_not_taken_over(replica, master):
    _, before, _ = master.meet().split()
    master.send(b"+CONTINUE abc\r\n" + encoded("SET k v"))
    wait_until(lambda: replica("GET k") == b"v")
    assert f"master_replid:{before.decode()}\r\n" in replica("INFO replication").decode()


@pytest.mark.slow
@ours_alone  # the real one ends
def test_a_damaged_file_leaves_no_data_and_then_everything_is_asked_for(replica, master):
    master.meet()
    master.send(FULL_RESYNC + b"$20\r\nREDIS0010" + b"x" * 11)
    assert master.meet() == b"PSYNC ? -1" and replica("DBSIZE") == 0
    master.send(b"+CONTINUE %b\r\n" % REPLID)  # without being asked to
    assert master.is_closed() and replica("ROLE")[3] != b"connected"


@ours_alone
def test_the_aux_fields_of_a_file_may_be_anything(replica, master, caplog):
    fields = (
        (b"repl-stream-db", b"99"),
        (b"repl-offset", b"9" * 200),
        (b"ctime", b"\xb2"),
        (b"used-mem", b"-1"),
    )
    file = EMPTY_FILE[:9]
    for name, value in fields:
        length = bytes([len(value)]) if len(value) < 64 else bytes([0x40, len(value)])
        file += b"\xfa" + bytes([len(name)]) + name + length + value
    file += EMPTY_FILE[9:]
    master.meet()
    master.send(b"+FULLRESYNC %b 1000\r\n$%d\r\n%b" % (REPLID, len(file), file) + encoded("SET k v"))
    wait_until(lambda: replica("GET k") == b"v")
    assert not [record for record in caplog.records if record.exc_info]


def test_what_fails_in_the_stream_is_passed_over_and_counts(replica, master):
    master.synchronize()
    lines = ["NOSUCH a", "SELECT 99", "SELECT x", "GET", "SET a 1", "REPLCONF nonsense 1", "EXEC", "DISCARD",
             "PING", "SELECT 3", "SET b 1", "REPLCONF GETACK *"]  # fmt: skip
    sent = encoded(*lines)
    master.send(b"\n" + sent)  # a sign of life, which counts too
    wait_until(lambda: master.acknowledged() >= 1001 + len(sent) - len(encoded(lines[-1])))
    assert replica("GET a") == b"1" and replica("SELECT 3") == "OK" and replica("GET b") == b"1"


def test_a_transaction_that_was_not_finished_is_asked_for_again(replica, master):
    master.synchronize()
    done = encoded("SET a 1")
    master.send(done + encoded("MULTI", "SET b 1"))
    wait_until(lambda: replica("GET a") == b"1")
    hang_up(master)
    assert master.meet() == b"PSYNC %b %d" % (REPLID, 1001 + len(done))
    assert replica("GET b") is None


@ours_alone  # the real one ends at BLPOP, and what it does with the others no master needs to know
def test_a_master_that_sends_what_only_clients_send_does_no_harm(replica, master, caplog):
    master.synchronize()
    odd = ["BLPOP l 0", "SUBSCRIBE x", "MONITOR", "CLIENT REPLY ON", "HELLO 3", "RESET", "QUIT", "WATCH a",
           "CLIENT TRACKING ON", "WAIT 1 0", "PUBLISH x y", "SYNC"]  # fmt: skip
    for line in odd:
        follow(replica, master)
        master.synchronize()
        master.send(encoded(line, f"SET k {odd.index(line)}"))
        wait_until(lambda line=line: replica("GET k") == b"%d" % odd.index(line))
    follow(replica, master)
    assert "connected_slaves:0\r\n" in replica("INFO replication").decode(), "nothing of a link stays"
    assert replica("PUBSUB CHANNELS") == []
    assert not [record for record in caplog.records if record.exc_info]


@ours_alone
def test_a_master_that_says_to_follow_another_is_obeyed_at_once(replica, master):
    master.synchronize()
    master.send(encoded("SET a 1", "REPLICAOF NO ONE", "SET b 1"))
    assert master.is_closed()
    assert replica("ROLE")[0] == b"master" and replica("GET a") == b"1" and replica("GET b") is None


def test_any_text_is_taken_for_the_host_of_a_master(replica):
    for host in (b"a b", b"", b"x\xff", b"a..b", b"\r\n", b"x" * 100, b"''", b"NO ONE"):
        assert replica("REPLICAOF", host, "0") == "OK", host
        assert replica("ROLE")[1:3] == [host, 0], host
        assert replica("CONFIG GET replicaof") == [b"replicaof", host + b" 0"], host
        assert b"\r\nmaster_host:" + host in replica("INFO replication"), host
    assert replica("REPLICAOF ::1 1") == "OK" and replica("PING") == "PONG"


def test_errors_of_the_stream_are_counted_as_unexpected(replica, master):
    master.synchronize()
    wait_until(lambda: replica("ROLE")[3] == b"connected")  # else a GET might find it loading
    replica("CONFIG RESETSTAT")
    master.send(encoded("SET a 1", "LPUSH a x", "NOSUCH", "SELECT 77", "SET b 1"))
    wait_until(lambda: replica("GET b") == b"1")
    stats = replica("INFO stats").decode()
    assert "unexpected_error_replies:3\r\n" in stats and "total_error_replies:3\r\n" in stats
    received, all_received = (
        int(re.search(f"total_net_{name}input_bytes:(.*)\r", stats)[1]) for name in ("repl_", "")
    )
    assert all_received > received >= len(encoded("SET a 1", "LPUSH a x", "NOSUCH", "SELECT 77", "SET b 1"))


def test_the_link_to_the_master_is_a_client_of_its_own_kind(replica, master):
    master.synchronize()
    master.send(encoded("PING"))
    wait_until(lambda: b" cmd=ping " in replica("CLIENT LIST TYPE master"))
    line = replica("CLIENT LIST TYPE master").decode()
    for part in (f" addr=127.0.0.1:{master.port} laddr=127.0.0.1:", " flags=M ", " user=(superuser) "):
        assert part in line
    assert " fd=-1 " not in line
    assert replica("CLIENT KILL TYPE replica") == 0 and replica("CLIENT KILL TYPE normal") == 0
    assert replica("CLIENT KILL TYPE master") == 1 and master.is_closed()
    assert master.meet() == b"PSYNC %b %d" % (REPLID, 1001 + len(encoded("PING")))


@pytest.mark.slow
def test_an_error_of_the_stream_may_end_the_server(tmp_path):
    words = ("--propagation-error-behavior", "panic", "--save", "3600 1")
    with started(*words, "--dir", str(tmp_path)) as (process, port):
        client, master = Client(("127.0.0.1", port)), FakeMaster()
        client(f"REPLICAOF 127.0.0.1 {master.port}")
        master.synchronize()
        master.send(encoded("SET a 1", "LPUSH a x"))
        assert process.wait() == 1 and "panicked sending an error to its master" in process.stdout.read()
        assert (tmp_path / "dump.rdb").read_bytes() == EMPTY_FILE, "what came after it is not saved"
        client.close(), master.close()


@pytest.mark.slow
def test_a_master_that_does_not_answer_holds_up_nobody(tmp_path):
    """Its queue of connections is full, so the system of the replica tries again and again."""
    with our_server(dir=str(tmp_path), **{"repl-timeout": "3600"}) as address:
        replica = Client(address)
        with socket.socket() as listener, ExitStack() as waiting:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(3):
                queued = waiting.enter_context(socket.socket())
                queued.setblocking(False)
                queued.connect_ex(listener.getsockname())
            before = threads_of_links()
            replica(f"REPLICAOF 127.0.0.1 {listener.getsockname()[1]}")
            wait_until(lambda: replica("ROLE")[3] == b"connecting")
            replica("REPLICAOF NO ONE")
            wait_until(lambda: threads_of_links() == before)
        replica.close()


def threads_of_links():
    return sum(thread.name == "master" for thread in threading.enumerate())
