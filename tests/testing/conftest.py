"""Clients of the server inside the tests' own process, which the module's fixture `server` starts."""

import pytest
from harness import Client


@pytest.fixture
def connect(server):
    """Makes clients; they are closed at the end."""
    clients = []

    def make():
        clients.append(Client((server.host, server.port)))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def redis(connect):
    return connect()
