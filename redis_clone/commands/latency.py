"""LATENCY: the slow moments of the server, and how long each command takes.

The events are kept in features/monitoring/latency.py, the histograms of commands in
features/monitoring/commandstats.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from redis_clone.command_table.registry import TABLE, Command, command_group, find_by_name
from redis_clone.commands.containers import container
from redis_clone.features.monitoring.doctor import Setting, diagnosis
from redis_clone.features.monitoring.sparkline import sparkline
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Verbatim

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

container("LATENCY", "server", help_since="2.8.13")

FLAGS = "admin noscript loading stale"
TIPS = "nondeterministic_output request_policy:all_nodes response_policy:special"
RULE = "-" * 80
UNITS = ((60, 1, "s"), (3600, 60, "m"), (86400, 3600, "h"))  # an age of fewer seconds is shown in this unit


@command("LATENCY|DOCTOR", arity=2, flags=FLAGS, tips=TIPS)
def latency_doctor(client: Client) -> Verbatim:
    """Reports in words what made the server slow, with advice.

    LATENCY DOCTOR
    Since 2.8.13, O(1)
    """
    monitor, config = client.server.latency, client.server.config
    setting = Setting(monitor.threshold_ms, config["slowlog-log-slower-than"])
    return Verbatim(diagnosis(monitor.events, monitor.now_s, setting).encode())


@command("LATENCY|GRAPH", arity=3, flags=FLAGS, tips=TIPS)
def latency_graph(client: Client, event: bytes) -> Verbatim:
    """Draws the samples of an event as a graph of characters.

    LATENCY GRAPH event
    Since 2.8.13, O(1)
    """
    name, monitor = event.decode("latin-1"), client.server.latency
    if name not in monitor.events:
        raise RedisError(f"ERR No samples available for event '{name}'")
    found = monitor.events[name]
    figures = found.analysis(monitor.now_s)
    title = f"{name} - high {figures.high} ms, low {figures.low} ms (all time high {found.worst_ms} ms)"
    labels = [_age(monitor.now_s - sample.time_s) for sample in found.samples]
    graph = sparkline([sample.ms for sample in found.samples], labels)
    return Verbatim(f"{title}\n{RULE}\n{graph}".encode("latin-1"))


def _age(seconds: int) -> str:
    """
    >>> _age(59), _age(119), _age(7300), _age(200_000)
    ('59s', '1m', '2h', '2d')
    """
    return next(
        (f"{seconds // unit}{letter}" for limit, unit, letter in UNITS if seconds < limit),
        f"{seconds // 86400}d",
    )


@command("LATENCY|HISTORY", arity=3, flags=FLAGS, tips=TIPS)
def latency_history(client: Client, event: bytes) -> list[list[int]]:
    """Returns the samples of an event: Unix time and milliseconds of each, oldest first.

    LATENCY HISTORY event
    Since 2.8.13, O(1)
    """
    found = client.server.latency.events.get(event.decode("latin-1"))
    return [list(sample) for sample in found.samples] if found else []


@command("LATENCY|LATEST", arity=2, flags=FLAGS, tips=TIPS)
def latency_latest(client: Client) -> list[list[object]]:
    """Returns of each event its name, when it last happened, how long that took, and the longest ever.

    LATENCY LATEST
    Since 2.8.13, O(1)
    """
    return [[name, *event.last, event.worst_ms] for name, event in client.server.latency.events.items()]


@command(
    "LATENCY|RESET", arity=-2, flags=FLAGS, tips="request_policy:all_nodes response_policy:all_succeeded"
)
def latency_reset(client: Client, *events: bytes) -> int:
    """Forgets the samples of these events, or of all; returns the number of events.

    LATENCY RESET [event [event ...]]
    Since 2.8.13, O(1)
    """
    return client.server.latency.reset([event.decode("latin-1") for event in events])


@command("LATENCY|HISTOGRAM", arity=-2, flags=FLAGS, tips=TIPS)
def latency_histogram(client: Client, *commands: bytes) -> dict[str, object]:
    """Returns how often these commands ran, or all, and how many runs took at most so many microseconds.

    LATENCY HISTOGRAM [command [command ...]]
    Since 7.0.0, O(N) where N is the number of commands that ran.
    """
    named = [find_by_name(name) for name in commands] if commands else TABLE.values()
    found: dict[str, object] = {}
    figures = client.server.command_stats.figures
    for spec in _with_subcommands(spec for spec in named if spec is not None):
        counts = figures[spec].histogram.by_doubling() if spec in figures else {}
        if counts:
            found[spec.shown_name] = {"calls": max(counts.values()), "histogram_usec": counts}
    return found


def _with_subcommands(specs: Iterable[Command]) -> Iterable[Command]:
    for spec in specs:
        yield spec
        yield from spec.subcommands.values()
