"""The append-only file as a whole: our server and the real one read what the other has written.

The servers here have folders of their own, for the tests look at the files that they leave.
"""

import glob
import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from crash_rounds import run_round
from harness import (
    PATIENCE,
    REPOSITORY,
    Client,
    has_real_server,
    our_server,
    real_server,
    started,
    wait_until,
)

from redis_clone import commands
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.server.locking import execute
from redis_clone.server.state import Client as CommandClient
from redis_clone.server.state import Server

commands.load()

needs_real_server = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")

EVERYTHING = (
    """
SET string value | SET number 12 | SET expiring soon EX 1000 | SET gone soon PXAT 1 | GET gone
INCRBYFLOAT number 1.5
RPUSH list a b c | LMOVE list other LEFT RIGHT | SADD set 1 2 3 | SPOP set | SADD words x y | SPOP words 1
HSET hash field value other 2 | HINCRBYFLOAT hash other 0.25 | ZADD zset 1.5 a -inf b | ZMPOP 1 zset MIN
XADD stream 1-1 a 1 | XADD stream MAXLEN ~ 5 2-* a 2 | XGROUP CREATE stream group 0
XREADGROUP GROUP group ada COUNT 1 STREAMS stream > | XADD stream 3 b 3 | XDEL stream 3
XGROUP CREATE empty group $ MKSTREAM | PFADD hll a b c | SETBIT bits 99 1 | GEOADD geo 13.4 52.5 berlin
SELECT 5 | SET elsewhere 1 | SELECT 0 | MOVE other 5
MULTI | INCR another | SELECT 5 | INCR tx | SELECT 0 | EXEC
SET renamed 1 | RENAME renamed new | COPY new copied | EXPIRE copied 500 | DEL string
""".replace("\n", " | ")
    .strip(" |")
    .split(" | ")
)


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Our server changes the working directory to its own, as Redis does."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def talking_to(server):
    with server as address:
        client = Client(address)
        try:
            wait_until(lambda: fields(client)["loading"] == "0")  # the real one answers meanwhile
            yield client
        finally:
            client.close()


def ours(folder, **more):
    return talking_to(our_server(dir=str(folder), appendonly="yes", **more))


def real(folder, *more):
    return talking_to(real_server(folder, "--appendonly", "yes", *more))


def fill(client):
    for line in EVERYTHING:
        client(line)
    return client("DEBUG DIGEST")


def rewrite(client):
    assert client("BGREWRITEAOF") == "Background append only file rewriting started"
    wait_until(lambda: fields(client)["aof_rewrite_in_progress"] == "0")
    assert fields(client)["aof_last_bgrewrite_status"] == "ok"


def fields(client):
    lines = client("INFO persistence").decode().splitlines()
    return dict(line.split(":") for line in lines if ":" in line)


def files(folder):
    return sorted(os.path.basename(path) for path in glob.glob(f"{folder}/appendonlydir/*"))


def increment(folder):
    return sorted(glob.glob(f"{folder}/appendonlydir/*.incr.aof"))[-1]


def log_of(folder):
    with open(increment(folder), "rb") as file:
        return file.read()


# What one has written, the other reads.


@needs_real_server
@pytest.mark.parametrize("preamble", ["yes", "no"])
@pytest.mark.parametrize("rewrites", [False, True])
def test_the_real_server_reads_what_we_have_written(here, preamble, rewrites):
    with ours(here, **{"aof-use-rdb-preamble": preamble}) as client:
        digest = fill(client)
        if rewrites:
            rewrite(client)
            client("SET after rewrite")
            digest = client("DEBUG DIGEST")
    with real(here) as client:
        assert client("DEBUG DIGEST") == digest


@needs_real_server
@pytest.mark.parametrize("preamble", ["yes", "no"])
@pytest.mark.parametrize("rewrites", [False, True])
def test_we_read_what_the_real_server_has_written(here, preamble, rewrites):
    with real(here, "--aof-use-rdb-preamble", preamble) as client:
        digest = fill(client)
        if rewrites:
            rewrite(client)
            client("SET after rewrite")
            digest = client("DEBUG DIGEST")
    with ours(here) as client:
        assert client("DEBUG DIGEST") == digest
        assert client("XPENDING stream group")[0] == 1
        assert 900 < client("TTL expiring") <= 1000


