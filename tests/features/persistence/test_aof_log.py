"""The append-only file: when the buffer is written, when the file is synced, and what if that fails."""

import io
import os
import threading
import time
from contextlib import contextmanager

import pytest
from harness import PATIENCE

from redis_clone.features.persistence.aof_log import Log
from redis_clone.protocol.ops import BOTH
from redis_clone.structures.clock import Clock

OPS = [(0, [b"SET", b"k", b"v"], BOTH)]
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n%d\r\n"
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"


class Disk:
    """Records what the log reports, and can be full."""

    def __init__(self):
        self.room = 1_000_000
        self.errors = []
        self.stopped = []


class File(io.FileIO):
    """An unbuffered file; it takes what there is room for."""

    def __init__(self, path, disk):
        super().__init__(path, "ab")
        self._disk = disk

    def write(self, data):
        if not self._disk.room:
            raise OSError(28, "No space left on device")
        done = super().write(data[: self._disk.room])
        self._disk.room -= done
        return done


@pytest.fixture
def disk():
    return Disk()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.aof"


@pytest.fixture
def clock():
    return Clock(lambda: 1_700_000_000_000_000_000)


@pytest.fixture
def log(path, disk, clock):
    log = Log(clock, disk.errors.append, disk.stopped.append)
    log.switch_file(File(path, disk))
    yield log
    disk.room = 1_000_000
    log.close()


@pytest.fixture
def syncs(monkeypatch):
    """How much was in the file at each fsync."""
    sizes = []
    real = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (sizes.append(os.fstat(number).st_size), real(number)))
    return sizes


def test_a_database_is_selected_when_it_changes_and_in_each_file(log, path, disk):
    for db in (0, 0, 3):
        log.feed([(db, OPS[0][1], BOTH)])
    second = path.with_suffix(".2")
    log.switch_file(File(second, disk))
    log.feed([(3, OPS[0][1], BOTH)])
    log.sync()
    assert path.read_bytes() == SELECT % 0 + SET + SET + SELECT % 3 + SET
    assert second.read_bytes() == SELECT % 3 + SET


def test_always_syncs_before_a_reply_leaves(log, syncs):
    log.policy = "always"
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    assert syncs == [log.written] and log.safe == log.logged
    log.flush_before_reply(log.logged)
    assert len(syncs) == 1


@pytest.mark.parametrize("policy", ["everysec", "no"])
def test_under_any_policy_all_is_written_before_a_reply_leaves(log, path, syncs, policy):
    log.policy = policy
    log.feed(OPS)
    assert path.read_bytes() == b"" and log.buffered == len(SELECT % 0 + SET)
    log.flush_before_reply(log.logged)
    assert path.read_bytes() == SELECT % 0 + SET and log.buffered == 0 and syncs == []
    log.sync()
    assert syncs == [log.written] * (policy == "everysec")


def test_a_short_write_is_continued(log, path, disk):
    class Short(File):
        """As Linux, which writes at most 2 GiB at once; here 5 bytes."""

        def write(self, data):
            return super().write(data[:5])

    log.switch_file(Short(path, disk))
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    assert path.read_bytes() == SELECT % 0 + SET and not log.error


def test_a_reply_does_not_wait_for_the_fsync_that_runs(log, monkeypatch):
    log.feed(OPS)
    begun, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(os, "fsync", lambda _: (begun.set(), go_on.wait(PATIENCE)))
    thread = threading.Thread(target=log.sync)
    thread.start()
    assert begun.wait(PATIENCE)
    now_ns = time.monotonic_ns()
    for late_ns, delayed in ((1_000_000_000, 0), (3_000_000_000, 1), (4_000_000_000, 1), (6_000_000_000, 2)):
        monkeypatch.setattr(time, "monotonic_ns", lambda ns=now_ns + late_ns: ns)
        log.feed(OPS)
        log.flush_before_reply(log.logged)
        assert log.safe == log.logged and log.delayed == delayed
    go_on.set()
    thread.join(PATIENCE)


def test_everysec_writes_more_often_than_it_syncs(log, syncs, monkeypatch):
    now_ns = time.monotonic_ns()
    monkeypatch.setattr(time, "monotonic_ns", lambda: now_ns)
    for _ in range(3):
        log.feed(OPS)
        log.sync()
    assert log.written == log.logged and len(syncs) == 1
    now_ns += 1_000_000_000
    log.feed(OPS)
    log.sync()
    assert len(syncs) == 2


