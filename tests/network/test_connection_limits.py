"""The limits that end a connection: output that it does not read, input that is too large, and idle time."""

import contextlib
import time

import pytest
from harness import Client, has_real_server, our_server, real_server, wait_until

from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command


@pytest.fixture(params=["ours", "real"])
def start(request, tmp_path):
    """Starts a server of its own with some parameters, ours and then the real one; makes clients."""
    with contextlib.ExitStack() as stack:

        def make(**parameters):
            if request.param == "ours":
                return stack.enter_context(our_server(**parameters))
            if not has_real_server():
                pytest.skip("needs redis-server")
            words = [word for name, value in parameters.items() for word in (f"--{name}", *value.split())]
            return stack.enter_context(real_server(tmp_path, *words))

        yield lambda **parameters: connector(stack, make(**parameters))


needs_7_2 = pytest.mark.parametrize("start", ["ours"], indirect=True)  # the installed one may be a 7.0


def connector(stack, address):
    def connect():
        client = Client(address)
        stack.callback(client.close)
        return client

    return connect


def is_listed(client, number):
    return client(f"CLIENT LIST ID {number}") != b""


def drained(client):
    with contextlib.suppress(ConnectionError):
        while client.socket.recv(1_000_000):
            pass
    return True


def counted(client, field):
    return int(client("INFO").partition(f"\n{field}:".encode())[2].split()[0])


# Output.


def test_a_subscriber_beyond_its_hard_limit_is_closed_and_the_others_get_messages_on(start):
    connect = start(**{"client-output-buffer-limit": "pubsub 1mb 0 0"})
    redis, deaf, listener = connect(), connect(), connect()
    number = deaf("CLIENT ID")
    for client in (deaf, listener):
        client("SUBSCRIBE news")
    message = b"x" * 200_000
    for _ in range(200):
        redis("PUBLISH", "news", message)
        assert listener.read()[2] == message
    wait_until(lambda: not is_listed(redis, number))
    assert drained(deaf)
    assert redis("PUBLISH", "news", "later") == 1


@pytest.mark.slow
def test_a_subscriber_may_stay_beyond_its_soft_limit_for_some_seconds(start):
    connect = start(**{"client-output-buffer-limit": "pubsub 0 1mb 1"})
    redis, deaf = connect(), connect()
    number = deaf("CLIENT ID")
    deaf("SUBSCRIBE news")
    begun = time.monotonic()
    for _ in range(100):
        redis("PUBLISH", "news", b"x" * 200_000)
    assert is_listed(redis, number) or time.monotonic() > begun + 1
    wait_until(lambda: not is_listed(redis, number))  # though it gets no further message
    assert time.monotonic() > begun + 1
    assert drained(deaf)


def test_below_its_soft_limit_it_stays(start):
    connect = start(**{"client-output-buffer-limit": "pubsub 100mb 50mb 1"})
    redis, listener = connect(), connect()
    listener("SUBSCRIBE news")
    for _ in range(50):
        redis("PUBLISH", "news", b"x" * 200_000)
    assert [len(listener.read()[2]) for _ in range(50)] == [200_000] * 50


def test_a_reply_beyond_the_limit_of_a_normal_client_closes_it(start):
    connect = start(**{"client-output-buffer-limit": "normal 1mb 0 0"})
    redis, greedy = connect(), connect()
    redis("SET", "small", b"x" * 500_000)
    redis("SET", "large", b"x" * 2_000_000)
    assert len(greedy("GET small")) == 500_000
    greedy.send("GET large")
    assert drained(greedy)
    assert redis("PING") == "PONG"


@pytest.fixture
def limit(redis):
    """Sets the limit of normal clients, until the end of the test."""
    yield lambda limit: redis("CONFIG", "SET", "client-output-buffer-limit", f"normal {limit}")
    redis("CONFIG", "SET", "client-output-buffer-limit", "normal 0 0 0")


@pytest.mark.parametrize(
    "hard, size, count",
    [
        ("100000", 10_000, 15),
        ("1", 1_000, 30),
        ("20000", 3_000, 15),
        ("1mb", 10_000, 400),
        ("3mb", 1_000_000, 300),
    ],
)
def test_the_replies_of_a_pipeline_beyond_the_hard_limit_are_not_sent(
    redis, connect, limit, hard, size, count
):
    redis("SET", "k", b"x" * size)
    limit(f"{hard} 0 0")
    greedy = connect()
    greedy.send_bytes(encode_command([b"GET", b"k"]) * count)
    assert greedy.is_closed()  # and nothing came before the end


