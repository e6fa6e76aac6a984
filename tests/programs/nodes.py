"""Servers in processes of their own, ours and the real one, that are killed and come back."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from harness import REPOSITORY, Client, free_port, serves, wait_until

OURS, REAL, SENTINEL = [sys.executable, "server.py"], ["redis-server"], ["redis-sentinel"]
SERVER = """
save ""
enable-debug-command yes
repl-diskless-sync-delay 0
repl-ping-replica-period 1
repl-backlog-size 16mb
"""


class Node:
    """A program with a configuration file, which it may rewrite.  Call it with a command to be asked."""

    def __init__(self, program, folder, text=SERVER, password=""):
        self.program, self.port, self.password = program, free_port(), password
        self.process = None
        folder.mkdir(parents=True)
        self.path = folder / "redis.conf"
        self.path.write_text(f"port {self.port}\ndir '{folder}'\nlogfile log.txt\n{text}\n")

    def __repr__(self):
        name = {id(OURS): "ours", id(REAL): "real", id(SENTINEL): "sentinel"}[id(self.program)]
        return f"<{name} at {self.port}>"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    def start(self):
        self.process = subprocess.Popen(
            [*self.program, str(self.path)], cwd=REPOSITORY, stdout=subprocess.DEVNULL
        )
        wait_until(lambda: serves(self.address) or not self.is_running)
        assert self.is_running

    def __call__(self, line, *arguments):
        """The reply to a command that may be sent twice: who changes its role closes its clients."""
        for _ in range(10):
            with suppress(EOFError, ConnectionError), self.connect() as client:
                return client(line, *arguments)
        raise AssertionError("each connection was closed")

    @contextmanager
    def connect(self):
        client = Client(self.address)
        try:
            if self.password:
                assert client("AUTH", self.password) == "OK"
            yield client
        finally:
            client.close()

    def field(self, name):
        """A field of INFO; None when it has no such line."""
        found = re.search(rf"^{name}:(.*)\r$", self("INFO all").decode(), re.MULTILINE)
        return found.group(1) if found else None

    def count(self, name):
        return int(self.field(name))

    def place(self):
        return self.field("master_replid"), self.field("master_repl_offset")

    def counters(self):
        """How many replicas came for all data, how many for the rest, and how many of these got all data."""
        return [self.count(f"sync_{name}") for name in ("full", "partial_ok", "partial_err")]

    def wait_for_writes(self, count):
        """Wait until others have written so many bytes more to it."""
        wanted = self.count("master_repl_offset") + count
        wait_until(lambda: self.count("master_repl_offset") > wanted)

    def follow(self, master):
        assert "OK" in self(f"REPLICAOF 127.0.0.1 {master.port}")
        self.wait_for_link()

    def wait_for_link(self):
        wait_until(lambda: self.field("master_link_status") == "up")

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """As by kill -9: nothing is saved, and nobody hears of it."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        """As an operator does it, with all data saved."""
        with self.connect() as client:
            client.send("SHUTDOWN SAVE")
            self.process.wait()


@contextmanager
def nodes(folder, *programs, text=SERVER):
    """Running servers, one for each program."""
    made = [Node(program, folder / f"node-{number}", text) for number, program in enumerate(programs)]
    with ended(made):
        for node in made:
            node.start()
        yield made


@contextmanager
def ended(made):
    """Ends those that run at the end."""
    try:
        yield
    finally:
        running = [node for node in made if node.is_running]
        for node in running:
            node.process.kill()
        for node in running:
            node.process.wait()


def at_once(function, cases):
    """The results of the function for all cases, which spend their time waiting, so they run at once."""
    with ThreadPoolExecutor() as pool:
        tasks = {case: pool.submit(function, case) for case in cases}
    for case, task in tasks.items():
        if task.exception() is not None:
            raise AssertionError(f"the case {case}") from task.exception()
    return [task.result() for task in tasks.values()]


def keep_keys(master):
    """Make the keys that expire stay, for their deletions would move the offset."""
    with master.connect() as client:
        for db in range(4):
            client(f"SELECT {db}")
            for key in client("KEYS *"):
                client("PERSIST", key)


def assert_equal(*servers):
    """All come to the same data, and to the same place in the same history."""
    found = {}

    def are_equal():
        found.update({node: (node("DEBUG DIGEST"), *node.place()) for node in servers})
        return len(set(found.values())) == 1

    try:
        wait_until(are_equal)
    except AssertionError:
        raise AssertionError(found) from None
