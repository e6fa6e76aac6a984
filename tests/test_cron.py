"""The jobs of the cron."""

from harness import RecordedLock

from redis_clone import cron
from redis_clone.state import Server


def test_each_job_takes_the_lock_for_itself():
    events = []
    cron.tick(Server(lock=RecordedLock(events)))
    assert events == ["taken", "given back"] * (len(cron.JOBS) + 2)  # and expiry: a slice, and its end
