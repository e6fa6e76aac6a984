"""A thread for each connection: many at once, woken when a message comes, ended with the connection."""

import gc
import selectors
import socket
import sys
import threading
import weakref
from contextlib import contextmanager

import pytest
from harness import PATIENCE, Client, free_port, our_server, wait_until

from redis_clone.config.values import ConfigError
from redis_clone.network import connection
from redis_clone.network.connection import WakeUpPipe, format_address
from redis_clone.network.server import Network
from redis_clone.protocol.errors import RedisError
from redis_clone.server.state import Server

SUBSCRIBED = [b"subscribe", b"news", 1]


@contextmanager
def leaving_no_thread():
    """Checks that the threads that are started within have ended soon after."""
    before = set(threading.enumerate())
    yield
    wait_until(lambda: set(threading.enumerate()) <= before)


@pytest.fixture
def address():
    """A server of its own for each test, which leaves no thread."""
    with leaving_no_thread(), our_server() as address:
        yield address


def threads_of_clients():
    return [thread for thread in threading.enumerate() if thread.name.startswith("client-")]


# Many at once.


def test_fifty_clients_at_once_each_get_their_own_replies_and_lose_nothing(redis, connect):
    def work(client, number):
        for step in range(20):
            answers.append(client(f"SET key:{number} {step}") == "OK")
            answers.append(client(f"GET key:{number}") == b"%d" % step)
            client("INCR total")

    answers = []
    workers = [threading.Thread(target=work, args=(connect(), number)) for number in range(50)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(answers) == 50 * 20 * 2 and all(answers)
    assert redis("GET total") == b"1000"


def test_each_client_has_a_thread_that_ends_with_it(connect):
    clients = [connect() for _ in range(50)]
    numbers = [client("CLIENT ID") for client in clients]
    names = {thread.name for thread in threads_of_clients()}
    assert {f"client-{number}" for number in numbers} <= names
    threads = [thread for thread in threads_of_clients() if thread.name in names]
    for client in clients:
        client.close()
    wait_until(lambda: not any(thread.is_alive() for thread in threads))


@pytest.mark.parametrize("leave", ["QUIT", "", "RESET"])
def test_a_client_may_leave_in_any_way(redis, connect, leave):
    client = connect()
    number = client("CLIENT ID")
    client.send_bytes(leave.encode() + b"\r\n")
    client.close()
    wait_until(lambda: f"id={number} ".encode() not in redis("CLIENT LIST"))


def test_the_replies_to_a_pipeline_go_out_in_one_send_unless_they_are_large(redis, monkeypatch):
    sizes = []
    send = connection.Connection._send
    monkeypatch.setattr(
        connection.Connection, "_send", lambda self, data: [sizes.append(len(data)), send(self, data)]
    )
    redis.send_bytes(b"PING\n" * 1_000)
    assert [redis.read() for _ in range(1_000)] == ["PONG"] * 1_000
    assert sizes == [7_000]
    redis("SET", "large", b"x" * 100_000)
    sizes.clear()
    redis.send_bytes(b"GET large\n" * 10)
    assert [len(redis.read()) for _ in range(10)] == [100_000] * 10
    assert len(sizes) == 10  # so that they need not all be held at once


def test_the_time_above_the_soft_limit_ends_when_a_reply_was_sent(redis, monkeypatch):
    sent = []
    record_sent = connection.record_sent
    monkeypatch.setattr(connection, "record_sent", lambda client: [record_sent(client), sent.append(client)])
    redis("SET", "value", b"x" * 40_000)
    redis("CONFIG SET client-output-buffer-limit 'normal 0 10000 1000'")
    assert len(redis("GET value")) == 40_000
    [client] = wait_until(lambda: sent)
    assert not client.output_buffer.is_above_soft_limit
    redis("PING"), redis("PING")
    assert len(sent) == 1, "nothing was above it"


# Closed by other clients.


def killed(redis, victim):
    number = victim("CLIENT ID")
    return lambda: redis(f"CLIENT KILL ID {number}") == 1


def idle(victim):
    pass


def subscribed(victim):
    assert victim("SUBSCRIBE news") == SUBSCRIBED


def within_a_command(victim):
    victim.send_bytes(b"*2\r\n$4\r\nECHO\r\n$100\r\nhalf")


def not_reading(victim):
    """Its thread waits in a send, because no buffer holds that much."""
    victim("SET", "large", b"x" * 5_000_000)
    victim.send_bytes(b"GET large\n" * 10)
    victim.socket.recv(1)


STATES = [idle, subscribed, within_a_command, not_reading]


def drained(client):
    """Read what is on its way; True when the end follows."""
    try:
        while client.socket.recv(1_000_000):
            pass
    except ConnectionError:
        pass
    return True


@pytest.mark.parametrize("state", STATES)
def test_client_kill_ends_a_connection_whatever_it_is_doing(redis, connect, state):
    victim = connect()
    kill = killed(redis, victim)
    state(victim)
    assert kill()
    assert drained(victim)
    wait_until(lambda: redis("CLIENT LIST").count(b"\n") == 1)


def test_the_end_of_the_server_is_the_end_of_every_connection_and_thread():
    with leaving_no_thread():
        with our_server() as address:
            clients = [Client(address) for _ in STATES]
            for client, state in zip(clients, STATES, strict=True):
                state(client)
        for client in clients:
            assert drained(client)
            client.close()
        with pytest.raises(OSError):
            Client(address)


# Woken by other clients.


def test_a_subscriber_gets_a_message_of_another_client_at_once(redis, connect):
    listeners = [connect() for _ in range(5)]
    for listener in listeners:
        assert listener("SUBSCRIBE news") == SUBSCRIBED
    for number in range(100):
        assert redis(f"PUBLISH news {number}") == 5
    for listener in listeners:
        assert [listener.read() for _ in range(100)] == [[b"message", b"news", b"%d" % n] for n in range(100)]


def test_a_subscriber_waits_without_a_time_limit_because_it_is_woken(redis, connect, monkeypatch):
    limits = []

    class Watched(selectors.DefaultSelector):
        def select(self, timeout=None):
            limits.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(connection, "POLLER", Watched)
    listener = connect()
    listener("SUBSCRIBE news")
    redis("PUBLISH news hi")
    assert listener.read() == [b"message", b"news", b"hi"]
    assert listener("PING") == [b"pong", b""]
    assert set(limits) == {None} and len(limits) < 10


def test_a_subscriber_that_publishes_to_its_own_channel_gets_the_message(connect):
    redis = connect(3)
    redis("SUBSCRIBE news")
    redis.send("PUBLISH news hi")
    assert (redis.read(), redis.read()) == (1, [b"message", b"news", b"hi"])


def test_messages_and_replies_do_not_run_into_each_other(redis, connect):
    listener = connect()
    listener("SUBSCRIBE news")
    publisher = threading.Thread(target=lambda: [redis(f"PUBLISH news {n}") for n in range(300)])
    publisher.start()
    listener.send_bytes(b"PING\n" * 300)
    replies = [listener.read() for _ in range(600)]
    publisher.join()
    assert [reply for reply in replies if reply[0] == b"pong"] == [[b"pong", b""]] * 300
    assert [reply[2] for reply in replies if reply[0] == b"message"] == [b"%d" % n for n in range(300)]


def test_a_subscriber_that_does_not_read_is_closed_and_the_publisher_goes_on(redis, connect):
    redis("CONFIG SET client-output-buffer-limit 'pubsub 1000000 0 0'")
    listener, other = connect(), connect()
    for each in (listener, other):
        each("SUBSCRIBE news")
    message = b"x" * 200_000
    sent = 0
    while redis("PUBLISH", "news", message) == 2:
        assert other.read()[2] == message
        sent += 1
        assert sent < 500, "it should have been closed long ago"
    assert redis("PUBSUB", "NUMSUB", "news")[1] <= 2
    wait_until(lambda: redis("PUBLISH", "news", b"later") == 1)
    assert drained(listener)
    assert redis("PING") == "PONG"


def test_a_connection_that_has_ended_is_not_woken_for_its_descriptors_may_be_those_of_others(
    address, monkeypatch
):
    connections, woken = [], []
    serve = connection.Connection._serve
    monkeypatch.setattr(connection.Connection, "_serve", lambda self: [connections.append(self), serve(self)])
    client = Client(address)
    client("SUBSCRIBE news")
    [ended] = connections
    client.leave()
    wait_until(lambda: not ended.client.thread.is_alive())
    monkeypatch.setattr(connection.tls, "cut", woken.append)
    monkeypatch.setattr(WakeUpPipe, "wake", woken.append)
    for close_asap in (False, True):  # a thread that took it from the list of those to wake comes late
        ended.client.output_buffer.close_asap = close_asap
        ended._wake()
    assert not woken


# Too many.


def test_one_client_too_many_gets_an_error_and_is_closed_and_the_others_live(redis, connect):
    assert redis("CONFIG SET maxclients 2") == "OK"
    second, third = connect(), connect()
    assert second("PING") == "PONG"
    assert third.read() == RedisError("ERR max number of clients reached")
    assert third.is_closed()
    second.close()
    wait_until(lambda: redis("CLIENT LIST").count(b"\n") == 1)
    assert connect()("PING") == "PONG"
    assert redis("INFO stats").count(b"rejected_connections:1\r\n") == 1


# Other addresses.


def test_a_unix_socket_is_served_too_and_its_file_goes_with_the_server(tmp_path):
    path = tmp_path / "redis.sock"
    with leaving_no_thread(), our_server(unixsocket=str(path), port=str(free_port())) as address:
        near, far = Client(str(path)), Client(address)
        near("SET a 1")
        assert far("GET a") == b"1"
        assert f"addr={path}:0".encode() in near("CLIENT LIST")
        near.close()
        far.close()
    assert not path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere only 127.0.0.1 is this machine")
def test_all_addresses_share_the_port_that_was_picked():
    with leaving_no_thread(), our_server(bind="127.0.0.1 127.0.0.2") as (_, port):
        for host in ("127.0.0.1", "127.0.0.2"):
            client = Client((host, port))
            assert f"laddr={host}:{port}".encode() in client("CLIENT INFO")
            client.close()


def test_an_address_that_is_taken_is_an_error_that_leaves_nothing_open():
    with socket.create_server(("127.0.0.1", 0)) as taken, leaving_no_thread():
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError), our_server(port=str(port)):
            pass


