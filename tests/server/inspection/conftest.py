"""Fixtures: a server in this process whose parts the tests look at."""

import pytest
from harness import Client, our_server

from redis_clone.network import server as network_server


@pytest.fixture
def running(monkeypatch):
    """The state of a running server, and its address."""
    states = []
    prepare = network_server.prepare
    monkeypatch.setattr(network_server, "prepare", lambda state: (states.append(state), prepare(state)))
    with our_server() as address:
        yield states[0], address


@pytest.fixture
def state(running):
    return running[0]


@pytest.fixture
def client_of(running):
    """Makes clients of the server."""
    clients = []

    def make():
        clients.append(Client(running[1]))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def redis(client_of):
    return client_of()
