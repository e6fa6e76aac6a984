"""What is to be done again and again, ten times a second: a table of jobs.

Each job gets the lock for itself, so that no command waits for all of them.
"""

from redis_clone.dispatch import locked
from redis_clone.state import Server


def tick(server: Server) -> None:
    """Every job once.  The cron's thread calls it."""
    for job in JOBS:
        with locked(server):
            job(server)


def _measure(server: Server) -> None:
    """For the figures of INFO that are told a second."""
    stats, clients, now_ms = server.stats, server.clients.values(), server.clock.now_ms
    stats.commands_rate.sample(server.command_stats.calls, now_ms)
    stats.input_rate.sample(stats.total("input_bytes", clients), now_ms)
    stats.output_rate.sample(stats.total("output_bytes", clients), now_ms)


def _end_pause(server: Server) -> None:
    """Whoever waits for it is served as the lock is given back."""
    if server.pause.is_on:
        server.pause.end_if_over(server.clock.now_ms)


JOBS = (_measure, _end_pause)
