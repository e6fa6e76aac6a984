"""A process of the load: it has its share of the connections, and one thread with a selector for them.

Each connection sends a pipeline, waits until all the replies are there, and sends the next.  So a slow
server is asked less often, and the latency of a request is the time until its whole pipeline was answered,
as redis-benchmark counts it.

The pipelines are made before the clock starts.  Replies are counted, not decoded: the benchmark is a Python
program on the same machine, and the CPU that it uses is missing to the server.
"""

import selectors
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import connection as pipes
from random import Random

from redis_clone.benchmark.latencies import Latencies
from redis_clone.benchmark.workloads import WORKLOADS, Draw, Shape
from redis_clone.protocol.replies import encode_command, read_reply
from redis_clone.protocol.stream import Stream

if sys.platform == "win32":  # there a pipe has a type of its own
    Pipe = pipes.PipeConnection
else:
    Pipe = pipes.Connection

COMMANDS = 50_000  # different ones, sent again from the first when all were sent
REPORT_SECONDS = 0.2  # how often the progress is reported to the parent process
PATIENCE_SECONDS = 30.0  # without a byte from the server

Address = tuple[str, int] | str  # a host and a port, or the path of a Unix socket


@dataclass(frozen=True)
class Job:
    """The share of one process, or of a whole run before it is divided."""

    address: Address
    workload: str
    shape: Shape
    requests: int
    connections: int
    pipeline: int
    password: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """The measurements of one process; `began` and `ended` are seconds of the machine's monotonic clock."""

    began: float
    ended: float
    requests: int
    errors: int
    latencies: "Counter[int]"


class PrepareError(Exception):
    """The server answered a command of the preparation with an error."""


class ReplyCounter:
    """Counts whole replies in bytes that arrive in any pieces.

    >>> counter = ReplyCounter()
    >>> counter.feed(b"+OK\\r\\n*2\\r\\n$1\\r\\n"), counter.feed(b"a\\r\\n$-1\\r\\n-ERR x\\r\\n")
    (1, 2)
    """

    def __init__(self) -> None:
        self.errors = 0
        self._rest = b""
        self._in_payload = False  # of a bulk string; one line, in our workloads
        self._items_to_come = 0  # of an array that has begun

    def feed(self, received: bytes) -> int:
        """Take bytes; returns how many replies have become whole with them."""
        *lines, self._rest = (self._rest + received).split(b"\r\n")
        return sum(map(self._ends_a_reply, lines))

    def _ends_a_reply(self, line: bytes) -> bool:
        kind = line[:1]
        if self._in_payload:
            self._in_payload = False
        elif kind == b"$" and line != b"$-1":
            self._in_payload = True
            return False
        elif kind == b"*" and int(line[1:]) > 0:
            self._items_to_come += int(line[1:]) - (self._items_to_come > 0)  # an array may be an item itself
            return False
        elif kind == b"-":
            self.errors += 1
        if self._items_to_come:
            self._items_to_come -= 1
        return not self._items_to_come


class Connection:
    """One connection of the load: a pipeline is sent, and all its replies are read."""

    def __init__(self, job: Job, pipelines: Iterator[bytes]) -> None:
        self.socket = connected(job.address, job.password)
        self._pipeline = job.pipeline
        self._pipelines = pipelines
        self._counter = ReplyCounter()
        self._missing = 0
        self._sent_at = 0.0

    def send(self) -> None:
        self._missing = self._pipeline
        self._sent_at = time.perf_counter()
        self.socket.sendall(next(self._pipelines))

    def receive(self) -> float | None:
        """Read the bytes that have come; returns the seconds that the pipeline took, once it is answered."""
        received = self.socket.recv(256 * 1024)
        if not received:
            raise ConnectionError("the server closed a connection")
        self._missing -= self._counter.feed(received)
        return None if self._missing else time.perf_counter() - self._sent_at

    @property
    def errors(self) -> int:
        return self._counter.errors


def connected(address: Address, password: str = "") -> socket.socket:
    """Connect and authenticate.  Raises OSError or PrepareError."""
    if isinstance(address, str):
        if not hasattr(socket, "AF_UNIX"):
            raise OSError("this Python has no Unix sockets")  # on Windows
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect(address)
    else:
        connection = socket.create_connection(address, PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if password:
        ask(connection, [[b"AUTH", password.encode()]])
    return connection


def ask(connection: socket.socket, commands: "list[list[bytes]]") -> None:
    """Run commands one after another, outside the measurement; raises PrepareError when one fails."""
    stream = Stream(connection.recv)
    for command in commands:
        connection.sendall(encode_command(command))
        reply = read_reply(stream)
        if isinstance(reply, Exception):
            raise PrepareError(f"{command[0].decode()}: {reply}")


def prepare(job: Job) -> None:
    """Write the data that the workload needs."""
    with connected(job.address, job.password) as connection:
        draw = Draw(job.shape, Random(job.seed))
        for command in WORKLOADS[job.workload].prepare(draw):
            ask(connection, [command])


def run(job: Job, parent: Pipe) -> None:
    """The whole life of one process; `parent` is sent numbers of requests done, and then the Outcome."""
    try:
        connections = [Connection(job, pipelines) for pipelines in _pipelines(job)]
        parent.send("ready")
        parent.recv()  # "begin"
        parent.send(_measure(job, connections, parent))
    except (OSError, PrepareError) as problem:
        parent.send(problem)
    finally:
        parent.close()


def _pipelines(job: Job) -> "Iterator[Iterator[bytes]]":
    """The endless pipelines of each connection; each begins at another position of the same list."""
    draw = Draw(job.shape, Random(job.seed))
    make = WORKLOADS[job.workload].make
    count = max(min(job.requests, COMMANDS) // job.pipeline, 1)
    made = [b"".join(encode_command(make(draw)) for _ in range(job.pipeline)) for _ in range(count)]
    for number in range(job.connections):
        yield _from_position(made, number * count // job.connections)


def _from_position(made: list[bytes], position: int) -> Iterator[bytes]:
    while True:
        yield made[position % len(made)]
        position += 1


def _measure(job: Job, connections: list[Connection], parent: Pipe) -> Outcome:
    latencies = Latencies()
    began = time.monotonic()
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        done = _send_all(job, selector, latencies, parent)
    ended = time.monotonic()
    for connection in connections:
        connection.socket.close()
    errors = sum(connection.errors for connection in connections)
    return Outcome(began, ended, done, errors, latencies.counts)


def _send_all(job: Job, selector: selectors.BaseSelector, latencies: Latencies, parent: Pipe) -> int:
    """Send pipelines until all requests are answered; returns how many requests that were."""
    sent, done = job.connections * job.pipeline, 0
    reported = time.monotonic()
    while done < sent:
        ready = selector.select(PATIENCE_SECONDS)
        if not ready:
            raise ConnectionError(f"the server was silent for {PATIENCE_SECONDS:.0f} s")
        for key, _ in ready:
            seconds = key.data.receive()
            if seconds is None:
                continue
            latencies.add(int(seconds * 1e6))
            done += job.pipeline
            if sent < job.requests:
                key.data.send()
                sent += job.pipeline
        if time.monotonic() - reported > REPORT_SECONDS:
            reported = time.monotonic()
            parent.send(done)
    return done