@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_all_data_are_there_again_and_the_groups_of_streams_too(here, preamble):
    with ours(here, **{"aof-use-rdb-preamble": preamble}) as client:
        digest = fill(client)
        groups, pending = client("XINFO GROUPS stream"), client("XPENDING stream group")
    for _ in range(2):  # from the increment, and from a base
        with ours(here, **{"aof-use-rdb-preamble": preamble}) as client:
            assert client("DEBUG DIGEST") == digest
            assert client("XINFO GROUPS stream") == groups and client("XPENDING stream group") == pending
            rewrite(client)


@needs_real_server
def test_redis_check_aof_finds_nothing_wrong(here):
    with ours(here, **{"aof-timestamp-enabled": "yes"}) as client:
        fill(client)
        rewrite(client)
        fill(client)
    manifest = f"{here}/appendonlydir/appendonly.aof.manifest"
    for command in (["redis-check-aof", manifest], ["python", "server.py", "--check-aof", manifest]):
        checked = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert checked.returncode == 0 and "All AOF files and manifest are valid" in checked.stdout


def test_a_single_file_of_redis_6_is_taken_over(here):
    (here / "appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$1\r\n1\r\n")
    with ours(here) as client:
        assert client("GET old") == b"1"
    assert files(here) == ["appendonly.aof", "appendonly.aof.1.incr.aof", "appendonly.aof.manifest"]
    assert not (here / "appendonly.aof").exists()


@pytest.mark.parametrize("step", [0, 1])
def test_a_single_file_is_not_lost_when_the_server_crashes_while_it_is_taken_over(here, monkeypatch, step):
    (here / "appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$1\r\n1\r\n")
    replace, done = os.replace, []

    def replace_and_crash(source, target):
        replace(source, target)
        done.append(target)
        if len(done) > step:
            raise OSError(5, "Input/output error")

    with monkeypatch.context() as crashing:
        crashing.setattr(os, "replace", replace_and_crash)
        with pytest.raises(CannotLoad, match="Input/output error"):
            ours(here).__enter__()
    assert len(done) == step + 1
    with ours(here) as client:
        assert client("GET old") == b"1"


# Rewriting, and switching on and off.


def test_a_rewrite_leaves_one_base_and_one_increment(here):
    with ours(here) as client:
        for _ in range(3):
            client("INCR counter")
            rewrite(client)
        assert files(here) == [
            "appendonly.aof.4.base.rdb", "appendonly.aof.4.incr.aof", "appendonly.aof.manifest",
        ]  # fmt: skip
        assert log_of(here) == b""
    with ours(here) as client:
        assert client("GET counter") == b"3"


def test_what_is_written_during_a_rewrite_is_in_the_new_increment(here):
    with ours(here) as client:
        for number in range(500):
            client(f"RPUSH list:{number} {'x' * 50}")
        client.send("BGREWRITEAOF")
        for number in range(500):
            client.send(f"RPUSH list:{number} y")
        for _ in range(501):
            client.read()
        wait_until(lambda: fields(client)["aof_rewrite_in_progress"] == "0")
        digest = client("DEBUG DIGEST")
    with ours(here) as client:
        assert client("DEBUG DIGEST") == digest


def test_the_log_is_rewritten_when_it_has_grown(here):
    options = {"auto-aof-rewrite-min-size": "2kb", "auto-aof-rewrite-percentage": "100"}
    with ours(here, **options) as client:
        for number in range(100):
            client(f"SET key {number}")
        wait_until(lambda: int(fields(client)["aof_rewrites"]))
        wait_until(lambda: fields(client)["aof_rewrite_in_progress"] == "0")
        assert int(fields(client)["aof_current_size"]) < 2048


def test_the_log_can_be_switched_on_and_off(here):
    with talking_to(our_server(dir=str(here))) as client:
        client("SET before 1")
        assert client("CONFIG SET appendonly yes") == "OK"
        wait_until(lambda: "aof_current_size" in fields(client) and fields(client)["aof_rewrites"] == "1")
        wait_until(lambda: fields(client)["aof_rewrite_in_progress"] == "0")
        client("SET during 1")
        client("CONFIG SET appendonly no")
        wait_until(lambda: "aof_current_size" not in fields(client))
        client("SET after 1")
    with ours(here) as client:
        assert client("MGET before during after") == [b"1", b"1", None]


