"""Connections come and go, without a socket."""

from threading import current_thread

import pytest
from harness import RecordedLock

from redis_clone import commands
from redis_clone.protocol.errors import RedisError
from redis_clone.server.clients import accept_client, close_all_clients, free_client
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

commands.load()


@pytest.fixture
def events():
    """What happened, in order."""
    return []


@pytest.fixture
def server(events):
    return Server(lock=RecordedLock(events))


@pytest.fixture
def client(server):
    return Client(server)


def run(client, line):
    return execute(client, line.encode().split())


def test_clients_are_numbered_as_they_come_and_counted(server):
    clients = [Client(server) for _ in range(3)]
    for each in clients:
        accept_client(each)
    assert [each.id for each in clients] == [1, 2, 3] and list(server.clients.values()) == clients
    assert server.stats.connections_received == 3


def test_one_client_too_many_is_rejected_until_another_one_leaves(server):
    server.config.set_all({"maxclients": "1"})
    first, second = Client(server), Client(server)
    accept_client(first)
    with pytest.raises(RedisError) as caught:
        accept_client(second)
    assert caught.value == RedisError("ERR max number of clients reached")
    assert server.stats.connections_rejected == 1 and server.stats.connections_received == 1
    free_client(first)
    accept_client(second)
    assert list(server.clients.values()) == [second]


def test_a_client_that_leaves_leaves_nothing_behind_but_its_statistics(server, client):
    accept_client(client)
    for line in ("WATCH a", "SUBSCRIBE news", "PSUBSCRIBE n*"):
        run(client, line)
    client.input_bytes, client.output_bytes = 10, 20
    free_client(client)
    assert server.clients == {} and server.databases[0].versions == {}
    assert len(server.pubsub.channels) == len(server.pubsub.patterns) == 0
    assert (server.stats.input_bytes, server.stats.output_bytes) == (10, 20)


def test_at_shutdown_every_client_is_ordered_to_close_and_its_thread_is_returned(server, events):
    clients = [Client(server) for _ in range(2)]
    for number, each in enumerate(clients):
        accept_client(each)
        each.output_buffer.wake = lambda number=number: events.append(number)
    events.clear()
    assert close_all_clients(server) == [current_thread()] * 2
    assert all(each.output_buffer.close_after_reply for each in clients)
    assert events == ["taken", "given back", 0, 1]
