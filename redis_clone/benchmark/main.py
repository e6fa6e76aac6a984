"""The command line of the benchmark.

python -m redis_clone.benchmark -p 7000 -t set,get -P 16           one server
python -m redis_clone.benchmark -p 7000 -t mixed -r 100000         random keys, several commands in turn
python -m redis_clone.benchmark -p 7000 --vs Redis=:6379           two servers in turn, and their ratio
python -m redis_clone.benchmark -p 7000 --baseline --plot b.svg    beside the limit of the design
python -m redis_clone.benchmark --modules                          the modules alone, without a server
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis_clone.benchmark import comparison, plot, report
from redis_clone.benchmark.comparison import Comparison, Score, Server, read_server
from redis_clone.benchmark.load import Job, PrepareError
from redis_clone.benchmark.workloads import WORKLOADS, Shape

BAR_WIDTH = 30


def main(argv: "list[str] | None" = None) -> int:
    """Run the tests that the arguments name; returns the exit code."""
    options = read_options(argv)
    if options.modules:
        print(_modules_table())
        return 0
    try:
        with _servers(options) as servers:
            results = _compare(_comparison(options, servers), sys.stderr.isatty())
    except (OSError, PrepareError) as problem:
        print(f"The benchmark ended: {problem}", file=sys.stderr)
        return 1
    table = report.rows(results)
    print({"csv": report.as_csv, "json": report.as_json, "table": report.as_table}[options.form](table))
    if options.plot:
        Path(options.plot).write_text(plot.as_svg(results, _title(options)), encoding="utf-8")
    return 0


def read_options(argv: "list[str] | None") -> argparse.Namespace:
    """Parse the command line; a wrong one ends the program, as argparse does."""
    parser = argparse.ArgumentParser("python -m redis_clone.benchmark", add_help=False)
    for name, settings in OPTIONS:
        parser.add_argument(name, **settings)
    return parser.parse_args(argv)


def _tests(text: str) -> list[str]:
    names = text.lower().split(",")
    for name in names:
        if name not in WORKLOADS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(WORKLOADS)}")
    return names


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return int(text)


# The short names are redis-benchmark's.
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("-h", {"metavar": "HOST", "default": "127.0.0.1", "help": "the server (127.0.0.1)"}),
    ("-p", {"metavar": "PORT", "type": int, "default": 6379, "help": "its port (6379)"}),
    ("-s", {"metavar": "PATH", "default": "", "help": "its Unix socket instead"}),
    ("-a", {"metavar": "PASSWORD", "default": "", "help": "its password"}),
    ("-t", {"metavar": "TESTS", "type": _tests, "default": list(WORKLOADS), "help": "set,get,... (all)"}),
    ("-c", {"metavar": "N", "type": _positive, "default": 50, "help": "connections (50)"}),
    ("-n", {"metavar": "N", "type": _positive, "default": 100_000, "help": "requests of a run (100000)"}),
    ("-P", {"metavar": "N", "type": _positive, "default": 1, "help": "requests sent in one go (1)"}),
    ("-d", {"metavar": "BYTES", "type": _positive, "default": 3, "help": "size of a value (3)"}),
    ("-r", {"metavar": "N", "type": int, "default": 0, "help": "draw each key from N different ones (one)"}),
    ("--processes", {"metavar": "N", "type": _positive, "default": 2, "help": "that make the load (2)"}),
    (
        "--rounds",
        {"metavar": "N", "type": _positive, "default": 1, "help": "runs of each; the median counts"},
    ),
    ("--name", {"default": "", "help": "what the server is called in the report (its address)"}),
    ("--vs", {"metavar": "[NAME=]HOST:PORT", "type": read_server, "action": "append", "default": []}),
    ("--baseline", {"action": "store_true", "help": "a bare thread server too: the limit of the design"}),
    ("--csv", {"dest": "form", "action": "store_const", "const": "csv", "default": "table"}),
    ("--json", {"dest": "form", "action": "store_const", "const": "json"}),
    ("--plot", {"metavar": "FILE.svg", "help": "draw the throughput"}),
    ("--modules", {"action": "store_true", "help": "time the modules alone, without a server"}),
    ("--help", {"action": "help", "help": "this text"}),
]


@contextmanager
def _servers(options: argparse.Namespace) -> Iterator[list[Server]]:
    """The servers to measure, the one of -h and -p first; the baseline runs as long as it is needed."""
    address = options.s or (options.h, options.p)
    name = options.name or options.s or f"{options.h}:{options.p}"
    servers = [Server(name, address, options.a), *options.vs]
    if not options.baseline:
        yield servers
        return
    command = [sys.executable, "-m", "redis_clone.benchmark.baseline"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            yield [*servers, Server("baseline", ("127.0.0.1", int(process.stdout.readline())))]
        finally:
            process.stdin.close()  # the baseline ends at the end of its input


def _comparison(options: argparse.Namespace, servers: list[Server]) -> Comparison:
    shape = Shape(options.r, options.d)
    job = Job(("", 0), "", shape, options.n, options.c, options.P)
    return Comparison(servers, options.t, job, options.processes, options.rounds)


def _compare(plan: Comparison, shows_progress: bool) -> report.Results:
    """Make every run of the plan.  The baseline answers +OK to everything, so only its speed counts."""
    results: report.Results = {
        workload: {server.name: Score() for server in plan.servers} for workload in plan.workloads
    }
    for workload, number, server in plan.runs():
        label = f"{workload} on {server.name}, round {number + 1} of {plan.rounds}"
        progress = _Bar(label, plan.job.requests, shows_progress)
        try:
            rate, score = comparison.run(plan.job_of(workload, number, server), plan.processes, progress)
        except (OSError, PrepareError) as problem:
            raise PrepareError(f"{server.name}: {problem}") from problem
        total = results[workload][server.name]
        total.rates.append(rate)
        total.errors += score.errors
        total.latencies.merge(score.latencies.counts)
        progress.clear()
    return results


def _title(options: argparse.Namespace) -> str:
    """The title of the plot, which says how it was measured."""
    keys = f"{options.r:,} keys" if options.r else "one key"
    return f"Requests a second, {options.c} connections, pipelines of {options.P}, {keys}"


class _Bar:
    """One line on the terminal that grows: get on 127.0.0.1:6379 [######    ] 61 %"""

    def __init__(self, label: str, total: int, is_shown: bool) -> None:
        self._label, self._total, self._is_shown = label, total, is_shown

    def __call__(self, done: int) -> None:
        if self._is_shown:
            share = min(done / self._total, 1)
            bar = ("#" * round(share * BAR_WIDTH)).ljust(BAR_WIDTH)
            print(f"\r{self._label} [{bar}] {share:4.0%}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _modules_table() -> str:
    from redis_clone.benchmark import alone  # not at the top, because it imports the whole server

    table = [{"part": part.name, "us each": alone.microseconds(part)} for part in alone.PARTS]
    return report.as_table(table)
