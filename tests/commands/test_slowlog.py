"""SLOWLOG: the threshold is 0 here, so every command is slow."""

import time

import pytest
from harness import wait_until

from redis_clone.protocol.errors import RedisError

HOUR_US = 3_600_000_000  # longer than any command takes, however busy the machine
BAD_COUNT = RedisError("ERR count should be greater than or equal to -1")


@pytest.fixture
def logged(redis):
    """The threshold is 0, and the log has only the command that cleared it."""
    redis("CONFIG SET slowlog-log-slower-than 0")
    redis("SLOWLOG RESET")
    yield redis
    redis("CONFIG SET slowlog-log-slower-than 10000 slowlog-max-len 128")
    redis("SLOWLOG RESET")


def commands(redis):
    """The commands logged since SLOWLOG RESET, oldest first."""
    lines = [b" ".join(entry[3]).decode() for entry in reversed(redis("SLOWLOG GET -1"))]
    return lines[1:] if lines[:1] == ["SLOWLOG RESET"] else lines


def test_an_entry_has_the_time_the_duration_the_command_and_the_client(logged, connect):
    client = connect()
    client("CLIENT SETNAME joe")
    before = time.time()
    client("SET k v")
    ident, when, took_us, argv, address, name = logged("SLOWLOG GET")[0]
    passed = time.time() - before
    assert argv == [b"SET", b"k", b"v"] and name == b"joe"
    # The clock of time() in C lags some milliseconds behind: at a border of seconds it shows the one before.
    assert int(before - 0.1) <= when <= before + passed and 0 <= took_us <= passed * 1e6
    assert f"addr={address.decode()} ".encode() in client("CLIENT INFO")
    logged("PING")
    assert logged("SLOWLOG GET 1")[0][0] > ident


def test_count_limits_the_number_of_entries(logged):
    for _ in range(12):
        logged("PING")
    assert [len(logged(f"SLOWLOG GET {count}".strip())) for count in ("", "0", "3")] == [10, 0, 3]
    assert len(logged("SLOWLOG GET -1")) == logged("SLOWLOG LEN") - 1


@pytest.mark.parametrize("count", ["-2", "x", "1.5", "99999999999999999999"])
def test_a_count_is_a_number_from_minus_1_on(redis, count):
    assert redis(f"SLOWLOG GET {count}") == BAD_COUNT


def test_a_long_command_is_cut(logged):
    logged("DEL", *["k"] * 31)
    logged("DEL", *["k"] * 32)
    logged("SET", "k", "x" * 128)
    logged("SET", "k", "x" * 130)
    cut, whole, fewer, more = [entry[3] for entry in logged("SLOWLOG GET 4")]
    assert cut[2] == b"x" * 128 + b"... (2 more bytes)" and whole[2] == b"x" * 128
    assert len(fewer) == 32 and fewer[-1] == b"... (2 more arguments)"
    assert len(more) == 32 and more[-1] == b"k"


def test_passwords_are_redacted_in_the_slow_log(logged):
    for line in ("AUTH secret", "AUTH joe secret", "HELLO 2 AUTH joe secret", "CONFIG SET requirepass ''"):
        logged(line)
    assert commands(logged) == [
        "AUTH (redacted)",
        "AUTH (redacted) (redacted)",
        "HELLO 2 AUTH (redacted) (redacted)",
        "CONFIG SET requirepass (redacted)",
    ]


def test_the_commands_of_a_transaction_are_logged_and_exec_itself_is_not(logged):
    for line in ("MULTI", "SET k v", "GET k", "EXEC"):
        logged(line)
    assert commands(logged) == ["MULTI", "SET k v", "GET k"]


def test_a_command_that_fails_is_logged_and_one_that_is_rejected_is_not(logged):
    for line in ("SADD s a", "GET s", "GET", "NONSENSE"):
        logged(line)
    assert commands(logged) == ["SADD s a", "GET s"]


def test_only_commands_slower_than_the_threshold_are_logged(logged):
    logged("CONFIG SET slowlog-log-slower-than 5000")
    logged("DEBUG SLEEP 0.006")
    for threshold in (HOUR_US, -1):
        logged(f"CONFIG SET slowlog-log-slower-than {threshold}")
        logged("DEBUG SLEEP 0.007")
    assert "DEBUG SLEEP 0.006" in commands(logged) and "DEBUG SLEEP 0.007" not in commands(logged)
    [took_us] = [entry[2] for entry in logged("SLOWLOG GET -1") if entry[3][-1] == b"0.006"]
    assert took_us >= 6000


def test_slowlog_max_len_bounds_the_log(logged):
    logged("CONFIG SET slowlog-max-len 2")
    for word in "abc":
        logged(f"ECHO {word}")
    assert commands(logged) == ["ECHO b", "ECHO c"]
    assert logged("CONFIG SET slowlog-max-len -1").args[0].startswith("ERR CONFIG SET failed")


def test_a_blocked_command_is_logged_once_it_has_been_served(logged, other):
    other.send("BLPOP list 0")
    wait_until(lambda: b"blocked_clients:1" in logged("INFO clients"))
    logged("RPUSH list a")
    assert other.read() == [b"list", b"a"]
    assert sum(line.startswith("BLPOP") for line in commands(logged)) >= 1
