"""`python server.py` and its dump.rdb: saved, loaded again, damaged, and after a kill -9."""

import os
import signal
import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY, Client, started, wait_until

from redis_clone.features.persistence.disk import RDB_REFUSAL

needs_signals = pytest.mark.skipif(os.name == "nt", reason="Windows cannot send them")


def words_for(folder, save="1000 1000"):
    return ["--dir", str(folder), "--save", *(save.split() or [""])]


def loaded_keys(folder, *words):
    """How many keys a new server loads there; it saves nothing at its end."""
    with started(*words_for(folder, ""), *words) as (_, port):
        return Client(("127.0.0.1", port))("DBSIZE")


@needs_signals
def test_written_keys_are_there_after_an_orderly_end(tmp_path):
    with started(*words_for(tmp_path)) as (process, port):
        client = Client(("127.0.0.1", port))
        client("MSET a 1 b 2")
        client("EXPIRE a 1000")
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
        shown = process.stdout.read()
    for line in ("Received SIGTERM", "Saving the final RDB snapshot before exiting.", "DB saved on disk"):
        assert line in shown
    with started(*words_for(tmp_path)) as (process, port):
        client = Client(("127.0.0.1", port))
        assert client("GET b") == b"2" and client("TTL a") > 900
        client("SET c 3")
        client.send("SHUTDOWN NOSAVE")
        assert client.is_closed() and process.wait(PATIENCE) == 0
    assert loaded_keys(tmp_path) == 2


@pytest.mark.slow
def test_without_save_points_shutdown_saves_only_when_asked_to(tmp_path):
    for words, keys in (("SHUTDOWN", 0), ("SHUTDOWN SAVE", 1)):
        with started(*words_for(tmp_path, "")) as (process, port):
            client = Client(("127.0.0.1", port))
            client("SET a 1")
            client.send(words)
            assert process.wait(PATIENCE) == 0
        assert loaded_keys(tmp_path) == keys


@needs_signals
@pytest.mark.slow
def test_a_kill_during_a_save_leaves_the_old_file_whole(tmp_path):
    with started(*words_for(tmp_path, "")) as (process, port):
        client = Client(("127.0.0.1", port))
        client("SET old v")
        client("SAVE")
        for number in range(20):
            fields = [text for field in range(3000) for text in (f"field:{field}", f"{number}")]
            client("HSET", f"hash:{number}", *fields)
        old = (tmp_path / "dump.rdb").read_bytes()
        wait_until(lambda: stands_still_in_a_save(process, client, tmp_path, old))
        process.kill()
        process.wait(PATIENCE)
    assert list(tmp_path.glob("temp-*.rdb")) and (tmp_path / "dump.rdb").read_bytes() == old
    assert loaded_keys(tmp_path) == 1


def stands_still_in_a_save(process, client, folder, old):
    """Stop the server with a signal while it saves; False when that was too early or too late."""
    if (folder / "dump.rdb").read_bytes() != old:
        (folder / "dump.rdb").write_bytes(old)
    client("BGSAVE")
    wait_until(lambda: list(folder.glob("temp-*.rdb")) or (folder / "dump.rdb").read_bytes() != old)
    process.send_signal(signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)  # now it has stopped
    if list(folder.glob("temp-*.rdb")):
        return True
    process.send_signal(signal.SIGCONT)
    return False


@pytest.mark.parametrize("content", [b"nonsense", b"REDIS0010\x00\x01k\x05hel"])
def test_a_damaged_file_stops_the_start_with_its_name_and_what_to_do(tmp_path, content):
    (tmp_path / "dump.rdb").write_bytes(content)
    run = subprocess.run(
        [sys.executable, "server.py", "--port", "0", "--dir", str(tmp_path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 1
    assert f"{tmp_path / 'dump.rdb'} is damaged at byte" in run.stdout and "--check-rdb" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
    assert (tmp_path / "dump.rdb").read_bytes() == content


@needs_signals
def test_a_full_disk_is_reported_and_the_old_file_stays(tmp_path):
    """A limit on the size of files has the effect of a full disk."""
    resource = pytest.importorskip("resource")
    with started(*words_for(tmp_path), keeps_bytecode=False) as (process, port):
        client = Client(("127.0.0.1", port))
        client("SET small v")
        assert client("SAVE") == "OK"
        old = (tmp_path / "dump.rdb").read_bytes()
        client("SET", "large", os.urandom(300_000))
        if not hasattr(resource, "prlimit"):
            pytest.skip("needs prlimit")
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        client("BGSAVE")
        wait_until(lambda: b"rdb_last_bgsave_status:err" in client("INFO persistence"))
        assert str(client("SET a 1")) == RDB_REFUSAL
        assert client("GET small") == b"v"
        assert (tmp_path / "dump.rdb").read_bytes() == old and os.listdir(tmp_path) == ["dump.rdb"]
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert client("SAVE") == "OK"
        assert client("SET a 1") == "OK"
        client.send("SHUTDOWN")
        assert process.wait(PATIENCE) == 0
        assert "Write error while saving DB to the disk" in process.stdout.read()
    assert loaded_keys(tmp_path) == 3
