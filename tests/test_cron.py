"""The jobs of the cron."""

from harness import RecordedLock

from redis_clone import cron
from redis_clone.state import Server
from redis_clone.storage.hashes import Hash


def test_each_job_takes_the_lock_for_itself():
    events = []
    cron.tick(Server(lock=RecordedLock(events)))
    assert events == ["taken", "given back"] * (
        len(cron.JOBS) + 3
    )  # and a slice of sizes, one of expiry, and its end


def test_keys_that_are_due_go_in_as_many_ticks_as_it_takes_and_a_tick_that_was_too_short_is_known():
    server = Server()
    server.config.set_all({"hz": "500"}, starting=True)
    for number in range(20_000):
        server.databases[0].load(b"%d" % number, b"v", due_ms=1)
    cron.tick(server)
    assert server.expiry.is_behind and server.expiry.caps_reached == 1 and server.expiry.stale_percent > 50
    while server.databases[0].deadlines:
        cron.tick(server)
    cron.tick(server)  # the last one may not have had the time to see that it was the last
    assert not server.expiry.is_behind and server.databases[0].expired == 20_000
    assert server.stats.changes == 20_000 and not server.changes


def test_values_that_were_changed_in_place_are_measured_some_at_a_time():
    server = Server()
    database = server.databases[0]
    for number in range(cron.SIZES + 1):
        database.store(b"%d" % number, Hash({b"field": b"value"}), "hset")
    assert database.measure_some(cron.SIZES) is True, "one is left"
    cron.tick(server)
    assert database.measure_some(cron.SIZES) is False and server.memory_peak >= database.size()
