"""MONITOR shows the commands that run, and CLIENT REPLY suppresses replies."""

import re
import socket

import pytest
from harness import wait_until

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


@pytest.mark.parametrize(
    "blocking, waking",
    [
        ("BLPOP list 0", ["RPUSH list a"]),
        ("BLMOVE list other LEFT LEFT 0", ["RPUSH list a"]),
        ("BZPOPMIN zset 0", ["ZADD zset 1 a"]),
        ("XREAD BLOCK 0 STREAMS stream $", ["XADD stream 1-1 f v"]),
        # It runs again for each of these, in vain, and then once with success.
        (
            "XREAD BLOCK 0 STREAMS stream 2-1",
            ["XADD stream 1-1 f v", "XADD stream 2-1 f v", "XADD stream 3-1 f v"],
        ),
    ],
)
def test_a_blocking_command_is_shown_once_however_often_it_runs(monitor, connect, other, blocking, waking):
    waiter = connect()
    number = waiter("CLIENT ID")
    waiter.send(blocking)
    wait_until(lambda: re.search(rb" flags=U?b", other(f"CLIENT LIST ID {number}")))
    lines = commands(monitor(*waking))
    waiter.read()
    shown = [" ".join(f'"{word}"' for word in line.split()) for line in (blocking, *waking)]
    assert [line for line in lines if "CLIENT" not in line] == shown


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


def raw_until_on(redis, *lines):
    """The bytes that are sent for commands, up to the reply of a CLIENT REPLY ON behind them."""
    for line in (*lines, "CLIENT REPLY ON", "ECHO end"):
        redis.send(line)
    received = b""
    while not received.endswith(b"+OK\r\n$3\r\nend\r\n"):
        received += redis.stream.read_exactly(1)
    return received.removesuffix(b"+OK\r\n$3\r\nend\r\n")


def queued(redis, *lines):
    redis("MULTI")
    for line in lines:
        assert redis(line) == "QUEUED"


def test_client_reply_off_inside_exec_mutes_the_rest_of_its_array(redis):
    queued(redis, "SET a 1", "CLIENT REPLY OFF", "SET b 2")
    assert raw_until_on(redis, "EXEC", "SET c 3") == b"*3\r\n+OK\r\n"


def test_client_reply_on_inside_exec_comes_too_late_for_the_head_of_its_array(redis):
    redis.send("CLIENT REPLY OFF")
    for line in ("MULTI", "SET a 1", "CLIENT REPLY ON", "SET b 2", "EXEC"):
        redis.send(line)
    assert (redis.read(), redis.read(), redis("GET b")) == ("OK", "OK", b"2")


def test_client_reply_skip_inside_exec_skips_the_command_after_exec(redis):
    queued(redis, "SET a 1", "CLIENT REPLY SKIP", "SET b 2")
    redis.send("EXEC")
    redis.send("SET c 3")
    assert raw_until_on(redis, "GET c") == b"*3\r\n+OK\r\n+OK\r\n" + b"$1\r\n3\r\n"


def test_a_skipped_command_after_exec_stays_skipped_when_on_came_inside_it(redis):
    queued(redis, "CLIENT REPLY SKIP", "CLIENT REPLY ON")
    redis.send("EXEC")
    redis.send("SET c 3")
    assert raw_until_on(redis, "GET c") == b"*2\r\n+OK\r\n" + b"$1\r\n3\r\n"


@pytest.mark.parametrize("protocol, sign", [(2, b"*"), (3, b">")])
@pytest.mark.parametrize("mode", ["OFF", "SKIP"])
@pytest.mark.parametrize("prefix", ["", "P", "S"])
def test_subscriptions_of_a_muted_client_are_confirmed(connect, protocol, sign, mode, prefix):
    redis = connect(protocol)
    redis.send(f"CLIENT REPLY {mode}")
    redis.send(f"{prefix}SUBSCRIBE news")
    verb = f"{prefix}subscribe".lower()
    line = b"%b3\r\n$%d\r\n%b\r\n$4\r\nnews\r\n:1\r\n" % (sign, len(verb), verb.encode())
    assert redis.stream.read_exactly(len(line)) == line


def test_messages_and_invalidations_reach_a_muted_client(connect):
    redis, other = connect(3), connect()
    redis("CLIENT TRACKING ON")
    redis("GET a")
    redis.send("CLIENT REPLY OFF")
    redis.send("SUBSCRIBE news")
    assert redis.read() == [b"subscribe", b"news", 1]
    other("PUBLISH news hello")
    other("SET a 1")
    assert redis.read() == [b"message", b"news", b"hello"]
    assert redis.read() == [b"invalidate", [b"a"]]


def test_a_subscription_inside_exec_is_confirmed_after_client_reply_off(connect):
    redis = connect(3)
    queued(redis, "CLIENT REPLY OFF", "SUBSCRIBE news", "PING")
    assert raw_until_on(redis, "EXEC") == b"*3\r\n>3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n"


def test_the_push_among_several_replies_is_all_that_a_muted_client_gets(connect):
    redis = connect(3)
    redis.send("CLIENT REPLY OFF")
    assert raw_until_on(redis, "DEBUG PROTOCOL push") == b">2\r\n$16\r\nserver-cpu-usage\r\n:42\r\n"


def test_a_monitor_that_is_muted_gets_no_lines(redis, other):
    redis("MONITOR")
    redis.send("CLIENT REPLY OFF")
    redis.send("PING")
    redis.send("CLIENT REPLY ON")
    assert redis.read() == "OK"
    assert redis.read().endswith('"CLIENT" "REPLY" "ON"')


def test_reset_ends_off_and_is_itself_skipped(redis):
    redis.send("CLIENT REPLY SKIP")
    redis.send("RESET")
    assert redis("ECHO 1") == b"1"
    redis.send("CLIENT REPLY OFF")
    assert redis("RESET") == "RESET"


@pytest.mark.parametrize("wake", ["RPUSH list x", "CLIENT UNBLOCK {} ERROR", "CLIENT UNBLOCK {}"])
def test_the_reply_to_a_blocked_command_can_be_skipped(redis, other, wake):
    number = redis("CLIENT ID")
    redis.send("CLIENT REPLY SKIP")
    redis.send("BLPOP list 0")
    wait_until(lambda: b"cmd=blpop" in other(f"CLIENT LIST ID {number}"))
    other(wake.format(number))
    assert redis("ECHO 1") == b"1"


def test_a_protocol_error_of_a_muted_client_is_not_sent(connect):
    redis = connect()
    redis.send("CLIENT REPLY OFF")
    redis.send_bytes(b"*1\r\n$zz\r\n")
    redis.socket.shutdown(socket.SHUT_WR)
    assert redis.is_closed()


@pytest.mark.parametrize("line", ["CLIENT REPLY maybe", "CLIENT NO-EVICT maybe"])
def test_another_mode_is_a_syntax_error(redis, line):
    assert redis(line) == RedisError(SYNTAX)


def test_client_no_evict_is_a_flag(redis):
    assert redis("CLIENT NO-EVICT ON") == "OK"
    assert re.search(rb" flags=U?e", redis("CLIENT LIST"))
    assert redis("CLIENT NO-EVICT OFF") == "OK"
