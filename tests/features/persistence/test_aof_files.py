"""The append-only file as a whole: our server and the real one read what the other has written.

The servers here have folders of their own, for the tests look at the files that they leave.
"""

import glob
import io
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, redirect_stdout

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
from redis_clone.features.persistence import aof_check
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command
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
    for command in (["redis-check-aof", manifest], [sys.executable, "server.py", "--check-aof", manifest]):
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


@pytest.mark.parametrize("server", [ours, pytest.param(real, marks=needs_real_server)])
@pytest.mark.parametrize(
    "manifest",
    [
        "file appendonly.aof seq 1 type b\n",
        "file appendonly.aof seq 3 type b\nfile appendonly.aof.9.incr.aof seq 9 type h\n",
    ],
)
def test_a_single_file_that_the_manifest_names_is_taken_over(here, server, manifest):
    """An upgrade was interrupted before the file was moved."""
    (here / "appendonlydir").mkdir()
    (here / "appendonlydir/appendonly.aof.manifest").write_text(manifest)
    (here / "appendonlydir/appendonly.aof.9.incr.aof").touch()
    (here / "appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$1\r\n1\r\n")
    with server(here) as client:
        assert client("GET old") == b"1"
        wait_until(lambda: ("appendonly.aof.9.incr.aof" in files(here)) == ("seq 9" not in manifest))
    assert not (here / "appendonly.aof").exists()
    assert (here / "appendonlydir/appendonly.aof.manifest").read_text().splitlines() == [
        "file appendonly.aof seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i",
    ]  # fmt: skip


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


@pytest.fixture(params=["ours", pytest.param("real", marks=needs_real_server)])
def slow(request, here, monkeypatch):
    """A client of a server whose snapshots take their time; without an append-only file."""
    if request.param == "ours":
        real_write = WholeFile.write
        monkeypatch.setattr(WholeFile, "write", lambda *arguments: (time.sleep(0.5), real_write(*arguments)))
        server = our_server(dir=str(here), save="")
    else:
        server = real_server(here, "--save", "", "--rdb-key-save-delay", "500000")
    with talking_to(server) as client:
        client("SET before 1")
        yield client


def rewriting(client):
    seen = fields(client)
    names = "aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"
    return tuple(int(seen[name]) for name in names)


def test_a_log_begins_with_the_command_and_the_server_does_not_end_before_it_is_there(slow):
    """Who waits until no rewrite is in progress may rely on the log."""
    assert slow("CONFIG SET appendonly yes") == "OK"
    assert rewriting(slow) == (1, 1, 0)
    assert slow("SHUTDOWN NOSAVE") == RedisError("ERR Errors trying to SHUTDOWN. Check logs.")
    assert isinstance(slow("BGREWRITEAOF"), RedisError)
    assert slow("CONFIG SET appendonly no") == "OK"
    wait_until(lambda: rewriting(slow) == (0, 0, 0))


@pytest.mark.slow
def test_a_log_that_is_switched_on_during_a_save_or_in_a_transaction_is_scheduled(slow):
    slow("BGSAVE")
    assert slow("CONFIG SET appendonly yes") == "OK"
    assert rewriting(slow) == (1, 0, 1)
    assert slow("CONFIG SET appendonly no") == "OK"
    wait_until(lambda: fields(slow)["rdb_bgsave_in_progress"] == "0")
    slow("MULTI")
    slow("CONFIG SET appendonly yes")
    slow("INFO persistence")
    assert b"aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:1\r\n" in slow("EXEC")[1]
    wait_until(lambda: rewriting(slow) == (1, 1, 0))
    assert slow("CONFIG SET appendonly no") == "OK"
    wait_until(lambda: rewriting(slow) == (0, 0, 0))


@pytest.mark.parametrize("server", ["ours", pytest.param("real", marks=needs_real_server)])
def test_a_rewrite_without_a_log_leaves_a_base_and_no_increment(here, server):
    manifest = here / "appendonlydir/appendonly.aof.manifest"
    with talking_to(our_server(dir=str(here)) if server == "ours" else real_server(here)) as client:
        for number in (1, 2):
            rewrite(client)
            assert manifest.read_text() == f"file appendonly.aof.{number}.base.rdb seq {number} type b\n"
        client("CONFIG SET appendonly yes")
        wait_until(lambda: fields(client)["aof_rewrite_in_progress"] == "0")
        assert len(manifest.read_text().splitlines()) == 2
        client("CONFIG SET appendonly no")
        rewrite(client)
        assert manifest.read_text() == "file appendonly.aof.4.base.rdb seq 4 type b\n"


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
    second = here / "appendonlydir/appendonly.aof.2.incr.aof"
    second.write_bytes(b"*1\r\n$4\r\nPING\r\n")
    with pytest.raises(CannotLoad, match=r"1\.incr\.aof ends too early, and is good up to offset 53"):
        ours(here).__enter__()
    assert (here / "appendonlydir/appendonly.aof.1.incr.aof").read_bytes() == before
    second.write_bytes(b"")  # the server was killed before the first write to it
    with ours(here) as client:
        assert client("GET good") == b"1"
    assert (here / "appendonlydir/appendonly.aof.1.incr.aof").read_bytes() == before[:53]


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


def checked(program, folder, *options):
    """What a program says of a copy of the folder, how it ends, and what it leaves of the increments.

    But the number of lines, which the real one counts on from file to file.
    """
    copy = folder.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    said, code = program(*options, str(copy / "appendonly.aof.manifest"))
    lines = [line for line in said.splitlines() if not line.startswith(("[offset", "[info]"))]
    increments = [path.read_bytes() for path in sorted(copy.glob("*.incr.aof"))]
    return [re.sub(r"line=\d+", "", line) for line in lines], code, increments


