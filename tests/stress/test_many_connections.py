"""Many connections that block, subscribe and write at once.

The tests are small in the ordinary run, and large with --slow:

    python -m pytest tests/stress --slow -s        the large ones, with their figures

No time is asserted: figures are printed, since they depend on the machine.
"""

import contextlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time

import pytest
from harness import Client, started, wait_until
from usage import cpu_seconds, megabytes, threads_and_files

from redis_clone.network.open_files import allow_files

TIMEOUT = 120.0  # seconds; with a thousand connections a reply may take long


def sizes(small, large):
    """A test in two sizes."""
    return pytest.mark.parametrize("size", [small, pytest.param(large, marks=pytest.mark.slow)], ids=str)


@pytest.fixture
def server():
    """`python server.py` in a process of its own: its process and port."""
    allow_files(10_000)
    with started() as (process, port):
        drain = threading.Thread(target=process.stdout.read, daemon=True)  # or its log would fill the pipe
        drain.start()
        yield process, port
        process.kill()
        drain.join()


@pytest.fixture
def connect(server):
    with contextlib.ExitStack() as stack:

        def make():
            client = Client(("127.0.0.1", server[1]))
            client.socket.settimeout(TIMEOUT)
            stack.callback(client.close)
            return client

        yield make


def figure(client, name):
    return int(client("INFO").partition(f"\n{name}:".encode())[2].split()[0])


def report(text):
    print(f"\n    {text}", end="")


@sizes(50, 1000)
def test_blocked_clients_are_served_in_the_order_of_their_blocking(connect, size):
    pusher = connect()
    waiting = [connect() for _ in range(size)]
    for number, client in enumerate(waiting, 1):
        client.send("BLPOP jobs 0")
        wait_until(lambda number=number: figure(pusher, "blocked_clients") == number)
    start = time.perf_counter()
    for number in range(size):
        pusher.send(f"RPUSH jobs {number}")
    assert [client.read()[1] for client in waiting] == [b"%d" % number for number in range(size)]
    report(f"{size} clients in BLPOP served in order in {time.perf_counter() - start:.2f} s")


@pytest.mark.skipif(sys.platform != "linux", reason="the CPU time of a process is read from /proc")
@sizes(50, 1000)
def test_blocked_clients_cost_next_to_no_cpu(server, connect, size):
    onlooker = connect()
    for _ in range(size):
        connect().send("BLPOP jobs 0")
    wait_until(lambda: figure(onlooker, "blocked_clients") == size)
    before, seconds = cpu_seconds(server[0]), 5 if size > 100 else 0.2
    time.sleep(seconds)  # the time that is measured
    used = cpu_seconds(server[0]) - before
    report(f"{size} idle clients in BLPOP: {100 * used / seconds:.1f} % of one core")
    assert figure(onlooker, "blocked_clients") == size


@sizes(20, 1000)
def test_every_subscriber_gets_every_message_in_order(connect, size):
    publisher, count = connect(), min(size, 200)
    listeners = [connect() for _ in range(size)]
    for listener in listeners:
        listener("SUBSCRIBE news")
    start = time.perf_counter()
    for number in range(count):
        assert publisher(f"PUBLISH news {number}") == size
    published = time.perf_counter() - start
    for listener in listeners:
        assert [listener.read()[2] for _ in range(count)] == [b"%d" % number for number in range(count)]
    everything = time.perf_counter() - start
    report(
        f"{count} messages to {size} subscribers: published in {published:.1f} s, read in {everything:.1f} s"
    )


@sizes(200, 5000)
def test_a_subscriber_that_does_not_read_costs_the_publisher_nothing(connect, size):
    publisher, deaf = connect(), connect()
    publisher("CONFIG SET client-output-buffer-limit 'pubsub 4mb 0 0'")
    alone = slowest_of_a_hundred(publisher, size)
    deaf("SUBSCRIBE news")
    together = slowest_of_a_hundred(publisher, size)
    report(f"p99 of PUBLISH: {alone:.0f} us, and {together:.0f} us with one that does not read")
    if size * 20_000 > 50_000_000:  # more than the system's buffers hold
        wait_until(lambda: figure(publisher, "client_output_buffer_limit_disconnections") == 1)


