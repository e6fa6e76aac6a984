"""SAVE, BGSAVE, LASTSAVE, DEBUG RELOAD, save points, and what happens when the disk refuses."""

import os
import shutil
import time
from contextlib import contextmanager

import pytest
from harness import Client, has_real_server, our_server, real_server, wait_until

from redis_clone.features.persistence.disk import RDB_REFUSAL
from redis_clone.protocol.errors import SYNTAX, RedisError, wrong_arity

MISCONF = RedisError(RDB_REFUSAL)
LOADING = RedisError("LOADING Redis is loading the dataset in memory")


@contextmanager
def server_in(kind, folder, save=""):
    """One of the two servers, which works in `folder`; a client of it."""
    if kind == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    before = os.getcwd()
    options = ["--save", save, "--enable-protected-configs", "yes"]
    running = (
        our_server(dir=str(folder), save=save, **{"enable-protected-configs": "yes"})
        if kind == "ours"
        else real_server(folder, *options)
    )
    try:
        with running as address:
            client = Client(address)
            yield client
            client.close()
    finally:
        os.chdir(before)


@pytest.fixture(params=["ours", "real"])
def kind(request):
    return request.param


@pytest.fixture
def redis(kind, tmp_path):
    """A client of a server that has its own folder, and no save points."""
    with server_in(kind, tmp_path) as client:
        yield client


def fields(redis):
    lines = redis("INFO persistence").decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines if ":" in line)


def background_save_ends(redis):
    return wait_until(lambda: fields(redis)["rdb_bgsave_in_progress"] == "0")


def test_save_writes_the_file_and_changes_count_from_0_again(redis, tmp_path):
    redis("MSET a 1 b 2")
    assert int(fields(redis)["rdb_changes_since_last_save"]) >= 1
    before = int(time.time())
    assert redis("SAVE") == "OK"
    assert before <= redis("LASTSAVE") <= time.time()
    assert (tmp_path / "dump.rdb").read_bytes().startswith(b"REDIS00")
    assert not list(tmp_path.glob("temp-*"))
    about = fields(redis)
    assert (about["rdb_changes_since_last_save"], about["rdb_saves"]) == ("0", "1")


def test_bgsave_goes_on_in_the_background_and_ends(redis, tmp_path):
    redis("SET a 1")
    assert redis("BGSAVE") == "Background saving started"
    background_save_ends(redis)
    assert (tmp_path / "dump.rdb").exists()
    about = fields(redis)
    assert about["rdb_last_bgsave_status"] == "ok"
    assert int(about["rdb_last_bgsave_time_sec"]) >= 0
    assert about["rdb_current_bgsave_time_sec"] == "-1"
    assert about["rdb_changes_since_last_save"] == "0"


def test_bgsave_schedule_starts_at_once_while_no_rewrite_runs(redis):
    assert redis("BGSAVE schedule") == "Background saving started"
    background_save_ends(redis)
    assert redis("BGSAVE NOW") == RedisError(SYNTAX)
    assert redis("BGSAVE SCHEDULE SCHEDULE") == RedisError(SYNTAX)
    assert redis("SAVE x") == wrong_arity("save")


def test_in_a_transaction_bgsave_waits_for_its_end_and_save_is_not_allowed(redis, tmp_path):
    redis("MULTI")
    redis("SET a 1")
    assert redis("BGSAVE") == "QUEUED"
    redis("SET b 2")
    assert redis("EXEC") == ["OK", "Background saving scheduled", "OK"]
    wait_until((tmp_path / "dump.rdb").exists)
    redis("MULTI")
    assert redis("SAVE") == RedisError("ERR Command not allowed inside a transaction")


def test_debug_reload_brings_all_data_back(redis, tmp_path):
    redis("SET string v")
    redis("SET mortal v EX 1000")
    redis("RPUSH list a b c")
    redis("SELECT 3")
    redis("SADD set 1 2 3")
    digest = redis("DEBUG DIGEST")
    assert redis("DEBUG RELOAD") == "OK"
    assert redis("DEBUG DIGEST") == digest
    assert fields(redis)["rdb_last_load_keys_loaded"] == "4"
    assert redis("DEBUG RELOAD NOSAVE") == "OK"
    redis("SADD set 4")
    assert redis("DEBUG RELOAD MERGE NOFLUSH NOSAVE") == "OK"
    assert redis("DEBUG DIGEST") == digest, "the file wins"
    assert redis("DEBUG RELOAD NONSENSE") == RedisError(
        "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options."
    )


@pytest.fixture
def other(redis):
    """A second client of the same server, which loads slowly."""
    redis("CONFIG SET loading-process-events-interval-bytes 1024 key-load-delay 1000")
    other = Client(redis.socket.getpeername())
    yield other
    other.close()


def test_others_are_answered_loading_while_debug_reload_loads(redis, other, kind):
    redis("DEBUG POPULATE 1000 key 100")
    redis.send("DEBUG RELOAD")
    wait_until(lambda: other("PING") == LOADING)
    assert other("GET key:1") == other("CONFIG SET appendonly yes") == LOADING
    assert fields(other)["loading"] == "1"
    if kind == "ours":
        assert other("DEBUG RELOAD") == LOADING  # which ends the real server
    assert other("CONFIG SET key-load-delay 0") == "OK"
    assert redis.read() == "OK" and other("DBSIZE") == 1000
    assert fields(other)["loading"] == "0"


@pytest.mark.parametrize("kind", ["ours"])  # it ends the real server
def test_a_transaction_that_reloads_is_atomic(redis, other):
    redis("DEBUG POPULATE 1000 key 100")
    redis("MULTI"), redis("DEBUG RELOAD"), redis("DBSIZE")
    redis.send("EXEC")
    assert other("PING") == "PONG"
    assert redis.read() == ["OK", 1000]


