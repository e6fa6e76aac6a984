"""The jobs of the cron."""

from harness import RecordedLock

from redis_clone import cron
from redis_clone.state import Server


def test_each_job_takes_the_lock_for_itself():
    events = []
    cron.tick(Server(lock=RecordedLock(events)))
    assert events == ["taken", "given back"] * (len(cron.JOBS) + 2)  # and expiry: a slice, and its end


def test_keys_that_are_due_go_in_as_many_ticks_as_it_takes_and_a_tick_that_was_too_short_is_known():
    server = Server()
    server.config.set_all({"hz": "500"}, starting=True)
    for number in range(20_000):
        server.databases[0].load(b"%d" % number, b"v", due_ms=1)
    cron.tick(server)
    assert server.expiry.is_behind and server.expiry.caps_reached == 1 and server.expiry.stale_percent > 50
    while server.databases[0].deadlines:
        cron.tick(server)
    assert not server.expiry.is_behind and server.databases[0].expired == 20_000
    assert server.stats.changes == 20_000 and not server.changes
