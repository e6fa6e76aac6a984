"""The append-only file: when the buffer is written, when the file is synced, and what if that fails."""

import os
import threading
import time
from collections import deque
from contextlib import contextmanager
from threading import Event

import pytest
from harness import PATIENCE

from redis_clone.features.persistence.aof_log import Log, LogBroken
from redis_clone.structures.clock import Clock

OPS = [(0, [b"SET", b"k", b"v"])]
SELECT = b"*2\r\n$6\r\nSELECT\r\n$1\r\n%d\r\n"
SET = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"


class Disk:
    """Records what the log reports, and can be full."""

    def __init__(self):
        self.room = 1_000_000
        self.errors = []
        self.stopped = []


class File:
    """As an unbuffered file; it takes what there is room for."""

    def __init__(self, path, disk):
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 (the log closes it)
        self._disk = disk

    def write(self, data):
        if not self._disk.room:
            raise OSError(28, "No space left on device")
        done = self._file.write(data[: self._disk.room])
        self._disk.room -= done
        return done

    def __getattr__(self, name):
        return getattr(self._file, name)


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


def test_nothing_is_written_before_the_thread_syncs(log, path):
    log.feed(OPS)
    assert path.read_bytes() == b"" and log.buffered == len(SELECT % 0 + SET)
    log.sync()
    assert path.read_bytes() == SELECT % 0 + SET and log.buffered == 0


def test_a_database_is_selected_when_it_changes_and_in_each_file(log, path, disk):
    for db in (0, 0, 3):
        log.feed([(db, OPS[0][1])])
    second = path.with_suffix(".2")
    log.switch_file(File(second, disk))
    log.feed([(3, OPS[0][1])])
    log.sync()
    assert path.read_bytes() == SELECT % 0 + SET + SET + SELECT % 3 + SET
    assert second.read_bytes() == SELECT % 3 + SET


def test_always_syncs_before_a_reply_leaves(log, syncs):
    log.choose_policy("always")
    log.feed(OPS)
    log.fsync_before_reply(log.logged)
    assert syncs == [log.written] and log.safe == log.logged
    log.fsync_before_reply(log.logged)
    assert len(syncs) == 1


def test_everysec_lets_replies_leave_and_the_thread_writes_and_syncs(log, path, syncs):
    log.feed(OPS)
    log.fsync_before_reply(log.logged)
    assert path.read_bytes() == b"" and syncs == []
    log.sync()
    assert path.read_bytes() == SELECT % 0 + SET and syncs == [log.written]


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


def test_the_thread_waits_for_something_to_write_or_for_the_end(log):
    log.feed(OPS)
    log.gather(Event())
    log.wake()
    log.gather(Event())  # neither of them waits for a second or for ever


def test_when_a_sync_lasts_too_long_replies_wait_for_the_disk(log, clock, path):
    log.feed(OPS)  # and the thread does not run
    clock.now_ns += 2_000_000_000
    log.fsync_before_reply(log.logged)
    assert path.read_bytes() == b"" and log.delayed == 0
    clock.now_ns += 1
    log.fsync_before_reply(log.logged)
    assert path.read_bytes() == SELECT % 0 + SET and log.delayed == 1
    log.feed(OPS)
    log.fsync_before_reply(log.logged)  # not each reply
    assert log.buffered == len(SET) and log.delayed == 1


def test_replies_are_held_back_under_always(log):
    assert not log.holds_replies
    log.choose_policy("always")
    assert log.holds_replies
    log.choose_policy("everysec")
    assert not log.holds_replies


def test_replies_are_held_back_while_the_disk_is_too_slow(log, clock):
    log.feed(OPS)
    clock.now_ns += 2_000_000_000
    log.check_lag()
    assert not log.holds_replies
    clock.now_ns += 1
    log.check_lag()
    assert log.holds_replies
    log.fsync_before_reply(log.logged)
    log.check_lag()
    assert not log.holds_replies


