"""The cluster bus and its file, with peers that lie, send garbage, or send nothing."""

import contextlib
import os
import random
import shutil
import socket
import struct
import subprocess
import sys

import pytest
from harness import PATIENCE, REPOSITORY, Client, started, wait_until

from redis_clone.config.values import ConfigError
from redis_clone.features.cluster import messages
from redis_clone.features.cluster.messages import Gossip, Message, decode, encode, frame_length
from redis_clone.network.nodes_conf import NodesConf
from redis_clone.testing import running_server

STRANGER = "f" * 40


@pytest.fixture
def node():
    with running_server(cluster_enabled=True, cluster_node_timeout=500) as server:
        yield server


@pytest.fixture
def dial(node):
    """Makes connections to the bus of the node."""
    connections = []
    address, bus_port = node.host, int(node.execute("CLUSTER", "NODES").split()[1].split(b"@")[1])

    def connect():
        connections.append(socket.create_connection((address, bus_port), timeout=10))
        return connections[-1]

    yield connect
    for connection in connections:
        connection.close()


def receive(connection):
    """The next message on a connection; None when it ends."""
    data = b""
    while not data or len(data) < frame_length(data) or not frame_length(data):
        piece = connection.recv(1 if len(data) < 8 else frame_length(data) - len(data))
        if not piece:
            return None
        data += piece
    return decode(data)


def view(node):
    return node.execute("CLUSTER", "NODES")


def test_a_ping_is_answered_even_to_a_stranger(node, dial):
    connection = dial()
    connection.sendall(encode(Message(messages.PING, STRANGER, port=7000, bus_port=17000, flags=1)))
    pong = receive(connection)
    assert pong.type == messages.PONG and pong.sender == view(node).split()[0].decode()
    assert STRANGER.encode() not in view(node)


def test_a_frame_may_come_in_pieces_and_two_in_one(node, dial):
    connection = dial()
    frame = encode(Message(messages.PING, STRANGER, flags=1))
    for byte in (frame[:1], frame[1:9], frame[9:2000], frame[2000:] + frame):
        connection.sendall(byte)
    assert receive(connection).type == receive(connection).type == messages.PONG


