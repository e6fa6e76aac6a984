"""The command line of the benchmark.

python -m redis_clone.benchmark -p 7000 -t set,get -P 16        one server
python -m redis_clone.benchmark -p 7000 --vs 127.0.0.1:6379     two servers in turn, and their ratio
python -m redis_clone.benchmark -p 7000 --floor --plot b.svg    beside the limit of the design
python -m redis_clone.benchmark --modules                       the modules alone, without a server
"""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis_clone.benchmark import alone, contest, plot, report
from redis_clone.benchmark.contest import Contest, Contestant, Score
from redis_clone.benchmark.load import Job, Refused
from redis_clone.benchmark.workloads import WORKLOADS, Shape

BAR_WIDTH = 30


def main(words: "list[str] | None" = None) -> int:
    """Run what the words ask for; returns the exit code."""
    options = read_options(words)
    if options.modules:
        print(_modules_table())
        return 0
    try:
        with _contestants(options) as contestants:
            results = _hold(_contest(options, contestants), sys.stderr.isatty())
    except (OSError, Refused) as problem:
        print(f"The benchmark ended: {problem}", file=sys.stderr)
        return 1
    table = report.rows(results)
    print({"csv": report.as_csv, "json": report.as_json, "table": report.as_table}[options.form](table))
    if options.plot:
        title = f"Requests a second, {options.c} connections, pipelines of {options.P}"
        Path(options.plot).write_text(plot.as_svg(results, title), encoding="utf-8")
    return 0


def read_options(words: "list[str] | None") -> argparse.Namespace:
    """What the command line says; a wrong one ends the program, as argparse does."""
    parser = argparse.ArgumentParser("python -m redis_clone.benchmark", add_help=False)
    for name, settings in OPTIONS:
        parser.add_argument(name, **settings)
    return parser.parse_args(words)


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


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host or "127.0.0.1", int(port)


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
    ("-r", {"metavar": "N", "type": int, "default": 0, "help": "different keys (one)"}),
    ("--processes", {"metavar": "N", "type": _positive, "default": 2, "help": "that make the load (2)"}),
    (
        "--rounds",
        {"metavar": "N", "type": _positive, "default": 1, "help": "runs of each; the median counts"},
    ),
    (
        "--vs",
        {"metavar": "HOST:PORT", "type": _address, "action": "append", "default": [], "help": "another"},
    ),
    ("--floor", {"action": "store_true", "help": "a bare thread server too: the limit of the design"}),
    ("--csv", {"dest": "form", "action": "store_const", "const": "csv", "default": "table"}),
    ("--json", {"dest": "form", "action": "store_const", "const": "json"}),
    ("--plot", {"metavar": "FILE.svg", "help": "draw the throughput"}),
    ("--modules", {"action": "store_true", "help": "time the modules alone, without a server"}),
    ("--help", {"action": "help", "help": "this text"}),
]


@contextmanager
def _contestants(options: argparse.Namespace) -> Iterator[list[Contestant]]:
    """The server asked about, the others, and the floor for as long as it is needed."""
    first = Contestant(
        options.s or f"{options.h}:{options.p}", options.s or (options.h, options.p), options.a
    )
    others = [Contestant(f"{host}:{port}", (host, port)) for host, port in options.vs]
    if not options.floor:
        yield [first, *others]
        return
    command = [sys.executable, "-m", "redis_clone.benchmark.floor"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            floor = Contestant("floor", ("127.0.0.1", int(process.stdout.readline())))
            yield [first, *others, floor]
        finally:
            process.stdin.close()  # which ends it


def _contest(options: argparse.Namespace, contestants: list[Contestant]) -> Contest:
    shape = Shape(options.r, options.d)
    job = Job(("", 0), "", shape, options.n, options.c, options.P)
    return Contest(contestants, options.t, job, options.processes, options.rounds)


def _hold(plan: Contest, shows_progress: bool) -> report.Results:
    """Every run of the contest.  The floor answers +OK to everything, so only its speed is looked at."""
    results: report.Results = {
        workload: {contestant.name: Score() for contestant in plan.contestants} for workload in plan.workloads
    }
    for workload, number, contestant in plan.runs():
        label = f"{workload} on {contestant.name}, round {number + 1} of {plan.rounds}"
        progress = _Bar(label, plan.job.requests, shows_progress)
        try:
            rate, score = contest.run(plan.job_of(workload, number, contestant), plan.processes, progress)
        except (OSError, Refused) as problem:
            raise Refused(f"{contestant.name}: {problem}") from problem
        total = results[workload][contestant.name]
        total.rates.append(rate)
        total.errors += score.errors
        total.latencies.merge(score.latencies.counts)
        progress.clear()
    return results


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
    table = [{"part": part.name, "us each": alone.microseconds(part)} for part in alone.PARTS]
    return report.as_table(table)