def test_a_rewrite_counts_the_base_and_what_was_written_since(log):
    log.feed(OPS)
    log.sync()
    log.rebase(1000)
    assert log.base_size == log.size == 1000 + len(SELECT % 0 + SET)


def test_appendfsync_no_never_syncs(log, syncs):
    log.policy = "no"
    log.feed(OPS)
    log.sync()
    assert syncs == [] and log.buffered == 0


def test_replies_that_wait_share_a_sync(log, monkeypatch):
    log.policy = "always"
    begun, go_on = threading.Event(), threading.Event()
    syncs = []
    monkeypatch.setattr(os, "fsync", lambda _: (syncs.append(1), begun.set(), go_on.wait(PATIENCE)))
    log.feed(OPS)
    threads = [threading.Thread(target=log.flush_before_reply, args=[log.logged])]
    threads[0].start()
    assert begun.wait(PATIENCE)
    for _ in range(20):  # they come while the first one syncs
        log.feed(OPS)
        threads.append(threading.Thread(target=log.flush_before_reply, args=[log.logged]))
        threads[-1].start()
    go_on.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert log.safe == log.logged and len(syncs) == 2


def test_a_timestamp_is_written_when_it_changes(log, path):
    log.stamps = True
    log.feed(OPS)
    log.feed(OPS)
    log.sync()
    assert path.read_bytes() == b"#TS:1700000000\r\n" + SELECT % 0 + SET + SET


def test_a_full_disk_takes_what_fits_of_the_log_and_the_rest_waits(log, path, disk):
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    good = path.read_bytes()
    for _ in range(3):
        log.feed(OPS)
    positions = [log.logged - 2 * len(SET), log.logged - len(SET), log.logged]
    disk.room = len(SET) + 5
    log.flush_before_reply(log.logged)
    assert log.safe == positions[0] and path.read_bytes() == good + SET, "half a command is undone"
    assert set(disk.errors) == {"No space left on device"}
    disk.room = len(SET)
    log.flush_before_reply(log.logged)  # replies do not try again; the thread does
    assert log.safe == positions[0]
    log.sync()
    assert log.safe == positions[1] and path.read_bytes() == good + 2 * SET and log.error
    disk.room = 1000
    log.sync()
    assert log.safe == positions[2] and path.read_bytes() == good + 3 * SET
    assert disk.errors[-1] == "" and log.error == ""


def test_half_a_command_that_cannot_be_undone_is_completed(log, path, disk, monkeypatch):
    disk.room = 5
    monkeypatch.setattr(File, "truncate", refuse)
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    assert log.safe == 5
    disk.room = 1000
    log.sync()
    assert path.read_bytes() == SELECT % 0 + SET and log.safe == log.logged


@contextmanager
def failing_syncs(monkeypatch):
    """No fsync succeeds; and afterwards it is time to try again."""
    with monkeypatch.context() as changed:
        changed.setattr(os, "fsync", refuse)
        yield
    later = time.monotonic_ns() + 5_000_000_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: later)


def refuse(*arguments):
    raise OSError(5, "Input/output error")


def test_a_sync_that_fails_is_reported_until_one_succeeds(log, disk, monkeypatch):
    with failing_syncs(monkeypatch):
        log.feed(OPS)
        log.sync()
        assert log.error == disk.errors[-1] == "Input/output error" and log.buffered == 0
        log.feed(OPS)
        log.sync()  # what can be written is written, though it is not yet time to try again
        assert log.error == "Input/output error" and log.buffered == 0
    log.sync()
    assert log.error == disk.errors[-1] == ""


def test_a_log_that_is_switched_off_takes_its_failed_sync_with_it(log, disk, monkeypatch):
    with failing_syncs(monkeypatch):
        log.feed(OPS)
        log.sync()
    log.switch_file(None)
    log.sync()
    assert log.error == disk.errors[-1] == ""


