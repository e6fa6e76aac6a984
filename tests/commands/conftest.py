"""Fixtures for commands that change the whole server, which the other tests share."""

import pytest
from harness import Client, has_real_server, our_server, real_server


@pytest.fixture(params=["ours", "real"])
def connect_own(request, tmp_path):
    """Connects to a server of the test's own, whose configuration it may change."""
    if request.param == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    clients = []
    with our_server() if request.param == "ours" else real_server(tmp_path) as address:

        def make(protocol=2):
            clients.append(Client(address))
            if protocol == 3:
                clients[-1]("HELLO 3")
            return clients[-1]

        yield make
        for client in clients:
            client.close()


@pytest.fixture
def own(connect_own):
    return connect_own()
