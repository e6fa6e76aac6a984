"""Two servers, one of which follows the other: how they are started, loaded, cut apart, and compared.

One of them may be played by the test: see Replica.
"""

import random
import re
import subprocess
import threading
from contextlib import contextmanager, suppress

import pytest
from harness import Client, free_port, has_real_server, our_server, real_server, wait_until

WRITES = (
    "SET s{} {}", "INCR n{}", "RPUSH l{} {}", "LPOP l{}", "SADD m{} {}", "SPOP m{}", "HSET h{} f{} 1",
    "DEL h{}", "ZADD z{} {} a", "ZINCRBY z{} 1.5 b", "XADD x{} * f {}", "EXPIRE s{} 100", "APPEND s{} {}",
    "SETRANGE s{} {} v", "PFADD p{} {}", "MSET s{} 1 n1 {}", "INCRBYFLOAT f{} 0.1", "SET t{} v PX {}",
)  # fmt: skip

MARK_BYTES = 40
PARAMETERS = {"repl-diskless-sync-delay": "0", "repl-ping-replica-period": "3600"}  # nothing comes unasked


@contextmanager
def master_of(kind, folder):
    """A master of either kind, "ours" or "real", that sends nothing unasked; yields its address."""
    if kind == "ours":
        with our_server(dir=str(folder), **PARAMETERS) as address:
            yield address
        return
    if not has_real_server():
        pytest.skip("needs redis-server")
    words = [word for name, value in PARAMETERS.items() for word in (f"--{name}", value)]
    with real_server(folder, *words) as address:
        yield address


class Replica(Client):
    """A replica that the test plays: a client that asks for the data and the stream."""

    def __init__(self, address):
        super().__init__(address)
        self.address = address
        self.socket.settimeout(5)

    def introduce(self, *capabilities, port=7777):
        assert self(f"REPLCONF listening-port {port}") == "OK"
        for name in capabilities:
            assert self(f"REPLCONF capa {name}") == "OK"

    def line(self):
        """The next line; lone newlines are there to say that the master is alive."""
        while self.stream.peek() == b"\n":
            self.stream.read_exactly(1)
        return self.stream.read_line()

    def file(self):
        """The RDB file, whichever form it comes in."""
        head = self.line()
        if not head.startswith(b"$EOF:"):
            return self.stream.read_exactly(int(head[1:]))
        mark, data = head[5:], b""
        assert len(mark) == MARK_BYTES
        while not data.endswith(mark):
            data += self.stream.read_exactly(1)
        return data.removesuffix(mark)

    def synchronize(self, replid=b"?", offset=-1):
        """Ask for everything; returns the replication ID, the offset and the file."""
        self.send("PSYNC", replid, offset)
        word, replid, offset = self.line().split()
        assert word == b"+FULLRESYNC"
        data = self.file()
        self.acknowledge()
        return replid, int(offset), data

    def acknowledge(self):
        """Say that the file is loaded, but not before the master knows that it has sent it."""
        witness = Client(self.address)
        wait_until(
            lambda: not re.search("state=(wait_bgsave|send_bulk)", witness("INFO replication").decode())
        )
        witness.leave()
        self.send("REPLCONF ACK 0")

    def commands(self, count):
        """The next commands of the stream."""
        return [b" ".join(self.read()) for _ in range(count)]


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


class Load:
    """Threads that write at random until the `with` over it ends; they survive the end of the server."""

    def __init__(self, address, seed, writers=3):
        self._address = address
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(seed + n,)) for n in range(writers)]

    def _write(self, seed):
        draw = random.Random(seed)
        while not self._is_over.is_set():
            with suppress(OSError, EOFError):
                self._write_to(Client(self._address), draw)

    def _write_to(self, client, draw):
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


@contextmanager
def real_master(folder, *words):
    """A real server that replicas may follow; yields a client of it, which knows its port and its process."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--dir", str(folder), "--save", "",
         "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0",
         "--repl-ping-replica-period", "1", *words],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        client = wait_until(lambda: connected(port))
        client.port, client.process = port, process
        yield client
    finally:
        process.kill()
        process.wait()


@contextmanager
def replica_of(port, folder, *words):
    """A real server that follows the one at `port`; yields a client of it, as real_master() does."""
    with real_master(folder, "--replicaof", "127.0.0.1", str(port), *words) as client:
        wait_until(lambda: field(client, "master_link_status") == "up")
        yield client


@contextmanager
def our_replica(port, folder, **parameters):
    """Our server, which follows the one at `port`; 0: none."""
    folder.mkdir(exist_ok=True)
    with our_server(dir=str(folder), **{"repl-diskless-sync-delay": "0", **parameters}) as address:
        client = Client(address)
        client.port = address[1]
        if port:
            follow(client, port)
        yield client
        client.close()


def follow(client, port):
    client(f"REPLICAOF 127.0.0.1 {port}")
    wait_until(lambda: field(client, "master_link_status") == "up")