GARBAGE = {
    "not the signature": b"GET / HTTP/1.1\r\n\r\n",
    "too short a length": b"RCmb" + struct.pack(">I", 100),
    "too long a length": b"RCmb" + struct.pack(">I", 2**32 - 1),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_costs_the_connection_and_nothing_else(node, dial, garbage):
    connection = dial()
    before = view(node)
    connection.sendall(garbage)
    assert receive(connection) is None
    assert view(node) == before and node.execute("PING") == "PONG"


def test_a_frame_that_is_not_as_long_as_it_says_is_passed_over(node, dial):
    connection = dial()
    good = encode(Message(messages.PING, STRANGER, flags=1))
    lying = bytearray(good)
    lying[14:16] = struct.pack(">H", 7)  # entries of gossip that are not there
    other_version = bytearray(good)
    other_version[8:10] = struct.pack(">H", 2)
    unknown_type = bytearray(good)
    unknown_type[12:14] = struct.pack(">H", 99)
    connection.sendall(bytes(lying + other_version + unknown_type) + good)
    assert receive(connection).type == messages.PONG


def test_random_bytes_in_good_frames_end_nothing(node, dial):
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw = random.Random(seed)
    gossip = Gossip("e" * 40, 0, 0, "127.0.0.1", 1, 2, 1)
    frames = [
        encode(Message(type_, STRANGER, flags=1, gossip=(gossip,) if type_ < 3 else (), failing="a" * 40))
        for type_ in range(len(messages.NAMES))
    ]
    for _ in range(300):
        frame = bytearray(draw.choice(frames))
        for _ in range(draw.randrange(1, 20)):
            frame[draw.randrange(8, len(frame))] = draw.randrange(256)
        connection = dial()
        connection.sendall(bytes(frame))
        connection.close()
    connection = dial()
    connection.sendall(frames[messages.PING])
    assert receive(connection).type == messages.PONG
    assert node.execute("PING") == "PONG"


def test_a_peer_that_reads_nothing_holds_up_nobody(node, dial):
    deaf, other = dial(), dial()
    frame = encode(Message(messages.PING, STRANGER, flags=1))
    deaf.setblocking(False)
    sent = 0
    while sent < 4_000_000:  # bytes: more than the buffers between the two hold
        try:
            sent += deaf.send(frame * 100)
        except BlockingIOError:
            break
    other.sendall(frame)
    assert receive(other).type == messages.PONG


# The file.


def start(folder, *words):
    """A node as a program with its files in this folder; returns what it says when it refuses to start."""
    done = subprocess.run(
        [sys.executable, "server.py", "--port", "0", "--cluster-enabled", "yes", "--dir", folder, *words],
        check=False, capture_output=True, text=True, cwd=REPOSITORY, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    return done.stdout + done.stderr


ID = "07c37dfeb235213a872192d90877d0cd55635b91"
EPOCHS = "vars currentEpoch 1 lastVoteEpoch 0\n"
CORRUPT = {
    "garbage": "garbage\n",
    "torn": f"{ID} 127.0.0.1:30004@31004 myself,mas",
    "no myself": f"{ID} 127.0.0.1:30004@31004 master - 0 0 1 connected 0-5\n{EPOCHS}",
    "a slot that is none": f"{ID} :0@0 myself,master - 0 0 1 connected 0-16384\n{EPOCHS}",
    "a master that is none": f"{ID} :0@0 myself,slave {'a' * 40} 0 0 1 connected\n{EPOCHS}",
}


@pytest.mark.parametrize("text", CORRUPT.values(), ids=CORRUPT.keys())
def test_a_corrupt_file_is_told_in_a_clear_line_and_left_alone(tmp_path, text):
    (tmp_path / "nodes.conf").write_text(text)
    said = start(tmp_path)
    assert "Unrecoverable error: corrupted cluster config file" in said and "Traceback" not in said
    assert (tmp_path / "nodes.conf").read_text() == text


@pytest.mark.skipif(os.name == "nt", reason="on Windows files are not locked")
def test_a_second_node_with_the_same_file_refuses_to_start(tmp_path):
    with running_server(tmp_path, cluster_enabled=True) as node:
        node.execute("CLUSTER", "SAVECONFIG")  # which puts another file in its place
        said = start(tmp_path)
    assert "is already used by a different Redis Cluster node" in said


def test_a_node_comes_back_as_it_was(tmp_path):
    with running_server(tmp_path, cluster_enabled=True) as node:
        client = Client((node.host, node.port))
        assert client("CLUSTER ADDSLOTSRANGE 0 99") == "OK" == client("CLUSTER SET-CONFIG-EPOCH 5")
        before = client("CLUSTER MYID"), client("CLUSTER MYSHARDID")
        client.close()
    with running_server(tmp_path, cluster_enabled=True) as node:
        assert (node.execute("CLUSTER", "MYID"), node.execute("CLUSTER", "MYSHARDID")) == before
        words = view(node).decode().split()
        assert words[2:] == ["myself,master", "-", "0", "0", "5", "connected", "0-99"]


def test_the_file_is_whole_at_any_time(tmp_path):
    file = NodesConf(str(tmp_path), "nodes.conf")
    for number in range(20):
        file.write(f"{number}\n")
        assert (tmp_path / "nodes.conf").read_text() == f"{number}\n" and len(list(tmp_path.iterdir())) == 1
    file.close()


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(ConfigError, match="Can't open"):
        NodesConf(str(tmp_path / "none"), "nodes.conf")


def is_free(port):
    with socket.socket() as taken, contextlib.suppress(OSError):
        taken.bind(("127.0.0.1", port))
        return True
    return False


def test_a_node_that_cannot_save_its_file_ends(tmp_path):
    """It must not promise what it would not remember."""
    folder = tmp_path / "node"
    folder.mkdir()
    with started("--cluster-enabled", "yes", "--dir", str(folder)) as (process, port):
        client = Client(("127.0.0.1", port))
        shutil.rmtree(folder)
        client.send("CLUSTER SAVECONFIG")
        said = process.stdout.read()
        assert process.wait(PATIENCE) == 1 and "can't update cluster config file" in said
        client.close()


def test_the_port_of_the_bus_must_exist(tmp_path):
    said = start(tmp_path, "--port", str(next(port for port in range(55_536, 65_536) if is_free(port))))
    assert "Redis port number too high for cluster mode" in said


def test_a_port_that_is_taken_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = start(tmp_path, "--cluster-port", str(taken.getsockname()[1]))
    assert "Failed listening on port" in said and "Traceback" not in said


def test_a_bug_in_the_bus_does_not_end_it(node, dial, monkeypatch):
    from redis_clone.server import clustering

    calls = []

    def fail(*args):
        calls.append(args)
        raise ZeroDivisionError

    monkeypatch.setattr("redis_clone.network.cluster_bus.RETRY_S", 0.01)
    with monkeypatch.context() as patched:
        patched.setattr(clustering, "tick", fail)
        wait_until(lambda: len(calls) > 2)
    connection = dial()
    connection.sendall(encode(Message(messages.PING, STRANGER, flags=1)))
    assert receive(connection).type == messages.PONG
