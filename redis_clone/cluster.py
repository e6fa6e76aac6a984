"""A cluster on this machine, for a lesson: it shows who becomes a master and who has failed, as it comes.

python -m redis_clone.cluster                     three masters with a replica each, at ports 7000 to 7005
python -m redis_clone.cluster 5 --replicas 2      five masters with two replicas each
python -m redis_clone.cluster --page 8080         a page that steps through what the nodes send
python -m redis_clone.cluster --processes         each node a process of its own, to be killed by kill -9
"""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Sequence
from types import FrameType
from typing import Any

from redis_clone.testing import watching
from redis_clone.testing.bus_steps import BusSteps
from redis_clone.testing.cluster import RunningCluster
from redis_clone.testing.node_processes import NodeProcess, ProcessCluster

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM)
LOOK_SECONDS = 0.5  # a look costs each node a connection
DEFAULTS = {"cluster-node-timeout": "5000"}  # a failure is seen after five seconds, and not after fifteen
ENDING = """
A node is called dead when it has not answered for five seconds; --set cluster-node-timeout 15000 makes that
the usual fifteen.  Ctrl-C ends all of it; without --dir no file is left.
"""
CLIENTS = """
Talk to a node:      python client.py -p {first}            then CLUSTER NODES, CLUSTER KEYSLOT fruit, ...
follow the MOVEDs:   redis-cli -c -p {first}
a manual failover:   redis-cli -p {last} CLUSTER FAILOVER    sent to a replica
move slots:          redis-cli --cluster reshard 127.0.0.1:{first}
"""
TO_SHUT_DOWN = (
    "end a node:          redis-cli -p {first} SHUTDOWN NOSAVE    for good; with --processes it can come back"
)
TO_KILL = """\
kill a node:         kill -9 {pid}
and start it again:  {python} -m redis_clone {config_file}"""


def main(arguments: list[str] | None = None) -> int:
    """Run a cluster until Ctrl-C; returns the exit code."""
    options = read_options(arguments)
    for number in ENDING_SIGNALS:
        signal.signal(number, _end)
    logging.getLogger("redis_clone").addHandler(logging.NullHandler())  # of all nodes at once it is no story
    try:
        with _started(options) as cluster:
            if options.page and isinstance(cluster, RunningCluster):
                BusSteps(cluster.nodes, cluster.time)
                if not cluster.nodes[0].has_page:
                    raise ValueError(f"the page's port {options.page} is in use")
                print(f"the page            http://127.0.0.1:{options.page}/#panel=bus")
            _watch(cluster.nodes)
    except KeyboardInterrupt:
        print()
    except (ValueError, OSError, TimeoutError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _end(number: int, frame: FrameType | None) -> None:
    """End the program by the first signal; a second one must not interrupt the tidying up."""
    for each in ENDING_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def read_options(arguments: list[str] | None) -> argparse.Namespace:
    """The options; a wrong one ends the program, as argparse does."""
    parser = argparse.ArgumentParser(
        "python -m redis_clone.cluster",
        description="A cluster on this machine, for a lesson.",
        epilog=ENDING,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name, settings in OPTIONS:
        parser.add_argument(name, **settings)
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number")
    return int(text)


OPTIONS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("masters", {"nargs": "?", "type": _count, "default": 3, "metavar": "N",
                 "help": "how many masters share the slots (3)"}),
    ("--replicas", {"type": _count, "default": 1, "metavar": "R", "help": "how many each master has (1)"}),
    ("--port", {"type": _count, "default": 7000,
                "help": "of the first node (7000); the others follow, and their buses are 10000 above"}),
    ("--dir", {"help": "where each node has a folder, which is kept: later the cluster goes on from there"}),
    ("--processes", {"action": "store_true",
                     "help": "each node is a process of its own, which can be killed by kill -9"}),
    ("--page", {"type": _count, "default": 0, "metavar": "PORT",
                "help": "of the page of the first node; the others follow"}),
    ("--set", {"nargs": 2, "action": "append", "default": [], "metavar": ("PARAMETER", "VALUE"),
               "help": "a parameter of redis.conf for all nodes, such as appendonly yes"}),
)  # fmt: skip


def _started(options: argparse.Namespace) -> RunningCluster | ProcessCluster:
    if options.masters < 1:
        raise ValueError("a cluster has at least one master")
    parameters = {**DEFAULTS, **dict(options.set)}
    size = options.masters, options.replicas, options.dir, parameters, options.port
    if not options.processes:
        return RunningCluster(*size, options.page)
    if options.page:
        raise ValueError(
            "the page steps through the messages of nodes in one process: no --processes with it"
        )
    return ProcessCluster(*size)


def _watch(nodes: Sequence[Any]) -> None:
    """Print what each node is and what to type next, and then what changes, for ever."""
    state = watching.look(nodes)
    pids = {str(node.port): f", process {node.pid}" for node in nodes if isinstance(node, NodeProcess)}
    for name, text in state.items():
        print(f"{name:8} {text}{pids.get(name, '')}")
    print(_what_to_type(nodes), flush=True)
    while True:
        time.sleep(LOOK_SECONDS)
        before, state = state, watching.look(nodes)
        for line in watching.changes(before, state):
            print(time.strftime("%H:%M:%S"), line, flush=True)


def _what_to_type(nodes: Sequence[Any]) -> str:
    words = {"first": nodes[0].port, "last": nodes[-1].port, "python": sys.executable}
    if not isinstance(nodes[0], NodeProcess):
        return (CLIENTS + TO_SHUT_DOWN).format(**words)
    return (CLIENTS + TO_KILL).format(**words, pid=nodes[0].pid, config_file=nodes[0].config_file)


if __name__ == "__main__":
    sys.exit(main())
