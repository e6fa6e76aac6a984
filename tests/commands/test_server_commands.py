"""DBSIZE, FLUSHDB, FLUSHALL, SWAPDB, TIME and DEBUG."""

import time

import pytest
from harness import wait_until
from tables import for_each

from redis_clone.protocol.errors import DB_OUT_OF_RANGE, SYNTAX, RedisError, wrong_arity


def test_dbsize_counts_the_keys_of_the_database(redis, other):
    assert redis("DBSIZE") == 0
    redis("MSET a 1 b 2")
    redis("SADD s member")
    redis("SET a 3")
    assert redis("DBSIZE") == 3
    other("SELECT 1")
    assert other("DBSIZE") == 0


@pytest.mark.parametrize("mode", ["", "ASYNC", "sync"])
def test_flushdb_empties_one_database_and_flushall_every_one(redis, other, mode):
    other("SELECT 9")
    other("SET k nine")
    redis("SET k zero EX 100")
    assert redis(f"FLUSHDB {mode}") == "OK"
    assert redis("DBSIZE") == 0
    assert other("GET k") == b"nine"
    redis("SET k zero")
    assert redis("TTL k") == -1
    assert redis(f"FLUSHALL {mode}") == "OK"
    assert redis("DBSIZE") == 0
    assert other("DBSIZE") == 0


@for_each("command", ["FLUSHDB", "FLUSHALL"])
@for_each("args", ["NONSENSE", "SYNC ASYNC", "''"])
def test_a_flush_with_other_arguments_flushes_nothing(redis, command, args):
    redis("SET k v")
    assert redis(f"{command} {args}") == RedisError(SYNTAX)
    assert redis("EXISTS k") == 1


def test_swapdb_swaps_the_keys_for_every_connection_at_once(redis, other):
    redis("SET k zero EX 100")
    other("SELECT 1")
    other("SET k one")
    assert redis("SWAPDB 0 1") == "OK"
    assert redis("GET k") == b"one"
    assert other("GET k") == b"zero"
    assert redis("TTL k") == -1
    assert 50 < other("TTL k") <= 100
    assert redis("SWAPDB 0 0") == "OK"
    assert redis("GET k") == b"one"


def test_a_swapped_database_is_scanned_and_sampled_with_its_new_keys(redis):
    redis("SET zero v")
    redis("SCAN 0")
    redis("RANDOMKEY")
    redis("SWAPDB 0 1")
    assert redis("SCAN 0") == [b"0", []]
    assert redis("RANDOMKEY") is None
    redis("SELECT 1")
    assert redis("SCAN 0") == [b"0", [b"zero"]]


@for_each(
    "args, error",
    [
        ("x 1", "ERR invalid first DB index"),
        ("1 x", "ERR invalid second DB index"),
        ("99 x", "ERR invalid second DB index"),
        ("0 16", DB_OUT_OF_RANGE),
        ("-1 0", DB_OUT_OF_RANGE),
    ],
)
def test_swapdb_says_what_is_wrong_with_its_databases(redis, args, error):
    redis("SET k v")
    assert redis(f"SWAPDB {args}") == RedisError(error)
    assert redis("GET k") == b"v"


def test_time_is_seconds_and_microseconds_as_texts(redis):
    before = time.time()
    seconds, microseconds = redis("TIME")
    assert before - 0.01 <= int(seconds) + int(microseconds) / 1e6 <= time.time() + 0.01
    assert 0 <= int(microseconds) < 1_000_000
    assert int(redis("TIME")[0]) >= int(seconds)


def test_debug_sleep_makes_all_clients_wait(redis, other):
    started = time.monotonic()
    redis.send("DEBUG SLEEP 0.1")
    redis.send("PING")
    assert redis.read() == "OK"
    assert time.monotonic() - started >= 0.09
    assert redis.read() == "PONG"
    assert other("PING") == "PONG"
    assert redis("DEBUG SLEEP 0") == "OK"
    assert redis("debug sleep soon") == "OK"  # a text that is no number is 0 seconds


def test_debug_knows_its_subcommands(redis):
    assert redis("DEBUG") == wrong_arity("debug")
    for line in ("NONSENSE", "SLEEP", "SLEEP 0 0"):
        word = line.split()[0]
        assert redis(f"DEBUG {line}") == RedisError(
            f"ERR unknown subcommand or wrong number of arguments for '{word}'. Try DEBUG HELP."
        )
    assert redis("DEBUG HELP")[0] == "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"


def test_the_error_of_an_unknown_command_shows_its_arguments(redis):
    assert redis("NONSENSE") == RedisError("ERR unknown command 'NONSENSE', with args beginning with: ")
    assert redis("nonsense a 'b c'") == RedisError(
        "ERR unknown command 'nonsense', with args beginning with: 'a' 'b c' "
    )
    assert redis("NONSENSE", b"a\r\nb") == RedisError(
        "ERR unknown command 'NONSENSE', with args beginning with: 'a  b' "
    )
    assert redis("N" * 200, "a" * 200, "b") == RedisError(
        f"ERR unknown command '{'N' * 128}', with args beginning with: '{'a' * 128}' "
    )


def test_each_command_knows_how_many_arguments_it_takes(redis):
    for line in ("DBSIZE x", "TIME x", "SWAPDB 0", "SWAPDB 0 1 2"):
        assert redis(line) == wrong_arity(line.split()[0].lower()), line


def test_an_expired_key_counts_no_more_once_it_was_accessed(redis):
    redis("SET k v PX 1")
    wait_until(lambda: not redis("EXISTS k"))
    assert redis("DBSIZE") == 0