@pytest.mark.parametrize(
    "address, formatted",
    [
        (("127.0.0.1", 6379), "127.0.0.1:6379"),
        (("::1", 6379, 0, 0), "[::1]:6379"),
        ("/tmp/redis.sock", "/tmp/redis.sock:0"),
        ("", "unixsocket:0"),
        (b"", "unixsocket:0"),
    ],
)
def test_an_address_is_formatted_as_client_list_shows_it(address, formatted):
    assert format_address(address) == formatted


# The wake-up pipe.


@pytest.fixture
def wire():
    """A wake-up pipe on one end of a connection, and both ends."""
    near, far = socket.socketpair()
    far.settimeout(PATIENCE)
    wake_up_pipe = WakeUpPipe(near)
    yield wake_up_pipe, near, far
    wake_up_pipe.close()
    near.close()
    far.close()


def test_a_wake_before_the_wait_is_not_lost(wire):
    wake_up_pipe, _, _ = wire
    wake_up_pipe.wake()
    assert wake_up_pipe.wait() is False


def test_many_wakes_block_no_thread_and_end_one_wait(wire):
    wake_up_pipe, near, far = wire
    for _ in range(100_000):
        wake_up_pipe.wake()
    assert wake_up_pipe.wait() is False
    assert wake_up_pipe._selector.select(0) == []
    far.send(b"x")
    assert wake_up_pipe.wait() is True and near.recv(10) == b"x"


