"""The parts that save, load and rewrite, built without a server: from databases, a dict, and a plain lock."""

import os
import threading
from contextlib import contextmanager

import pytest

from redis_clone import commands
from redis_clone.features.persistence.aof_files import AofFiles
from redis_clone.features.persistence.aof_log import Log
from redis_clone.features.persistence.aof_rewriting import AofRewriting
from redis_clone.features.persistence.dataset import CannotLoad, Dataset
from redis_clone.features.persistence.disk import Disk
from redis_clone.features.persistence.rdb_saving import RdbSaving
from redis_clone.features.persistence.rewrites import Rewrites
from redis_clone.features.persistence.saves import Saves
from redis_clone.features.propagation import Propagation
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.ops import BOTH
from redis_clone.storage.database import Database
from redis_clone.structures.clock import Clock

commands.load()


class Parts:
    """The parts, as Server.__init__ puts them together; `lock` is any lock."""

    def __init__(self, folder):
        self.config = {
            "dir": str(folder), "dbfilename": "dump.rdb", "save": [],
            "rdb-save-incremental-fsync": True, "rdbcompression": True, "rdbchecksum": True,
            "appendonly": True, "appenddirname": "appendonlydir", "appendfilename": "appendonly.aof",
            "aof-use-rdb-preamble": False, "aof-load-truncated": True,
            "aof-rewrite-incremental-fsync": True, "no-appendfsync-on-rewrite": False,
            "auto-aof-rewrite-percentage": 100, "auto-aof-rewrite-min-size": 10,
            "rdb-key-save-delay": 0, "aof-disable-auto-gc": False,
        }  # fmt: skip
        clock, changes = Clock(), []
        self.databases = [Database(number, clock, changes) for number in range(2)]
        self.lock = threading.Lock()
        self.disk, self.propagation = Disk(set()), Propagation()
        self.log = Log(clock, lambda error: None, lambda reason: None)
        self.saves, self.rewrites = Saves(1000, self.disk), Rewrites()
        self.dataset = Dataset(self.databases, changes, clock, lambda: 12345)
        self.rdb_saving = RdbSaving(self.config, self.dataset, self.saves, self.rewrites)
        self.aof_files = AofFiles(self.config, self.dataset, self.log, self.propagation)
        self.aof_rewriting = AofRewriting(
            self.config, self.dataset, self.aof_files, self.rewrites, self.saves
        )
        self.called = []  # with each new client, None; then its commands

    @contextmanager
    def locked(self):
        with self.lock:
            yield

    def new_client(self):
        self.called.append(None)
        return self.call

    def call(self, command, argv):
        self.called.append(argv)
        return RedisError("ERR no such luck") if argv[1] == b"unlucky" else b""

    def rewrite(self):
        with self.lock:
            assert self.aof_rewriting.start(self.locked, self.locked)
            thread = self.rewrites.job.thread
        thread.join()
        return self.rewrites.ok


@pytest.fixture
def parts(tmp_path):
    parts = Parts(tmp_path)
    yield parts
    parts.log.close()


def test_a_background_save_takes_the_lock_that_it_is_given(parts, tmp_path):
    parts.databases[1].update(b"key", b"value", "set")
    with parts.lock:
        assert parts.rdb_saving.start(parts.locked)
        thread = parts.saves.job.thread
        thread.join(0.05)
        assert thread.is_alive(), "it has nothing before it gets the lock"
    thread.join()
    twin = Parts(tmp_path)
    twin.rdb_saving.load_at_start()
    assert twin.databases[1].get(b"key", bytes) == b"value"
    assert twin.saves.keys_loaded == 1


def test_aux_fields_name_the_server_that_wrote_the_file(parts):
    fields = parts.dataset.aux_fields(aof_base=True)
    assert fields["used-mem"] == 12345 and fields["aof-base"] == 1


