"""MONITOR shows what runs, and CLIENT REPLY hides what is answered."""

import re

import pytest

from redis_clone.protocol.errors import SYNTAX, RedisError


@pytest.fixture
def monitor(redis, other, connect):
    """A function: the lines that a listener gets while `redis` sends these commands."""
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


def words(lines):
    return [re.sub(r"^\d+\.\d{6} \[.*?\] ", "", line) for line in lines]


def test_a_line_says_when_in_which_database_who_and_what(monitor):
    [line] = monitor("SET k 'a b'")
    assert re.fullmatch(r'\d{10}\.\d{6} \[0 \S+\] "SET" "k" "a b"', line)


def test_arguments_are_quoted(monitor):
    assert words(monitor(r'SET k "\x00\n\xff\""')) == [r'"SET" "k" "\x00\n\xff\""']


def test_a_transaction_is_shown_as_it_runs(monitor):
    assert words(monitor("MULTI", "SET a 1", "GET a", "EXEC")) == [
        '"MULTI"',
        '"SET" "a" "1"',
        '"GET" "a"',
        '"EXEC"',
    ]


def test_what_is_refused_or_for_administrators_is_not_shown(monitor):
    assert words(monitor("NOSUCH", "GET", "CONFIG GET port", "CLIENT LIST", "LPUSH k x", "SADD k x")) == [
        '"LPUSH" "k" "x"',
        '"SADD" "k" "x"',  # it failed, but it ran
    ]


def test_passwords_are_struck_out(monitor):
    assert words(monitor("AUTH secret")) == ['"AUTH" "(redacted)"']


def test_reset_ends_it(redis, other):
    other("MONITOR")
    assert other("RESET") == "RESET"
    redis("SET a 1")
    assert other("PING") == "PONG"


def test_client_list_shows_who_monitors(redis, other):
    other("MONITOR")
    assert re.search(rb" flags=U?O ", redis("CLIENT LIST").replace(b"flags=OU", b"flags=UO"))


def test_client_reply_off_is_silent_until_on(redis):
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
