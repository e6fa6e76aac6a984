"""The disk refuses to be written: it is full, or its folder is gone or read-only.

Then writing commands are rejected and reading goes on until the fault is over, and the old files stay whole.
The servers here are processes of their own, and most of them work on a file system of 256 KB.
"""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from harness import PATIENCE, REPOSITORY, Client, started, wait_until

from redis_clone.protocol.errors import RedisError

SIZE = 256 * 1024
NO_ROOM = "No space left on device"


@pytest.fixture
def disk(tmp_path):
    """A folder with little room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", folder):
        yield folder


@contextmanager
def mounted(*arguments):
    """A file system mounted on a folder, the last argument; skipped where we may not mount."""
    try:
        subprocess.run(["mount", *map(str, arguments)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(arguments[-1])], check=True)


def remount(folder, *options):
    subprocess.run(["mount", "-o", ",".join(["remount", *options]), str(folder)], check=True)


class Running:
    """A server at work in a folder, a client of it, and in the end what it has logged."""

    def __init__(self, process, port):
        self.process = process
        self.port = port
        self.client = self.call = Client(("127.0.0.1", port))

    def fields(self):
        lines = self.client("INFO persistence").decode().splitlines()
        return dict(line.split(":") for line in lines if ":" in line)

    def save(self):
        """How a background save ends."""
        self.client("BGSAVE")
        wait_until(lambda: self.fields()["rdb_bgsave_in_progress"] == "0")
        return self.fields()["rdb_last_bgsave_status"]

    def rewrite(self):
        """How a rewrite of the log ends."""
        self.client("BGREWRITEAOF")
        wait_until(lambda: self.fields()["aof_rewrite_in_progress"] == "0")
        return self.fields()["aof_last_bgrewrite_status"]

    def write_what_does_not_fit(self):
        """A write that the log cannot take is not acknowledged: an error, and the connection closes."""
        client = Client(("127.0.0.1", self.port))
        assert refused(client("SET", "large", "x" * 50_000)) and client.is_closed()

    def logged(self):
        self.process.kill()
        return self.process.stdout.read()


@contextmanager
def running(folder, *arguments):
    with started("--dir", str(folder), "--rdbcompression", "no", *arguments) as (process, port):
        server = Running(process, port)
        try:
            yield server
        finally:
            server.client.close()


def logging_server(folder, policy="everysec"):
    return running(folder, "--appendonly", "yes", "--appendfsync", policy)


def fill_up(folder, leave=0):
    """A file that leaves so much room and no more; delete it to make room again."""
    ballast = folder / "ballast"
    room = os.statvfs(folder)
    ballast.write_bytes(b"x" * max(room.f_bavail * room.f_frsize - leave, 0))
    return ballast


def refused(reply):
    return isinstance(reply, RedisError) and str(reply).startswith("MISCONF")


# Snapshots.


@contextmanager
def full(disk):
    ballast = fill_up(disk)
    yield f"Write error while saving DB to the disk(write): {NO_ROOM}"
    ballast.unlink()


@contextmanager
def read_only(disk):
    remount(disk, "ro")
    yield "Failed opening the temp RDB file temp-"
    remount(disk, "rw")


@contextmanager
def gone(disk):
    shutil.rmtree(disk / "data")
    yield "for saving: No such file or directory"
    (disk / "data").mkdir()


@pytest.mark.parametrize("trouble", [full, read_only, gone])
def test_while_no_snapshot_can_be_made_writes_are_rejected_and_reads_go_on(disk, trouble):
    folder = disk / "data"
    folder.mkdir()
    with running(folder, "--save", "3600 1") as server:
        assert server.call("SET", "large", "x" * 100_000) == "OK" and server.save() == "ok"
        before = (folder / "dump.rdb").read_bytes()
        with trouble(disk) as message:
            assert server.save() == "err"
            assert refused(server.call("SET a 1")) and server.call("STRLEN large") == 100_000
            assert isinstance(server.call("SAVE"), RedisError)
            if trouble is not gone:
                assert os.listdir(folder) == ["dump.rdb"]
                assert (folder / "dump.rdb").read_bytes() == before
        assert server.save() == "ok"
        assert server.call("SET a 1") == "OK"
        log = server.logged()
    assert message in log and "Background saving error" in log and "Traceback" not in log
    assert sorted(os.listdir(folder)) == ["dump.rdb"]


def test_the_server_does_not_end_when_its_last_snapshot_cannot_be_made(disk):
    with running(disk, "--save", "3600 1") as server:
        server.call("SET", "large", "x" * 100_000)
        ballast = fill_up(disk)
        assert isinstance(server.call("SHUTDOWN"), RedisError)
        assert server.call("STRLEN large") == 100_000
        ballast.unlink()
        server.client.send("SHUTDOWN")
        assert server.process.wait(PATIENCE) == 0
    assert os.listdir(disk) == ["dump.rdb"]


# The append-only file.


def test_while_the_log_cannot_be_written_writes_are_rejected_and_reads_go_on(disk):
    with logging_server(disk) as server:
        server.call("SET first 1")
        ballast = fill_up(disk, leave=20_000)
        server.write_what_does_not_fit()
        assert refused(server.call("SET more 1"))
        assert server.call("GET first") == b"1" and server.call("STRLEN large") == 50_000
        assert server.fields()["aof_last_write_status"] == "err"
        ballast.unlink()
        wait_until(lambda: server.call("SET more 1") == "OK")
        wait_until(lambda: server.fields()["aof_buffer_length"] == "0")
        assert server.fields()["aof_last_write_status"] == "ok"
        log = server.logged()
    assert f"Error writing to the AOF file: {NO_ROOM}" in log and "AOF write error looks solved" in log
    with logging_server(disk) as server:
        assert server.call("STRLEN large") == 50_000 and server.call("GET more") == b"1"


def test_switching_the_log_off_allows_writes_and_switching_it_on_begins_a_whole_log(disk):
    with logging_server(disk) as server:
        server.call("SET first 1")
        ballast = fill_up(disk, leave=20_000)
        server.write_what_does_not_fit()
        assert refused(server.call("SET more 1"))
        assert server.call("CONFIG SET appendonly no") == "OK"
        wait_until(lambda: server.call("SET more 2") == "OK")
        assert server.fields()["aof_last_write_status"] == "err"
        ballast.unlink()
        assert server.call("CONFIG SET appendonly yes") == "OK"
        wait_until(lambda: server.fields()["aof_last_write_status"] == "ok")
        wait_until(lambda: server.fields()["aof_rewrite_in_progress"] == "0")
        assert server.call("SET last 3") == "OK"
        wait_until(lambda: server.fields()["aof_buffer_length"] == "0")
        assert "AOF reopen, just ignore the last error" in server.logged()
    with logging_server(disk) as server:
        assert server.call("STRLEN large") == 50_000 and server.call("MGET first more last") == [
            b"1",
            b"2",
            b"3",
        ]


def test_under_always_the_server_ends_before_it_acknowledges_what_is_not_on_the_disk(disk):
    with logging_server(disk, "always") as server:
        assert server.call("SET first 1") == "OK"
        ballast = fill_up(disk, leave=20_000)
        server.client.send("SET", "large", "x" * 50_000)
        assert server.client.is_closed()
        assert server.process.wait(PATIENCE) == 1
        assert "Can't recover from AOF write error" in server.process.stdout.read()
    ballast.unlink()
    with logging_server(disk, "always") as server:
        assert server.call("EXISTS first large") == 1


@contextmanager
def no_room_for_a_base(disk):
    ballast = fill_up(disk, leave=30_000)
    yield NO_ROOM
    ballast.unlink()


@contextmanager
def folder_that_can_only_be_read(disk):
    """A read-only mount over the folder; the log has its file open, and goes on."""
    folder = disk / "appendonlydir"
    with mounted("--bind", folder, folder):
        remount(folder, "ro", "bind")
        yield "Read-only file system"


@pytest.mark.parametrize(
    ("trouble", "preamble"), [(no_room_for_a_base, "yes"), (folder_that_can_only_be_read, "no")]
)
def test_when_the_log_cannot_be_rewritten_it_goes_on_as_it_is(disk, trouble, preamble):
    with logging_server(disk) as server:
        server.call("CONFIG", "SET", "aof-use-rdb-preamble", preamble)
        server.call("SET", "large", "x" * 50_000)
        wait_until(lambda: server.fields()["aof_buffer_length"] == "0")
        with trouble(disk) as message:
            assert server.rewrite() == "err"
            assert server.call("SET small 1") == "OK" and server.call("GET small") == b"1"
            wait_until(lambda: server.fields()["aof_buffer_length"] == "0")
            assert server.fields()["aof_last_write_status"] == "ok"
            assert not [name for name in os.listdir(disk / "appendonlydir") if name.startswith("temp")]
        log = server.logged()
    assert "Background AOF rewrite terminated with error" in log and message in log and "Traceback" not in log
    with logging_server(disk) as server:
        assert server.call("STRLEN large") == 50_000 and server.call("GET small") == b"1"
        assert server.rewrite() == "ok"
    with logging_server(disk) as server:
        assert server.call("STRLEN large") == 50_000 and server.call("GET small") == b"1"


def test_a_rewrite_makes_the_folder_of_the_log_again(tmp_path):
    with logging_server(tmp_path) as server:
        server.call("SET first 1")
        shutil.rmtree(tmp_path / "appendonlydir")
        assert server.call("SET more 1") == "OK"
        assert server.rewrite() == "ok"
        server.call("SET last 1")
        wait_until(lambda: server.fields()["aof_buffer_length"] == "0")
    with logging_server(tmp_path) as server:
        assert server.call("EXISTS first more last") == 3


@pytest.mark.parametrize("trouble", ["full", "read-only"])
def test_a_log_that_cannot_be_opened_stops_the_start(disk, trouble):
    if trouble == "full":
        fill_up(disk)
    else:
        remount(disk, "ro")
    arguments = ["--dir", str(disk), "--appendonly", "yes", "--port", "0"]
    done = subprocess.run(
        [sys.executable, "server.py", *arguments], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Can't open the append only file" in done.stdout and "Traceback" not in done.stdout + done.stderr