@pytest.mark.parametrize("limits, size", [("1mb 0 0", 5_000), ("1 0 0", 100), ("0 100000 100", 10_000)])
def test_a_client_that_reads_in_time_gets_all_replies(redis, connect, limit, limits, size):
    redis("SET", "k", b"x" * size)
    limit(limits)
    reader = connect()
    for _ in range(20):
        reader.send_bytes(encode_command([b"GET", b"k"]) * 100)
        assert [len(reader.read()) for _ in range(100)] == [size] * 100


def test_the_limits_are_set_class_by_class_while_the_server_runs(start):
    redis = start()()
    assert (
        redis("CONFIG", "SET", "client-output-buffer-limit", "replica 3mb 2mb 1 pubsub 1mb 512kb 10") == "OK"
    )
    assert redis("CONFIG GET client-output-buffer-limit")[1] == (
        b"normal 0 0 0 slave 3145728 2097152 1 pubsub 1048576 524288 10"
    )
    for text in ("pubsub 1 1", "nobody 1 1 1", "pubsub x 1 1", "pubsub 1 1 -1"):
        assert isinstance(redis("CONFIG", "SET", "client-output-buffer-limit", text), RedisError)


# Input.


def test_a_command_beyond_the_query_buffer_limit_closes_the_connection(start):
    connect = start(**{"client-query-buffer-limit": "1mb"})
    redis, sender = connect(), connect()
    sender("SET", "a", b"x" * 900_000)
    with contextlib.suppress(ConnectionError):
        sender.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$2000000\r\n" + b"x" * 2_000_000)
    assert drained(sender)
    assert redis("EXISTS a b") == 1


@needs_7_2
def test_what_is_queued_in_multi_counts_as_the_query_that_it_is(start):
    connect = start(**{"client-query-buffer-limit": "1mb"})
    redis, sender = connect(), connect()
    sender("MULTI")
    with contextlib.suppress(ConnectionError, EOFError):
        for _ in range(10):
            assert sender("SET", "a", b"x" * 200_000) == "QUEUED"
    assert drained(sender)
    assert redis("EXISTS a") == 0 and counted(redis, "client_query_buffer_limit_disconnections") == 1


# Idle time.


@pytest.mark.slow
def test_after_the_timeout_an_idle_connection_is_closed_unless_it_is_blocked_or_subscribed(start):
    connect = start()
    redis, idle = connect(), connect()
    redis("HELLO 3"), redis("SUBSCRIBE other")  # so it may be idle
    waiting, listening, watching, half = connect(), connect(), connect(), connect()
    half.send_bytes(b"*2\r\n$4\r\nECHO\r\n$100\r\nthe rest never comes")
    waiting.send("BLPOP l 0")
    listening("SUBSCRIBE news")
    watching("MONITOR")
    number = idle("CLIENT ID")
    wait_until(lambda: counted(redis, "blocked_clients") == 1)
    assert redis("CONFIG SET timeout 1") == "OK"
    wait_until(lambda: not is_listed(redis, number))
    assert idle.is_closed() and half.is_closed()
    assert redis("PUBLISH news hi") == 1 and redis("RPUSH l a") == 1
    assert listening.read() == [b"message", b"news", b"hi"] and waiting.read() == [b"l", b"a"]
    assert b"client" in watching.read().lower().encode()


def test_a_timeout_can_be_set_while_the_server_runs(start):
    redis = start()()
    assert redis("CONFIG SET timeout 100") == "OK"
    assert redis("CONFIG GET timeout") == [b"timeout", b"100"]
    assert isinstance(redis("CONFIG SET timeout -1"), RedisError)


# The number of clients.


def test_maxclients_can_be_set_while_the_server_runs(start):
    connect = start()
    redis, second = connect(), connect()
    assert second("PING") == "PONG"
    assert redis("CONFIG SET maxclients 1") == "OK"
    assert second("PING") == "PONG"  # connected clients may stay
    rejected = connect()
    assert rejected.read() == RedisError("ERR max number of clients reached")
    assert rejected.is_closed()
    assert counted(redis, "rejected_connections") == 1
    assert redis("CONFIG SET maxclients 3") == "OK"
    assert connect()("PING") == "PONG"