def test_after_a_failed_save_writes_are_rejected_until_one_succeeds(parts, tmp_path):
    parts.disk.record(rdb_matters=True)
    parts.config["dir"] = str(tmp_path / "gone")
    for folder, refused in ((tmp_path / "gone", True), (tmp_path, False)):
        parts.config["dir"] = str(folder)
        with parts.lock:
            parts.rdb_saving.start(parts.locked)
            thread = parts.saves.job.thread
        thread.join()
        assert (parts.disk.refusal is not None) == refused


def test_each_file_has_a_client_of_its_own_and_an_error_does_not_end_the_loading(parts, tmp_path):
    parts.aof_files.start(parts.new_client)
    parts.log.feed([(1, [b"SET", b"unlucky", b"1"], BOTH), (1, [b"SET", b"b", b"2"], BOTH)])
    parts.log.close()
    twin = Parts(tmp_path)
    twin.aof_files.start(twin.new_client)
    twin.log.close()
    select = [b"SELECT", b"1"]
    commands = [[b"SET", b"unlucky", b"1"], [b"SET", b"b", b"2"]]
    assert twin.called == [None, None, select, *commands], "the base is empty"


def test_what_is_propagated_after_the_start_is_in_the_file(parts, tmp_path):
    parts.aof_files.start(parts.new_client)
    assert parts.propagation.is_on and parts.log.is_fed
    parts.aof_files.stop_feeding()
    assert not parts.propagation.is_on and not parts.log.is_fed


def test_a_rewrite_makes_a_base_of_the_dataset_and_removes_the_old_files(parts):
    parts.aof_files.start(parts.new_client)
    parts.databases[0].update(b"key", b"value", "set")
    parts.dataset.libraries = [b"#!lua name=lib\n"]
    assert parts.rewrite()
    assert sorted(os.listdir(parts.aof_files.folder)) == [
        "appendonly.aof.2.base.aof", "appendonly.aof.2.incr.aof", "appendonly.aof.manifest",
    ]  # fmt: skip
    with open(os.path.join(parts.aof_files.folder, "appendonly.aof.2.base.aof"), "rb") as base:
        lines = base.read().split(b"\r\n")
    assert lines.index(b"FUNCTION") < lines.index(b"SET") and b"value" in lines


def test_a_cancelled_rewrite_leaves_the_base_and_the_increment_that_is_written_to(parts):
    parts.aof_files.start(parts.new_client)
    before = parts.aof_files.read_manifest()
    with parts.lock:  # so its snapshot cannot begin
        parts.aof_rewriting.start(parts.locked, parts.locked)
        thread = parts.rewrites.job.thread
        parts.aof_rewriting.abandon()
    thread.join()
    now = parts.aof_files.read_manifest()
    assert now.base == before.base and now.increments[0] == before.increments[0] and not now.history
    assert parts.aof_files.manifest == now and parts.rewrites.job is None
    assert parts.databases[0]._snapshot_view is None


def test_one_snapshot_at_a_time(parts):
    parts.saves.scheduled = parts.rewrites.scheduled = True
    parts.rewrites.job = object()
    parts.rdb_saving.save_when_due(parts.locked)
    assert parts.saves.job is None and parts.saves.scheduled
    parts.rewrites.job, parts.saves.job = None, object()
    parts.aof_rewriting.rewrite_when_due(parts.locked, parts.locked)
    assert parts.rewrites.job is None and parts.rewrites.scheduled


def test_a_reload_that_fails_leaves_no_half_of_the_data(parts):
    parts.aof_files.start(parts.new_client)
    parts.log.feed([(0, [b"SET", b"a", b"1"], BOTH), (0, [b"NONSENSE"], BOTH)])
    parts.databases[0].update(b"key", b"value", "set")
    with pytest.raises(CannotLoad, match="unknown command 'NONSENSE'"):
        parts.aof_files.reload(parts.new_client)
    assert len(parts.databases[0]) == 0
    assert parts.called[-1] == [b"SET", b"a", b"1"]
