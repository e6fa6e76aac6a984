"""MONITOR shows the commands that run, and CLIENT REPLY suppresses replies."""

import re

import pytest

from redis_clone.protocol.errors import SYNTAX, RedisError


@pytest.fixture
def monitor(redis, other, connect):
    """A function that sends commands and returns the lines that a monitoring connection gets."""
    listener = connect()
    assert listener("MONITOR") == "OK"

    def shown(*lines):
        for line in lines:
            redis(line)
        redis("ECHO end")
        found = []
        while not (line := listener.read()).endswith('"end"'):
            found.append(line)
        return found

    return shown


def commands(lines):
    return [re.sub(r"^\d+\.\d{6} \[.*?\] ", "", line) for line in lines]


def test_a_line_shows_the_time_the_database_the_client_and_the_command(monitor):
    [line] = monitor("SET k 'a b'")
    assert re.fullmatch(r'\d{10}\.\d{6} \[0 \S+\] "SET" "k" "a b"', line)


def test_arguments_are_quoted(monitor):
    assert commands(monitor(r'SET k "\x00\n\xff\""')) == [r'"SET" "k" "\x00\n\xff\""']


def test_a_transaction_is_shown_as_it_runs(monitor):
    assert commands(monitor("MULTI", "SET a 1", "GET a", "EXEC")) == [
        '"MULTI"',
        '"SET" "a" "1"',
        '"GET" "a"',
        '"EXEC"',
    ]


def test_rejected_and_admin_commands_are_not_shown(monitor):
    assert commands(monitor("NOSUCH", "GET", "CONFIG GET port", "CLIENT LIST", "LPUSH k x", "SADD k x")) == [
        '"LPUSH" "k" "x"',
        '"SADD" "k" "x"',  # it failed, but it ran
    ]


def test_passwords_are_redacted(monitor):
    assert commands(monitor("AUTH secret")) == ['"AUTH" "(redacted)"']


def test_reset_ends_it(redis, other):
    other("MONITOR")
    assert other("RESET") == "RESET"
    redis("SET a 1")
    assert other("PING") == "PONG"


def test_client_list_flags_monitors(redis, other):
    other("MONITOR")
    assert re.search(rb" flags=U?O ", redis("CLIENT LIST").replace(b"flags=OU", b"flags=UO"))


def test_after_client_reply_off_nothing_is_sent_until_on(redis):
    redis.send("CLIENT REPLY OFF")
    redis.send("SET a 1")
    redis.send("NOSUCH")
    assert redis("CLIENT REPLY ON") == "OK"
    assert redis("GET a") == b"1"


def test_client_reply_skip_leaves_out_the_next_reply(redis):
    redis.send("CLIENT REPLY SKIP")
    redis.send("SET a 1")
    assert redis("GET a") == b"1"


def test_client_reply_skip_does_not_end_off(redis):
    for line in ("CLIENT REPLY OFF", "CLIENT REPLY SKIP", "SET a 1", "SET a 2"):
        redis.send(line)
    assert redis("CLIENT REPLY ON") == "OK"
    assert redis("GET a") == b"2"


@pytest.mark.parametrize("line", ["CLIENT REPLY maybe", "CLIENT NO-EVICT maybe"])
def test_another_mode_is_a_syntax_error(redis, line):
    assert redis(line) == RedisError(SYNTAX)


def test_client_no_evict_is_a_flag(redis):
    assert redis("CLIENT NO-EVICT ON") == "OK"
    assert re.search(rb" flags=U?e", redis("CLIENT LIST"))
    assert redis("CLIENT NO-EVICT OFF") == "OK"
