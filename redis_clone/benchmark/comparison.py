"""Measures several servers in turn, A B A B, so that noise on the machine disturbs all of them alike.

A run prepares the data, starts the processes of the load, lets them begin together, and collects what they
measured.  Of several runs the median counts.
"""

import multiprocessing
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait

from redis_clone.benchmark import load
from redis_clone.benchmark.latencies import Latencies
from redis_clone.benchmark.load import Address, Job, Outcome, Pipe, PrepareError

# A new interpreter for each process works on every system, and inherits no thread and no descriptor.
processes_of = multiprocessing.get_context("spawn")

Progress = Callable[[int], None]  # is called with the number of requests of a run that are done


@dataclass(frozen=True)
class Server:
    """A server to measure: its name in the report, and its address."""

    name: str
    address: Address
    password: str = ""


def read_server(text: str) -> Server:
    """The server that `name=host:port` or `host:port` stands for; without a name, the address is its name.

    >>> read_server("Redis=:6379").name, read_server("box:7000").address
    ('Redis', ('box', 7000))
    """
    name, _, address = text.rpartition("=")
    host, _, port = address.rpartition(":")
    return Server(name or address, (host or "127.0.0.1", int(port)))


@dataclass
class Score:
    """The result of one server in one test: requests a second of each round, and all latencies."""

    rates: list[float] = field(default_factory=list)
    latencies: Latencies = field(default_factory=Latencies)
    errors: int = 0

    @property
    def rate(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.rates) if self.rates else 0.0


@dataclass(frozen=True)
class Comparison:
    """The plan: each test on each server, `rounds` times in turn."""

    servers: list[Server]
    workloads: list[str]
    job: Job  # of a whole run; its address and workload are filled in for each run
    processes: int = 2
    rounds: int = 1

    def runs(self) -> Iterator[tuple[str, int, Server]]:
        """Every run in its order."""
        for workload in self.workloads:
            for number in range(self.rounds):
                for server in self.servers:
                    yield workload, number, server

    def job_of(self, workload: str, number: int, server: Server) -> Job:
        changes = {"address": server.address, "password": server.password}
        return replace(self.job, workload=workload, seed=number, **changes)  # type: ignore[arg-type]


def run(job: Job, processes: int, progress: Progress) -> tuple[float, Score]:
    """One run on one server: requests a second, and the Score to add.  Raises OSError or PrepareError."""
    load.prepare(job)
    pipes: list[Pipe] = []
    children = []
    for share in shares(job, processes):
        ours, theirs = processes_of.Pipe()
        child = processes_of.Process(target=load.run, args=(share, theirs), daemon=True)
        child.start()
        theirs.close()  # only the child holds it now, so the end of the child is noticed here
        pipes.append(ours)
        children.append(child)
    try:
        outcomes = _collect(pipes, progress)
    finally:
        for child in children:
            child.terminate()
            child.join()
    return _summed(outcomes)


def shares(job: Job, processes: int) -> Iterator[Job]:
    """The parts of a job, one for each process.

    >>> job = Job(("", 1), "get", load.Shape(), requests=100, connections=5, pipeline=1)
    >>> [(part.connections, part.requests) for part in shares(job, 2)]
    [(3, 60), (2, 40)]
    """
    processes = min(processes, job.connections)
    for number in range(processes):
        connections = (job.connections + processes - 1 - number) // processes
        requests = job.requests * connections // job.connections
        yield replace(job, connections=connections, requests=requests, seed=job.seed * 1000 + number)


def _collect(pipes: "list[Pipe]", progress: Progress) -> list[Outcome]:
    """Start all processes at once, and read their messages until each has sent its Outcome."""
    for pipe in pipes:
        _received(pipe)  # "ready"
    for pipe in pipes:
        pipe.send("begin")
    outcomes: list[Outcome] = []
    done = dict.fromkeys(pipes, 0)
    running = set(pipes)
    while running:
        for pipe in running.intersection(wait(running)):
            message = _received(pipe)
            if isinstance(message, Outcome):
                outcomes.append(message)
                running.remove(pipe)
                message = message.requests
            done[pipe] = int(message)
            progress(sum(done.values()))
    return outcomes


def _received(pipe: Pipe) -> "int | str | Outcome":
    try:
        message = pipe.recv()
    except EOFError:
        raise PrepareError("a process of the load died") from None
    if isinstance(message, Exception):
        raise message
    return message  # type: ignore[no-any-return]


def _summed(outcomes: list[Outcome]) -> tuple[float, Score]:
    seconds = max(outcome.ended for outcome in outcomes) - min(outcome.began for outcome in outcomes)
    score = Score(errors=sum(outcome.errors for outcome in outcomes))
    for outcome in outcomes:
        score.latencies.merge(outcome.latencies)
    return sum(outcome.requests for outcome in outcomes) / seconds, score
