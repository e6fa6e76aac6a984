"""Raw bytes to both servers: bytes that get a reply, that are ignored, and that end the connection."""

import logging

import pytest
from harness import Client, wait_until
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command

PING = b"*1\r\n$4\r\nPING\r\n"


@for_each(
    "data, problem",
    [
        (b"*x\r\n", "invalid multibulk length"),
        (b"*\r\n", "invalid multibulk length"),
        (b"* 1\r\n", "invalid multibulk length"),
        (b"*+1\r\n", "invalid multibulk length"),
        (b"*01\r\n", "invalid multibulk length"),
        (b"*2147483648\r\n", "invalid multibulk length"),
        (b"*-9223372036854775809\r\n", "invalid multibulk length"),
        (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
        (b"*1\r\n:4\r\nPING\r\n", "expected '$', got ':'"),
        (b"*1\r\n\xff\r\n", "expected '$', got '\xff'"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$\r\n", "invalid bulk length"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$+4\r\nPING\r\n", "invalid bulk length"),
        (b"*1\r\n$536870913\r\n", "invalid bulk length"),
        (b'ECHO "a\r\n', "unbalanced quotes in request"),
        (b"ECHO 'a\r\n", "unbalanced quotes in request"),
        (b'ECHO "a"b\r\n', "unbalanced quotes in request"),
        (b"x" * 70_000, "too big inline request"),
        (b"*" + b"1" * 70_000, "too big mbulk count string"),
        (b"*1\r\n$" + b"1" * 70_000, "too big bulk count string"),
        (b"*1\r\n" + b"x" * 70_000, "too big bulk count string"),
    ],
)
def test_bad_bytes_are_answered_and_then_the_connection_ends(connect, data, problem):
    redis = connect()
    redis.send_bytes(PING + data)
    assert redis.read() == "PONG"
    assert redis.read() == RedisError(f"ERR Protocol error: {problem}")
    assert redis.is_closed()


@for_each("nothing", [b"\r\n", b"\n", b" \t\r\n", b"*0\r\n", b"*-1\r\n", b"*-7\r\n"])
def test_empty_commands_are_ignored(redis, nothing):
    redis.send_bytes(nothing * 3 + PING + nothing + b"PING\r\n")
    assert (redis.read(), redis.read()) == ("PONG", "PONG")
    assert redis("PING") == "PONG"


@for_each(
    "line, answer",
    [
        (b"PING\n", "PONG"),
        (b"  ping  \r\n", "PONG"),
        (b'ECHO "a\\x41\\n b"\r\n', b"aA\n b"),
        (b"ECHO 'it\\'s'\r\n", b"it's"),
        (b'ECHO a"b c"\n', b"ab c"),
        (b'ECHO ""\n', b""),
        (b"ECHO \xff\n", b"\xff"),
        (b'""\r\n', RedisError("ERR unknown command '', with args beginning with: ")),
        (b"$4\r\n", RedisError("ERR unknown command '$4', with args beginning with: ")),
    ],
)
def test_a_command_can_be_typed(redis, line, answer):
    redis.send_bytes(line)
    assert redis.read() == answer


def test_after_an_error_reply_the_connection_lives_on(redis):
    redis("SET text x")
    for line in ("NONSENSE", "GET", "INCR text", "SADD text a", "CLIENT NONSENSE"):
        assert isinstance(redis(line), RedisError)
    assert redis("GET text") == b"x"


def counting(count):
    """A pipeline, and the replies to it."""
    return encode_command([b"INCR", b"n"]) * count, list(range(1, count + 1))


def test_a_pipeline_in_one_send_is_answered_in_its_order(redis):
    data, replies = counting(1_000)
    redis.send_bytes(data)
    assert [redis.read() for _ in replies] == replies


def test_a_pipeline_that_comes_byte_by_byte_is_answered_in_its_order(redis):
    data, replies = counting(20)
    for at in range(len(data)):
        redis.send_bytes(data[at : at + 1])
    assert [redis.read() for _ in replies] == replies


@for_each("cut", [1, 3, 6, 12, 20])
def test_the_whole_commands_of_a_pipeline_are_answered_before_the_rest_of_it_comes(redis, cut):
    data, replies = counting(5)
    half = encode_command([b"ECHO", b"the end"])
    redis.send_bytes(data + half[:cut])
    assert [redis.read() for _ in replies] == replies
    redis.send_bytes(half[cut:])
    assert redis.read() == b"the end"


def test_arrays_and_lines_may_follow_each_other_in_one_send(redis):
    redis.send_bytes(
        PING + b"ECHO one\r\n\r\n" + encode_command([b"ECHO", b"two\r\n"]) + b"ECHO three\n" + PING
    )
    assert [redis.read() for _ in range(5)] == ["PONG", b"one", b"two\r\n", b"three", "PONG"]


@pytest.mark.parametrize("megabytes", [1, 20])
def test_large_values_go_through(redis, megabytes):
    value = bytes(range(256)) * (4096 * megabytes)
    assert redis("SET", "large", value) == "OK"
    assert redis("STRLEN large") == len(value)
    assert redis("GET large") == value


def test_many_arguments_go_through(redis):
    words = [word for number in range(20_000) for word in (b"key:%d" % number, b"%d" % number)]
    assert redis("MSET", *words) == "OK"
    assert redis("MGET", *words[::2]) == words[1::2]


def test_a_value_longer_than_proto_max_bulk_len_is_rejected_before_it_comes(redis, other):
    redis("CONFIG SET proto-max-bulk-len 1mb")
    try:
        assert redis("SET", "fits", b"x" * 1024**2) == "OK"
        other.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1048577\r\n")
        assert other.read() == RedisError("ERR Protocol error: invalid bulk length")
        assert other.is_closed()
    finally:
        redis("CONFIG SET proto-max-bulk-len 512mb")


@pytest.fixture
def stranger(redis, connect):
    """A client that has not authenticated."""
    redis("CONFIG SET requirepass secret")
    yield connect()
    redis("CONFIG", "SET", "requirepass", "")


@pytest.mark.parametrize(
    "data, problem",
    [
        (b"*11\r\n", "unauthenticated multibulk length"),
        (b"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length"),
    ],
)
def test_a_stranger_may_send_little(stranger, data, problem):
    stranger.send_bytes(data)
    assert stranger.read() == RedisError(f"ERR Protocol error: {problem}")
    assert stranger.is_closed()


def test_a_stranger_may_send_up_to_the_limits_and_anything_after_auth(stranger):
    error = RedisError("NOAUTH Authentication required.")
    assert stranger("MGET", *[b"x" * 16_384] * 9) == error
    stranger.send_bytes(
        PING * 3 + encode_command([b"AUTH", b"secret"]) + encode_command([b"MGET", *[b"a"] * 50])
    )
    assert [stranger.read() for _ in range(5)] == [error, error, error, "OK", [None] * 50]


@pytest.mark.parametrize(
    "half",
    [b"*", b"*3\r\n$3\r\nSET\r\n$1\r\n", b"*2\r\n$4\r\nECHO\r\n$100\r\nabc", b"ECHO 'a", PING + b"*1\r\n$"],
)
def test_a_client_that_vanishes_in_the_middle_of_a_command_is_not_logged(address, redis, half, caplog):
    vanishing = Client(address)
    number = vanishing("CLIENT ID")
    vanishing.send_bytes(half)
    vanishing.close()
    wait_until(lambda: f"id={number} ".encode() not in redis("CLIENT LIST"))
    assert redis("PING") == "PONG"
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


def test_a_client_that_leaves_without_reading_its_replies_is_not_logged(address, redis, caplog):
    redis("SET", "large", b"x" * 5_000_000)
    vanishing = Client(address)
    number = vanishing("CLIENT ID")
    vanishing.send_bytes(encode_command([b"GET", b"large"]) * 10)
    vanishing.socket.recv(1)  # the replies are being sent, more of them than any buffer holds
    vanishing.close()
    wait_until(lambda: f"id={number} ".encode() not in redis("CLIENT LIST"))
    assert [record for record in caplog.records if record.levelno > logging.DEBUG] == []


@pytest.mark.parametrize("line", [b"PING\0x\r\n", b"\0PING\r\n", b"PING\0\r\nPING\r\n"])
def test_a_typed_line_with_a_zero_byte_has_no_end(redis, line):
    redis.send_bytes(line)
    redis.send_bytes(b"x" * 70_000)
    assert redis.read() == RedisError("ERR Protocol error: too big inline request")


@pytest.mark.parametrize(
    "header, name", [(b"*1\0\r\n$4\r\nPING\r\n", "mbulk"), (b"*1\r\n$4\0\r\nPING\r\n", "bulk")]
)
def test_a_header_with_a_zero_byte_has_no_end(redis, header, name):
    redis.send_bytes(header)
    redis.send_bytes(b"x" * 70_000)
    assert redis.read() == RedisError(f"ERR Protocol error: too big {name} count string")


@pytest.mark.parametrize(
    "line",
    [
        b"POST / HTTP/1.1\r\n", b"Host: localhost\r\n", b"PING\r\nHost: localhost\r\n",
        b"*1\r\n$4\r\nPING\r\n*1\r\n$4\r\npost\r\n", b"SUBSCRIBE a\r\nPOST /\r\n", b"MULTI\r\nPOST /\r\n",
    ],
)  # fmt: skip
def test_a_browsers_connection_is_closed_without_a_reply(redis, other, line):
    redis.send_bytes(line + b"SET posted 1\r\n")
    assert redis.is_closed()
    assert other("EXISTS posted") == 0