def redis_check_aof(*words):
    done = subprocess.run(["redis-check-aof", *words], capture_output=True, text=True, check=False)
    return done.stdout, done.returncode


def our_check_aof(*words):
    with redirect_stdout(io.StringIO()) as said:
        code = aof_check.main(list(words))
    return said.getvalue(), code


@needs_real_server
@pytest.mark.parametrize(
    "latest", [1_700_000_004, 1_700_000_005, 1_700_000_006, 1_700_000_009, 9_999_999_999, "x"]
)
@pytest.mark.parametrize("preamble", ["yes", "no"])
def test_check_aof_cuts_what_came_after_a_time(here, preamble, latest):
    folder = here / "appendonlydir"
    with ours(here, **{"aof-use-rdb-preamble": preamble}) as client:
        client("SET first 1")
        rewrite(client)
    with open(increment(here), "ab") as file:
        for second in (5, 6, 9):
            file.write(b"#TS:170000000%d\r\n" % second)
            file.write(encode_command([b"SET", b"k", b"%d" % second]))
    if preamble == "yes":  # the name need not say what is in it
        os.rename(folder / "appendonly.aof.2.base.rdb", folder / "base")
        manifest = folder / "appendonly.aof.manifest"
        manifest.write_text(manifest.read_text().replace("appendonly.aof.2.base.rdb", "base"))
    options = ("--truncate-to-timestamp", str(latest))
    for words in (options, ()):
        assert checked(our_check_aof, folder, *words) == checked(redis_check_aof, folder, *words)


@needs_real_server
def test_check_aof_cuts_at_a_time_in_the_last_file_only(here):
    damaged(here, b"#TS:1700000005\r\n" + encode_command([b"SET", b"k", b"5"]))
    manifest = here / "appendonlydir/appendonly.aof.manifest"
    manifest.write_text(manifest.read_text() + "file appendonly.aof.2.incr.aof seq 2 type i\n")
    (here / "appendonlydir/appendonly.aof.2.incr.aof").write_bytes(encode_command([b"PING"]))
    options = ("--truncate-to-timestamp", "1700000004")
    programs = (redis_check_aof, our_check_aof)
    real_says, we_say = [checked(program, here / "appendonlydir", *options) for program in programs]
    assert we_say == real_says and "because it is not the last file" in real_says[0][-2]


# Crashes, and a disk that is full.


@pytest.mark.parametrize(
    ("seed", "policy"),
    [
        (0, "always"),
        pytest.param(1, "everysec", marks=pytest.mark.slow),
        pytest.param(2, "no", marks=pytest.mark.slow),
    ],
)
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(here, seed, policy):
    assert run_round(here, seed, policy)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
@pytest.mark.parametrize("seed", range(100, 110))
def test_nothing_is_lost_in_many_more_rounds(here, seed, policy):
    assert run_round(here, seed, policy)


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
            yield (
                client,
                port,
                lambda: prlimit(process.pid, resource.RLIMIT_FSIZE, (10_000_000,) * 2),
                process,
            )
        finally:
            client.close()


def test_while_the_disk_is_full_writes_are_rejected_and_reads_go_on(here):
    """Redis acknowledges the write that finds out, and may lose it; we don't, and close the connection."""
    refusal = "MISCONF Errors writing to the AOF file: "
    with little_room(here, "everysec") as (client, port, make_room, _):
        writer = Client(("127.0.0.1", port))
        client("SET first 1")
        writer.send_bytes(
            encode_command([b"GET", b"first"]) + encode_command([b"SET", b"large", b"x" * 30_000])
        )
        assert str(writer.read()).startswith(refusal) and writer.is_closed()
        assert str(client("SET more 1")).startswith(refusal)
        assert client("GET first") == b"1" and client("STRLEN large") == 30_000
        assert fields(client)["aof_last_write_status"] == "err"
        make_room()
        wait_until(lambda: client("SET more 1") == "OK")
        assert fields(client)["aof_last_write_status"] == "ok"
    with ours(here) as client:
        assert client("STRLEN large") == 30_000 and client("GET more") == b"1"


@pytest.mark.parametrize(
    "argv",
    [
        [b"EVAL", b"return redis.call('SET', KEYS[1], ARGV[1])", b"1", b"large", b"x" * 30_000],
        [b"LPUSH", b"list", b"x" * 30_000],  # and a blocked client moves the element on
    ],
)
def test_nobody_is_told_of_a_change_that_the_disk_has_refused(here, argv):
    with little_room(here, "everysec") as (client, port, _, _):
        client("SET gone soon PX 50")
        writer, mover = Client(("127.0.0.1", port)), Client(("127.0.0.1", port))
        mover.send("BLMOVE list other LEFT LEFT 0")
        wait_until(lambda: b"blocked_clients:1\r\n" in client("INFO clients"))
        writer.send_bytes(encode_command(argv))
        assert str(writer.read()).startswith("MISCONF") and writer.is_closed()
        if argv[0] == b"LPUSH":
            assert str(mover.read()).startswith("MISCONF") and mover.is_closed()
        wait_until(lambda: client("GET gone") is None)  # its deletion is logged, and yet reads go on
        assert client("PING") == RedisError("MISCONF Errors writing to the AOF file: File too large")


def test_what_a_client_without_replies_sends_is_written_before_the_server_waits_for_more(here, monkeypatch):
    monkeypatch.setattr("redis_clone.network.server.SYNC_SECONDS", 3600)  # so the thread "aof" does nothing
    with ours(here) as client:
        client("SET first 1")
        client.send("CLIENT REPLY OFF")
        client.send("SET silent 1")
        wait_until(lambda: b"silent" in log_of(here))


def test_under_always_a_full_disk_ends_the_server_before_the_reply(here):
    with little_room(here, "always") as (client, _, _, process):
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
