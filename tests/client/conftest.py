"""Servers for the tests of the client: a real one where it is installed, and a fake one with a script."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from client_harness import FakeServer, RealServer


@pytest.fixture
def fake_server() -> Iterator[Callable[..., FakeServer]]:
    servers: list[FakeServer] = []

    def start(*replies: bytes) -> FakeServer:
        servers.append(FakeServer(replies))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server to talk to")
    server = RealServer(tmp_path_factory.mktemp("redis") / "redis.sock")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server: RealServer) -> RealServer:
    """A running server that holds nothing."""
    shared_server.ask("FLUSHALL")
    return shared_server