def test_a_library_that_is_there_already_ends_a_reload_without_a_flush(redis):
    redis("FUNCTION", "LOAD", "#!lua name=lib\nredis.register_function('f', function() return 1 end)")
    for options in ("NOFLUSH", "NOFLUSH NOSAVE"):
        assert str(redis(f"DEBUG RELOAD {options}")).startswith("ERR Error trying to load the RDB dump")
    for options in ("NOFLUSH MERGE", "MERGE", "NOSAVE"):
        assert redis(f"DEBUG RELOAD {options}") == "OK"
        assert redis("FCALL f 0") == 1


def test_expired_keys_are_not_loaded(redis):
    redis("SET gone v PX 1")
    redis("SET here v")
    wait_until(lambda: redis("PTTL gone") == -2)
    redis("SAVE")
    redis("DEBUG RELOAD NOSAVE")
    assert redis("DBSIZE") == 1


def test_save_points_are_shown_and_checked(redis):
    assert redis("CONFIG SET save '900 1 300 10'") == "OK"
    assert redis("CONFIG GET save") == [b"save", b"900 1 300 10"]
    for wrong in ("1", "a b", "0 1", "1 -1"):
        assert "Invalid save parameters" in str(redis("CONFIG", "SET", "save", wrong))
    assert redis("CONFIG SET save ''") == "OK"
    assert redis("CONFIG GET save") == [b"save", b""]


@pytest.mark.parametrize("kind", ["ours", pytest.param("real", marks=pytest.mark.slow)], indirect=True)
@pytest.mark.slow
def test_a_save_point_starts_a_save(kind, tmp_path):
    with server_in(kind, tmp_path, save="1 2") as redis:
        redis("SET a 1")
        redis("SET a 2")
        wait_until((tmp_path / "dump.rdb").exists)
        background_save_ends(redis)
        assert fields(redis)["rdb_changes_since_last_save"] == "0"


def test_flushall_leaves_no_file_that_could_bring_the_keys_back(kind, tmp_path):
    with server_in(kind, tmp_path, save="1000 1000") as redis:
        redis("SET a 1")
        redis("SAVE")
        redis("FLUSHALL")
        assert redis("DEBUG RELOAD NOSAVE") == "OK"
        assert redis("DBSIZE") == 0


def test_the_file_has_the_name_of_the_configuration(redis, tmp_path):
    for wrong in ("a/b", "../b"):
        assert "dbfilename can't be a path, just a filename" in str(redis(f"CONFIG SET dbfilename {wrong}"))
    redis("CONFIG SET dbfilename other.rdb")
    assert redis("SAVE") == "OK"
    assert (tmp_path / "other.rdb").exists()


def test_a_script_begins_no_writing_while_the_disk_refuses(kind, tmp_path):
    pytest.importorskip("lupa")
    folder = tmp_path / "data"
    folder.mkdir()
    write, read = "return redis.call('SET', 'a', 2)", "return redis.call('GET', 'a')"
    with server_in(kind, tmp_path, save="1000 1000") as redis:
        redis("CONFIG", "SET", "dir", str(folder))
        redis("SET a 1")
        library = f"redis.register_function('w', function() {write} end)"
        redis("FUNCTION", "LOAD", f"#!lua name=l\n{library}")
        shutil.rmtree(folder)
        redis("BGSAVE")
        background_save_ends(redis)
        assert redis("EVAL", read, 0) == b"1"
        assert str(redis("EVAL", write, 0)).startswith(RDB_REFUSAL + " script: ")
        assert redis("EVAL", f"#!lua\n{read}", 0) == MISCONF, "it does not say that it only reads"
        assert redis("EVAL", f"#!lua flags=no-writes\n{read}", 0) == b"1"
        assert redis("FCALL w 0") == MISCONF
        assert str(redis("EVAL_RO", write, 0)).startswith("ERR Write commands are not allowed from read-only")
        assert redis("EVAL", "return redis.call('PING')", 0) == "PONG" and redis("PING") == MISCONF
        redis("CONFIG SET save ''")  # or the real one would not end


def test_writes_are_rejected_while_the_disk_refuses_and_not_after_a_save(kind, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with server_in(kind, tmp_path, save="1000 1000") as redis:
        redis("CONFIG", "SET", "dir", str(folder))
        redis("SET a 1")
        redis("WATCH x")
        shutil.rmtree(folder)
        assert redis("SAVE") == RedisError("ERR")
        assert redis("SET a 2") == "OK", "only a save in the background counts"
        other = Client(redis.socket.getpeername())
        other("MULTI")
        other("SET b 1")
        redis("BGSAVE")
        background_save_ends(redis)
        assert fields(redis)["rdb_last_bgsave_status"] == "err"
        assert redis("SET a 3") == redis("PING") == redis("FLUSHALL") == MISCONF
        assert redis("GET a") == b"2"
        assert other("EXEC") == RedisError(f"EXECABORT Transaction discarded because of: {RDB_REFUSAL}")
        redis("CONFIG SET stop-writes-on-bgsave-error no")
        assert redis("SET a 4") == "OK"
        redis("CONFIG SET stop-writes-on-bgsave-error yes")
        redis("CONFIG SET save ''")
        assert redis("SET a 5") == "OK"
        redis("CONFIG SET save '1000 1000'")
        assert redis("SET a 6") == MISCONF
        assert redis("SHUTDOWN") == RedisError("ERR Errors trying to SHUTDOWN. Check logs.")
        folder.mkdir()
        redis("CONFIG", "SET", "dir", str(folder))
        assert redis("SAVE") == "OK"
        assert redis("SET a 7") == "OK"
        other.close()