def test_a_second_rewrite_has_to_wait(here):
    with ours(here) as client:
        client("MULTI")
        client("BGREWRITEAOF")
        assert client("EXEC") == ["Background append only file rewriting scheduled"]
        wait_until(lambda: fields(client)["aof_rewrites"] == "1")


def test_one_snapshot_at_a_time(here):
    server = Server()
    client = CommandClient(server)
    server.rewrites.job = server  # as long as one is at work
    assert b"ERR Another child process is active (AOF?)" in execute(client, [b"BGSAVE"])
    assert execute(client, [b"BGSAVE", b"SCHEDULE"]) == b"+Background saving scheduled\r\n"
    assert b"rewriting already in progress" in execute(client, [b"BGREWRITEAOF"])
    server.rewrites.job, server.saves.job = None, server
    assert execute(client, [b"BGREWRITEAOF"]).startswith(b"+Background append only file rewriting sch")


def test_debug_loadaof_loads_the_log_again(here):
    with ours(here) as client:
        digest = fill(client)
        assert client("DEBUG LOADAOF") == "OK"
        assert client("DEBUG DIGEST") == digest
        client("SET later 1")
    with ours(here) as client:
        assert client("GET later") == b"1"


def test_keys_that_expired_while_no_server_ran_are_gone_and_their_deletion_is_logged(here):
    with ours(here) as client:
        client("SET k v PX 50")
    time.sleep(0.05)
    with ours(here) as client:
        wait_until(lambda: client("GET k") is None)
        wait_until(lambda: log_of(here).endswith(b"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n"))


# What is damaged.


def damaged(here, tail):
    with ours(here) as client:
        client("SET good 1")
    good = log_of(here)
    with open(increment(here), "ab") as file:
        file.write(tail)
    return good


@pytest.mark.parametrize(
    "tail",
    [b"*3\r\n$3\r\nSET\r\n$1\r\na", b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n"],
)
def test_a_tail_that_was_cut_short_is_dropped(here, tail):
    good = damaged(here, tail)
    with ours(here) as client:
        assert client("GET good") == b"1" and client("DBSIZE") == 1
        assert log_of(here) == good
        client("SET more 1")
    with ours(here) as client:
        assert client("DBSIZE") == 2


@pytest.mark.parametrize(
    ("tail", "options", "message"),
    [
        (b"*3\r\n$3\r\nSET", {"aof-load-truncated": "no"}, "Unexpected end of file .* at offset 53"),
        (b"garbage", {}, "Bad file format .* at offset 53"),
        (b"*1\r\n$3\r\nFOO\r\n", {}, "at offset 53 .ERR unknown command 'FOO'"),
        (
            b"*2\r\n$3\r\nSET\r\n$1\r\nk\r\n",
            {},
            "at offset 53 .ERR wrong number of arguments for 'set' command",
        ),
    ],
)
def test_any_other_damage_stops_the_start(here, tail, options, message):
    damaged(here, tail)
    before = log_of(here)
    with pytest.raises(CannotLoad, match=message), ours(here, **options):
        pass
    assert log_of(here) == before


def test_only_the_last_file_may_be_cut_short_and_another_one_is_left_as_it_is(here):
    damaged(here, b"*3\r\n$3\r\nSET\r\n$1\r\na")
    before = log_of(here)
    manifest = here / "appendonlydir/appendonly.aof.manifest"
    manifest.write_text(manifest.read_text() + "file appendonly.aof.2.incr.aof seq 2 type i\n")
    (here / "appendonlydir/appendonly.aof.2.incr.aof").touch()
    with pytest.raises(CannotLoad, match=r"1\.incr\.aof ends too early, and is good up to offset 53"):
        ours(here).__enter__()
    assert (here / "appendonlydir/appendonly.aof.1.incr.aof").read_bytes() == before


def test_a_reload_of_a_damaged_log_leaves_no_half_of_the_data(here):
    with ours(here) as client:
        client("SET good 1")
        wait_until(lambda: log_of(here))
        with open(increment(here), "ab") as file:
            file.write(b"garbage")
        assert str(client("DEBUG LOADAOF")).startswith("ERR Error trying to load the AOF")
        assert client("DBSIZE") == 0


def test_a_damaged_manifest_or_a_missing_file_stops_the_start(here):
    damaged(here, b"")
    os.rename(increment(here), here / "hidden")
    with pytest.raises(CannotLoad, match="Unable to obtain the AOF file"):
        ours(here).__enter__()
    (here / "appendonlydir/appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(CannotLoad, match=r"at line 1\n(.*\n)+.*appendonly.aof.manifest and correct it"):
        ours(here).__enter__()
    (here / "appendonlydir/appendonly.aof.manifest").write_bytes(b"file caf\xe9 seq 1 type b\n")
    with pytest.raises(CannotLoad, match="File can't be a path"):
        ours(here).__enter__()


def test_check_aof_cuts_an_incomplete_end(here):
    good = damaged(here, b"*3\r\n$3\r\nSET\r\n$1\r\na")
    manifest = f"{here}/appendonlydir/appendonly.aof.manifest"
    command = [sys.executable, "server.py", "--check-aof", "--fix", manifest]
    for answer, code in (("n", 1), ("y", 0)):
        done = subprocess.run(
            command, cwd=REPOSITORY, input=answer, capture_output=True, text=True, check=False
        )
        assert done.returncode == code
    assert log_of(here) == good


# Crashes, and a disk that is full.


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(here, seed):
    assert run_round(here, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 120))
def test_nothing_is_lost_in_many_more_rounds(here, seed):
    assert run_round(here, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 205))