def test_bytes_and_a_wake_at_once_are_both_noticed(wire):
    wake_up_pipe, near, far = wire
    wake_up_pipe.wake()
    far.send(b"x")
    assert wake_up_pipe.wait() is True
    near.recv(10)
    far.send(b"y")
    assert wake_up_pipe.wait() is True  # and the earlier wake is gone


def test_a_wake_from_another_thread_ends_the_wait(wire):
    wake_up_pipe, _, _ = wire
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(wake_up_pipe.wait()))
    waiting.start()
    wake_up_pipe.wake()
    waiting.join(PATIENCE)
    assert answers == [False]


def test_the_end_of_the_connection_ends_the_wait(wire):
    wake_up_pipe, near, far = wire
    far.shutdown(socket.SHUT_RDWR)
    assert wake_up_pipe.wait() is True and near.recv(10) == b""


def test_a_closed_pipe_may_still_be_woken(wire):
    wake_up_pipe, _, _ = wire
    wake_up_pipe.close()
    wake_up_pipe.wake()


def test_of_a_connection_that_has_ended_nothing_is_left_for_the_garbage_collector():
    state = Server()
    state.config.set_all({"port": "0", "save": ""}, starting=True)
    gc.disable()
    try:
        with Network(state):
            redis = Client(("127.0.0.1", state.port))
            redis("HELLO 3"), redis("SUBSCRIBE news")
            [connected] = [weakref.ref(client) for client in state.clients.values()]
            redis.close()
            wait_until(lambda: connected() is None)
    finally:
        gc.enable()