def slowest_of_a_hundred(publisher, count):
    """The 99th percentile of `count` PUBLISHes, in microseconds."""
    taken = []
    for _ in range(count):
        start = time.perf_counter()
        publisher("PUBLISH", "news", b"x" * 20_000)
        taken.append(time.perf_counter() - start)
    return sorted(taken)[count * 99 // 100] * 1e6


@pytest.mark.parametrize("clients, seconds", [(5, 0.2), pytest.param(50, 8, marks=pytest.mark.slow)])
def test_money_that_is_moved_in_transactions_is_never_lost(connect, clients, seconds):
    accounts = [f"account:{number}" for number in range(10)]
    redis, reader = connect(), connect()
    for account in accounts:
        redis(f"SET {account} 100")
    deadline, done, sums = time.monotonic() + seconds, [], []
    movers = [
        threading.Thread(target=move_money, args=(connect(), accounts, number, deadline, done))
        for number in range(clients)
    ]
    for mover in movers:
        mover.start()
    while any(mover.is_alive() for mover in movers) or not sums:
        sums.append(sum(map(int, reader("MGET " + " ".join(accounts)))))
    assert set(sums) == {1000}
    moved, failed = sum(ok for ok, _ in done), sum(lost for _, lost in done)
    assert moved and len(done) == clients
    report(
        f"{clients} clients moved money {moved} times, lost the race {failed} times; {len(sums)} sums read"
    )


def move_money(client, accounts, number, deadline, done):
    moved = failed = 0
    while time.monotonic() < deadline or not moved:
        source, target = (accounts[(number + moved + failed * step) % 10] for step in (1, 3))
        if source == target:
            target = accounts[(accounts.index(source) + 1) % 10]
        client(f"WATCH {source} {target}")
        have, other = map(int, client(f"MGET {source} {target}"))
        client("MULTI")
        client(f"SET {source} {have - 1}")
        client(f"SET {target} {other + 1}")
        won = isinstance(client("EXEC"), list)
        moved, failed = moved + won, failed + (not won)
    done.append((moved, failed))


AT_ONCE = 500
STATES = [b"", b"*2\r\n$4\r\nECHO\r\n$100\r\nhalf", b"SUBSCRIBE news\r\n", b"BLPOP nothing 0\r\n"]
STATES += [b"MONITOR\r\n", b"WATCH a\r\nMULTI\r\nSET a 1\r\n", b"CLIENT TRACKING ON BCAST\r\n", b"'\r\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="what a process uses is read from /proc")
@sizes(400, 4000)
def test_connections_that_come_and_go_leave_nothing_behind(server, connect, size):
    process, _ = server
    onlooker = connect()
    assert onlooker("PING") == "PONG"
    before = threads_and_files(process)
    come_and_go(connect, AT_ONCE)  # once before the measurement, for memory that is never freed
    wait_until_patiently(lambda: is_no_more_than(before, process))
    megabytes_before = megabytes(process)
    for _ in range(0, size, AT_ONCE):
        come_and_go(connect, min(size, AT_ONCE))
    wait_until_patiently(lambda: is_no_more_than(before, process))
    wait_until_patiently(lambda: figure(onlooker, "connected_clients") == 1)
    assert figure(onlooker, "pubsub_clients") == 0
    report(f"{size} connections came and went: {megabytes_before} MB before, {megabytes(process)} MB after")
    assert megabytes(process) < megabytes_before + 50


def is_no_more_than(before, process):
    return all(now <= then for now, then in zip(threads_and_files(process), before, strict=True))


def come_and_go(connect, count):
    """Connects `count` clients in different states, and closes them in different ways."""
    clients = [connect() for _ in range(count)]
    for number, client in enumerate(clients):
        client.send_bytes(STATES[number % len(STATES)])
    for number, client in enumerate(clients):
        if number % 3 == 0:
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
        elif number % 3 == 1:
            with contextlib.suppress(ConnectionError):
                client.send_bytes(b"QUIT\r\n")
        client.close()


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@sizes(5, 100)
def test_blocked_clients_that_are_killed_lose_no_element(server, connect, size):
    pusher = connect()
    program = "import socket,sys; s=socket.create_connection(('127.0.0.1',int(sys.argv[1]))); "
    program += "s.sendall(b'BLPOP jobs 0\\r\\n'); s.recv(100)"
    victims = [subprocess.Popen([sys.executable, "-c", program, str(server[1])]) for _ in range(size)]
    wait_until_patiently(lambda: figure(pusher, "blocked_clients") == size)
    for victim in victims:
        victim.kill()
    for victim in victims:
        victim.wait()
    for number in range(size):  # at once, before the server has noticed all the ends
        pusher.send(f"RPUSH jobs {number}")
    assert [pusher.read() for _ in range(size)] == list(range(1, size + 1))
    report(f"{size} clients killed in BLPOP, {size - pusher('LLEN jobs')} elements lost")
    assert pusher("LRANGE jobs 0 -1") == [b"%d" % number for number in range(size)]


def wait_until_patiently(claim):
    deadline = time.monotonic() + TIMEOUT
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)