def test_a_file_that_is_switched_away_from_is_synced_and_closed_by_the_thread(log, path, disk, monkeypatch):
    second = path.with_suffix(".2")
    first = File(path, disk)
    log.switch_file(first)
    log.feed(OPS)
    log.switch_file(File(second, disk))
    log.feed(OPS)
    with failing_syncs(monkeypatch):
        log.flush_before_reply(log.logged)
        assert not log.error and second.read_bytes() == path.read_bytes() == SELECT % 0 + SET
        for _ in range(2):  # the file of the fixture is retired too
            log.sync()
        assert log.error and first.closed
    log.sync()
    assert not log.error


@pytest.mark.parametrize("trouble", ["full", "unsynced"])
def test_a_log_that_is_switched_off_does_not_wait_for_a_disk_that_refuses(
    log, path, disk, monkeypatch, trouble
):
    disk.room = 1_000_000 if trouble == "unsynced" else 0
    with failing_syncs(monkeypatch):
        log.feed(OPS)
        log.sync()
        assert disk.errors[-1]
        log.switch_file(None)
        log.sync()
    assert disk.errors[-1] == "" and log.error and log.buffered == 0
    disk.room = 1_000_000
    log.switch_file(File(path.with_suffix(".2"), disk))
    log.feed(OPS)
    log.sync()
    assert not log.error and path.with_suffix(".2").read_bytes() == SELECT % 0 + SET


def test_under_always_a_full_disk_ends_the_server(log, disk):
    log.policy = "always"
    disk.room = 0
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    log.sync()  # the thread "aof" does not end with a traceback
    assert log.broken and disk.stopped and log.safe == 0


def test_under_always_the_thread_ends_the_server_too(log, disk):
    log.policy = "always"
    disk.room = 0
    log.feed(OPS)  # by the cron: no reply waits for it
    log.sync()
    assert log.broken and disk.stopped


def test_after_the_end_of_the_log_nothing_is_held_back(log, syncs):
    log.policy = "always"
    log.feed(OPS)
    log.switch_file(None)
    log.flush_before_reply(log.logged)
    assert log.safe == log.logged


def test_ops_fed_while_the_file_is_switched_go_into_the_right_one(log, disk, path, tmp_path):
    """A thread feeds and switches files, while others write."""
    paths = [path, *[tmp_path / f"{number}.aof" for number in range(50)]]
    ended = threading.Event()

    def write():
        while not ended.is_set():
            log.flush_before_reply(log.logged)
            log.sync()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for each in paths[1:]:
        for _ in range(20):
            log.feed(OPS)
        log.switch_file(File(each, disk))
    ended.set()
    for writer in writers:
        writer.join(PATIENCE)
    log.sync()
    assert [each.read_bytes() for each in paths] == [SELECT % 0 + 20 * SET] * 50 + [b""]
    assert log.written == log.logged == log.safe


def test_what_is_synced_is_known_under_every_policy_and_when_it_changes(log, disk, path, monkeypatch):
    clock_ns = [10**12]
    monkeypatch.setattr(time, "monotonic_ns", lambda: clock_ns[0])

    def write():
        clock_ns[0] += 2 * 10**9
        log.feed(OPS)
        log.flush_before_reply(log.logged)
        return log.synced

    log.policy = "always"
    assert write() == log.logged
    log.policy = "no"
    before = log.synced
    assert write() == before and (log.sync(), log.synced)[1] == before
    log.policy = "everysec"
    assert write() == before and (log.sync(), log.synced)[1] == log.logged
    assert write() < log.logged
    log.policy = "always"
    log.sync()
    assert log.synced == log.logged, "what was written under everysec too, though no write has come since"
    log.policy = "everysec"
    write()
    log.switch_file(File(path.with_suffix(".2"), disk))
    log.policy = "always"
    log.feed(OPS)
    log.flush_before_reply(log.logged)
    assert log.synced < log.logged, "the file before this one is not synced yet"
    clock_ns[0] += 2 * 10**9
    log.sync()
    assert log.synced == log.logged


def test_a_base_on_the_disk_holds_what_was_logged_before_its_snapshot(log):
    log.policy = "no"
    log.feed(OPS)
    position = log.logged
    log.feed(OPS)
    assert not log.is_whole
    log.record_base(position)
    assert log.is_whole and log.synced == position
    log.record_base(0)
    assert log.synced == position, "a position never falls"