def test_replies_are_held_back_while_the_disk_refuses(log, disk):
    disk.room = 0
    log.feed(OPS)
    log.sync()
    assert log.holds_replies
    log.check_lag()
    assert log.holds_replies
    disk.room = 1000
    log.fsync_before_reply(log.logged)
    log.check_lag()
    assert not log.holds_replies and log.buffered == 0


def test_a_rewrite_counts_the_base_and_what_was_written_since(log):
    log.feed(OPS)
    log.sync()
    log.rebase(1000)
    assert log.base_size == log.size == 1000 + len(SELECT % 0 + SET)


def test_appendfsync_no_never_syncs(log, syncs):
    log.choose_policy("no")
    log.feed(OPS)
    log.sync()
    assert syncs == [] and log.buffered == 0


def test_replies_that_wait_share_a_sync(log, monkeypatch):
    log.choose_policy("always")
    begun, go_on = threading.Event(), threading.Event()
    syncs = []
    monkeypatch.setattr(os, "fsync", lambda _: (syncs.append(1), begun.set(), go_on.wait(PATIENCE)))
    log.feed(OPS)
    threads = [threading.Thread(target=log.fsync_before_reply, args=[log.logged])]
    threads[0].start()
    assert begun.wait(PATIENCE)
    for _ in range(20):  # they come while the first one syncs
        log.feed(OPS)
        threads.append(threading.Thread(target=log.fsync_before_reply, args=[log.logged]))
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


def test_a_full_disk_is_reported_and_half_a_write_is_undone(log, path, disk):
    log.feed(OPS)
    log.sync()
    good = path.read_bytes()
    disk.room = 5
    log.feed(OPS)
    log.sync()
    log.fsync_before_reply(log.logged)  # everysec: the reply leaves all the same
    assert path.read_bytes() == good and set(disk.errors) == {"No space left on device"}
    disk.room = 1000
    log.sync()
    assert path.read_bytes() == good + SET and disk.errors[-1] == "" and log.error == ""


@contextmanager
def failing_syncs(monkeypatch):
    """No fsync succeeds; and afterwards it is time to try again."""
    with monkeypatch.context() as changed:
        changed.setattr(os, "fsync", refuse)
        yield
    later = time.monotonic_ns() + 5_000_000_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: later)


def refuse(number):
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


def test_a_file_that_cannot_be_synced_is_kept_until_it_can(log, path, disk, monkeypatch):
    second = path.with_suffix(".2")
    log.feed(OPS)
    log.switch_file(File(second, disk))
    log.feed(OPS)
    with failing_syncs(monkeypatch):
        log.sync()
        assert log.error and second.read_bytes() == b""
    log.sync()
    assert not log.error and second.read_bytes() == path.read_bytes() == SELECT % 0 + SET


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
    log.choose_policy("always")
    disk.room = 0
    log.feed(OPS)
    for _ in range(2):
        with pytest.raises(LogBroken):
            log.fsync_before_reply(log.logged)
    assert log.broken and disk.stopped
    log.choose_policy("no")


def test_after_the_end_of_the_log_nothing_is_held_back(log, syncs):
    log.choose_policy("always")
    log.feed(OPS)
    log.switch_file(None)
    log.fsync_before_reply(log.logged)
    assert log.safe == log.logged


def test_ops_fed_after_a_switch_never_go_into_the_old_file(log, disk, path, tmp_path):
    class Switches(deque):
        """The file is switched right after the writer has seen that it was not."""

        def __bool__(self):
            is_any = len(self) > 0
            if not is_any and following:
                log.switch_file(following.pop())
                log.feed(OPS)
            return is_any

    log.feed(OPS)
    log._commit()
    following = [File(tmp_path / "second.aof", disk)]
    log._switches = Switches()
    log._commit()
    log._commit()
    once = SELECT % 0 + SET
    assert path.read_bytes() == (tmp_path / "second.aof").read_bytes() == once
    assert log.written == log.logged == 2 * len(once)