def test_everysec_loses_at_most_the_last_second(here, seed):
    assert run_round(here, seed, "everysec")


@contextmanager
def little_room(here, policy):
    """Our server as a process that may write files of 20 KB, until the limit is lifted."""
    resource = pytest.importorskip("resource")
    options = ("--dir", str(here), "--appendonly", "yes", "--appendfsync", policy)
    with started(*options, keeps_bytecode=False) as (process, port):
        prlimit = getattr(resource, "prlimit", None)
        if prlimit is None:
            pytest.skip("needs prlimit")
        prlimit(process.pid, resource.RLIMIT_FSIZE, (20_000, 10_000_000))
        client = Client(("127.0.0.1", port))
        try:
            yield client, process, lambda: prlimit(process.pid, resource.RLIMIT_FSIZE, (10_000_000,) * 2)
        finally:
            client.close()


def test_while_the_disk_is_full_writes_are_rejected_and_reads_go_on(here):
    with little_room(here, "everysec") as (client, _, make_room):
        client("SET first 1")
        client("SET", "large", "x" * 30_000)
        refusal = "MISCONF Errors writing to the AOF file: "
        wait_until(lambda: str(client("SET more 1")).startswith(refusal))
        assert client("GET first") == b"1"
        assert fields(client)["aof_last_write_status"] == "err"
        make_room()
        wait_until(lambda: client("SET more 1") == "OK")
        assert fields(client)["aof_last_write_status"] == "ok"
    with ours(here) as client:
        assert client("STRLEN large") == 30_000 and client("GET more") == b"1"


def test_under_always_a_full_disk_ends_the_server_before_the_reply(here):
    with little_room(here, "always") as (client, process, _):
        client("SET first 1")
        client.send("SET", "large", "x" * 30_000)
        assert client.is_closed()
        assert process.wait(PATIENCE) == 1
    with ours(here) as client:
        assert client("EXISTS first large") == 1


@pytest.mark.parametrize("keeps", ["yes", "no"])
@pytest.mark.parametrize("which", ["ours", "real"])
def test_with_aof_disable_auto_gc_a_rewrite_leaves_the_old_files_there(tmp_path, which, keeps):
    if which == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    words = ["--appendonly", "yes", "--aof-disable-auto-gc", keeps]
    parameters = {"dir": str(tmp_path), "appendonly": "yes", "aof-disable-auto-gc": keeps}
    with real_server(tmp_path, *words) if which == "real" else our_server(**parameters) as address:
        client = Client(address)
        client("SET a 1")
        client("BGREWRITEAOF")
        manifest = tmp_path / "appendonlydir" / "appendonly.aof.manifest"
        wait_until(lambda: b"aof_rewrite_in_progress:0" in client("INFO persistence"))
        wait_until(lambda: "seq 2 type b" in manifest.read_text())
        assert ("type h" in manifest.read_text()) == (keeps == "yes")
        assert (manifest.parent / "appendonly.aof.1.incr.aof").exists() == (keeps == "yes")
        client.close()
