"""The background save, step by step: it is written, cancelled, fails, and is waited for."""

import os
import threading
from functools import partial

import pytest

from redis_clone import commands
from redis_clone.features.persistence import whole_file
from redis_clone.server.locking import execute, locked
from redis_clone.server.state import Client, Server


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # and back at the end
    commands.load()
    server = Server()
    server.config.set_all({"dir": str(tmp_path), "save": ""}, starting=True)
    for number in range(1000):
        execute(Client(server), [b"HSET", b"hash:%d" % number, b"f", b"v"])
    yield server
    server.rdb_saving.end(partial(locked, server))


def started(server):
    with locked(server):
        assert server.rdb_saving.start(partial(locked, server))
        return server.saves.job


def test_a_cancelled_save_leaves_no_file(server, tmp_path):
    with locked(server):
        server.rdb_saving.start(partial(locked, server))
        job = server.saves.job
        server.rdb_saving.abandon()
    job.thread.join()
    assert os.listdir(tmp_path) == []
    assert server.saves.job is None and server.saves.ok
    assert server.dataset.dirty > 0, "changes that were not saved still count"


def test_a_save_that_is_slowed_down_lasts_until_it_is_cancelled(server, tmp_path):
    server.config.set_all({"rdb-key-save-delay": "100000000"})  # a thousand keys would take a day
    job = started(server)
    with locked(server):
        assert server.saves.job is job
        server.rdb_saving.abandon()
    job.thread.join()
    assert os.listdir(tmp_path) == []


def test_changes_during_a_save_count_as_unsaved(server):
    with locked(server):
        server.rdb_saving.start(partial(locked, server))
        job = server.saves.job
        before = server.dataset.dirty
        server.databases[0].dirty += 3
    job.thread.join()
    assert server.dataset.dirty == 3 and job.changes == before


def test_the_end_of_the_server_waits_for_the_thread(server):
    job = started(server)
    server.rdb_saving.end(partial(locked, server))
    assert not job.thread.is_alive()


def test_a_thread_that_cannot_be_started_is_a_failed_save(server, monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with locked(server):
        assert not server.rdb_saving.start(partial(locked, server))
    assert server.saves.job is None and not server.saves.ok
    assert server.databases[0]._snapshot_view is None


def test_an_fsync_that_fails_is_a_failed_save_and_the_old_file_stays(server, tmp_path, monkeypatch):
    (tmp_path / "dump.rdb").write_bytes(b"old")

    def refuse(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(whole_file.os, "fsync", refuse)
    started(server).thread.join()
    assert not server.saves.ok
    assert (tmp_path / "dump.rdb").read_bytes() == b"old" and os.listdir(tmp_path) == ["dump.rdb"]


def test_after_a_failure_the_next_try_waits_a_few_seconds(server):
    saves = server.saves
    saves.last_try_s, saves.ok = 1000, False
    assert not saves.may_try(1005)
    assert saves.may_try(1006)
    saves.ok = True
    assert saves.may_try(1000)
