"""What a replica says to its master while it follows the stream, and shows of the place where it is.

The master is played by the test; the replica is our server, and the real one, of its own for each test:
a server that was a replica is not as it was before.
"""

import socket

import pytest
from harness import Client, has_real_server, our_server, real_server, started, wait_until
from replicating import field

from redis_clone.protocol.replies import encode_command

NEW_ID = b"b" * 40
GETACK = encode_command([b"REPLCONF", b"GETACK", b"*"])


def encoded(*lines):
    return b"".join(encode_command(line.split()) for line in lines)


class Master:
    """A master that takes on whoever comes, without any data."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(5)
        self.port = self.listener.getsockname()[1]
        self.offset = 0
        self.link = None

    def take_on(self, own):
        """Become the master of a server, which goes on where it is."""
        self.offset = int(field(own, "master_repl_offset"))
        assert own(f"REPLICAOF 127.0.0.1 {self.port}") == "OK"
        self.link = Client.__new__(Client)
        self.link.socket, _ = self.listener.accept()
        self.link.socket.settimeout(5)
        self.link.stream = type(own.stream)(self.link.socket.recv)
        for answer, words in ((b"+PONG", 1), (b"+OK", 3), (b"+OK", 5)):
            assert len(self.link.read()) == words
            self.link.send_bytes(answer + b"\r\n")
        assert self.link.read()[0] == b"PSYNC"
        self.link.send_bytes(b"+CONTINUE %s\r\n" % NEW_ID)
        wait_until(lambda: field(own, "master_link_status") == "up")

    def send(self, data):
        self.link.send_bytes(data)
        self.offset += len(data)

    def acknowledged(self, least):
        """The first acknowledgement of so much at least; others come once a second."""
        while True:
            words = self.link.read()
            assert words[:2] == [b"REPLCONF", b"ACK"]
            if int(words[2]) >= least:
                return int(words[2]), words[3:]

    def close(self):
        self.listener.close()
        if self.link is not None:
            self.link.close()


@pytest.fixture
def master():
    master = Master()
    yield master
    master.close()


def test_the_answer_to_getack_does_not_count_the_question(own, master):
    master.take_on(own)
    before = master.offset
    master.send(encoded(b"SELECT 0", b"SET k v"))
    written = master.offset
    master.send(GETACK + GETACK)
    assert master.acknowledged(before + 1)[0] == written
    assert master.acknowledged(written + 1)[0] == written + len(GETACK), "the first of the two"
    wait_until(lambda: int(field(own, "slave_repl_offset")) == master.offset)


@pytest.mark.slow
def test_in_a_transaction_the_question_is_answered_at_its_end(own, master):
    master.take_on(own)
    master.send(encoded(b"SELECT 0"))
    before = master.offset
    master.send(encoded(b"MULTI", b"SET k v") + GETACK + encoded(b"SET l v"))
    assert master.acknowledged(before)[0] == before, "by the clock"
    master.send(encoded(b"EXEC"))
    assert master.acknowledged(before)[0] == before, "in a transaction nothing counts before its end"
    assert master.acknowledged(before + 1)[0] == master.offset
    assert own("GET l") == b"v"


def test_with_a_log_a_replica_says_what_is_on_its_disk(master, tmp_path):
    """FACK is new in 7.2, so only our server is asked."""
    with our_server(dir=str(tmp_path), appendonly="yes", appendfsync="no") as address:
        replica = Client(address)
        master.take_on(replica)
        before = master.offset
        master.send(encoded(b"SELECT 0", b"SET k v"))
        written = master.offset
        master.send(GETACK)
        [word, synced] = master.acknowledged(written)[1]
        assert word == b"FACK" and int(synced) <= before
        replica("CONFIG SET appendfsync always")
        master.send(encoded(b"SET k w"))
        written = master.offset
        master.send(GETACK)
        acknowledged, [word, synced] = master.acknowledged(written)
        assert acknowledged == written and int(synced) >= written
        replica("CONFIG SET appendonly no")
        master.send(GETACK)
        assert master.acknowledged(master.offset - len(GETACK))[1] == []
        replica.close()


def test_a_command_that_comes_in_pieces_runs_as_soon_as_it_is_whole(own, master):
    master.take_on(own)
    long = encode_command([b"SET", b"k", b"v" * 100_000])
    for cut in (len(long) - 1, len(long) - 2, len(long) - 50_000, 100):
        master.send(encoded(b"SELECT 0", b"DEL k", b"SET before %d" % cut) + long[:cut])
        wait_until(lambda cut=cut: own("GET before") == b"%d" % cut)
        master.send(long[cut:])
        wait_until(lambda: own("STRLEN k") == 100_000)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ours", "real"])
def test_a_replica_that_never_had_a_master_is_at_offset_one(tmp_path, kind):
    if kind == "real" and not has_real_server():
        pytest.skip("needs own-server")
    words = ("--replicaof", "127.0.0.1", "1")
    with started(*words) if kind == "ours" else real_server(tmp_path, *words) as address:
        own = Client(("127.0.0.1", address[1]) if kind == "ours" else address)
        assert [field(own, name) for name in ("slave_repl_offset", "slave_read_repl_offset")] == ["1", "1"]
        assert field(own, "master_repl_offset") == "0"
        own("REPLICAOF NO ONE"), own("REPLICAOF 127.0.0.1 1")
        assert field(own, "slave_repl_offset") == "0", "it goes on where it was as a master"
        own.close()
