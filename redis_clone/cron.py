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
    server.stats.sample(server.clock.now_ms)


JOBS = (_measure,)
