"""The cron: its jobs, and its work in slices."""

import itertools
import time
from threading import Thread, current_thread

from harness import RecordedLock, wait_until

from redis_clone.server import cron
from redis_clone.server.clients import accept_client, free_client
from redis_clone.server.state import Client, Server
from redis_clone.storage.hashes import Hash


def test_each_job_takes_the_lock_for_itself():
    events = []
    cron.tick(Server(lock=RecordedLock(events)))
    slices = 3  # one that measures values, one that expires keys, and one that records how far it came
    assert events == ["taken", "given back"] * (len(cron.JOBS) + slices)


def test_expired_keys_go_in_as_many_ticks_as_it_takes_and_a_tick_that_was_too_short_is_recorded():
    server = Server()
    server.config.set_all({"hz": "500"}, starting=True)
    for number in range(20_000):
        server.databases[0].load(b"%d" % number, b"v", expire_at_ms=1)
    cron.tick(server)
    assert server.expiry.is_behind and server.expiry.caps_reached == 1 and server.expiry.stale_percent > 50
    wait_until(lambda: ticks_and_is_done(server))
    assert not server.databases[0].expires and server.databases[0].expired == 20_000
    assert server.dataset.dirty == 0 and not server.changes


def ticks_and_is_done(server):
    cron.tick(server)
    return not server.expiry.is_behind


def test_after_the_process_was_suspended_the_cron_does_not_sleep_for_as_long_again(monkeypatch):
    times_ns = itertools.count(step=60_000_000_000)  # a minute from one look at the clock to the next
    pauses = []
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(times_ns))
    monkeypatch.setattr(time, "sleep", pauses.append)
    work = iter([True, True, False])
    assert not cron._in_slices(Server(), lambda: next(work), ends_ns=10**15)
    assert pauses == [cron.LONGEST_PAUSE] * 2


def test_values_that_were_changed_in_place_are_measured_some_at_a_time():
    server = Server()
    database = server.databases[0]
    for number in range(cron.SIZES + 1):
        database.update(b"%d" % number, Hash({b"field": b"value"}), "hset")
    assert database.measure_some(cron.SIZES) is True, "one is left"
    cron.tick(server)
    assert database.measure_some(cron.SIZES) is False and server.memory_peak >= database.size()


def test_many_clients_are_checked_some_at_a_time_and_each_once_a_second():
    server = Server()
    server.config.set_all({"timeout": "1"}, starting=True)
    count = 3 * cron.CLIENTS_PER_TICK * server.config["hz"]
    for number in range(1, count + 1):
        server.clients[number] = Client(server, id=number)
        server.clients[number].active_ns = -(10**10)  # so each client that is checked is closed

    def closed():
        return sum(
            client.output_buffer.close_asap or client.output_buffer.close_after_reply
            for client in server.clients.values()
        )

    ticks = cron.effective_hz(server)
    cron.tick(server)
    assert cron.CLIENTS_PER_TICK <= closed() < count / ticks * 2
    for _ in range(ticks - 1):
        cron.tick(server)
    assert closed() == count


def test_the_bytes_of_a_client_count_once_and_those_of_one_that_left_too():
    server = Server()
    client = Client(server)
    accept_client(client)
    client.input_bytes, client.output_bytes = 30, 50
    for _ in range(2):
        cron.tick(server)
    assert (server.stats.recorded_input, server.stats.recorded_output) == (30, 50)
    client.input_bytes += 5
    free_client(client)
    cron.tick(server)
    assert (server.stats.recorded_input, server.stats.recorded_output) == (35, 50)


def test_only_one_thread_runs_the_jobs_at_a_time(monkeypatch):
    """Beside the cron's own thread, that of a test which moves the clock."""
    server, inside, most = Server(), [], []

    def free_some(pieces):
        inside.append(current_thread())
        most.append(len(inside))
        for _ in range(100):
            time.sleep(0)
        inside.remove(current_thread())
        return False

    monkeypatch.setattr(server.lazyfree, "free_some", free_some)
    threads = [Thread(target=lambda: [cron.tick(server) for _ in range(20)]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 60 and max(most) == 1
