"""Fixtures.  A test that asks for `redis` runs twice: against our server, and against the real one.

So a test is a checked statement about Redis before it is a test of our server.  Where redis-server is not
installed, the second run is skipped.
"""

import gc
import os
import signal
import tempfile

import harness
import pytest
from harness import Client, has_real_server, our_server, real_server, wait_until


def pytest_configure(config):
    """Choose the servers that are asked, and prepare what the programs that tests start inherit."""
    harness.asks_real_server = not config.getoption("--ours")
    # Collected tests live to the end, so the garbage collector need not look at them again and again.
    gc.set_threshold(100_000, 50, 1000)
    for name in (
        "PYTEST_ADDOPTS",
        "PYTEST_XDIST_WORKER",
    ):  # were read by now; a test may start another pytest
        os.environ.pop(name, None)
    # A shell that starts the tests in the background has Ctrl-C ignored, for their programs too.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Without stored bytecode each of a few hundred programs would compile all our modules.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        folder = tempfile.TemporaryDirectory()
        config.add_cleanup(folder.cleanup)
        os.environ["PYTHONPYCACHEPREFIX"] = folder.name


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="run the slow tests too")
    parser.addoption("--ours", action="store_true", help="ask our server alone, as where no redis-server is")
    parser.addoption("--examples", type=int, help="how many random conversations tests/differential tries")
    parser.addoption("--seed", type=int, default=0, help="of those conversations: another one makes others")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--slow"):
        skip = pytest.mark.skip(reason="slow: run with --slow")
        for item in items:
            if "slow" in item.keywords:
                item.add_marker(skip)


def pytest_collection_finish():
    gc.freeze()  # a test that collects garbage need not look at all the others


def pytest_sessionfinish():
    gc.freeze()  # the process ends, so nobody need look for garbage among the tests once more


@pytest.fixture(scope="session")
def our_address(tmp_path_factory):
    with our_server(dir=str(tmp_path_factory.mktemp("ours"))) as address:
        yield address


@pytest.fixture(scope="session")
def real_address(tmp_path_factory):
    if not has_real_server():
        pytest.skip("needs redis-server")
    with real_server(tmp_path_factory.mktemp("real")) as address:
        yield address


@pytest.fixture(params=["ours", "real"])
def address(request):
    """The address of a server without any keys, ours and then the real one.

    Where a test makes clients, the first of them removes the keys, which saves a connection for each test.
    """
    address = request.getfixturevalue("our_address" if request.param == "ours" else "real_address")
    if "connect" not in request.fixturenames:
        client = Client(address)
        client("FLUSHALL")
        client.leave()
    return address


@pytest.fixture
def connect(address):
    """Makes clients: connect() speaks RESP2, connect(3) RESP3."""
    clients = []

    def make(protocol=2):
        client = Client(address)
        if not clients:
            client("FLUSHALL")
        clients.append(client)
        if protocol == 3:
            client("HELLO 3")
        return client

    yield make
    for client in clients:
        client.leave()


@pytest.fixture
def redis(connect):
    return connect()


@pytest.fixture
def other(connect):
    """A second client of the same server."""
    return connect()


@pytest.fixture
def alone(redis):
    """Waits until the clients of the previous test have left, so that `redis` is the only one."""
    wait_until(lambda: redis("CLIENT LIST").count(b"\n") == 1)


@pytest.fixture
def both(our_address, real_address):
    """Sends a command to both servers: returns our reply and the real one's."""
    clients = [Client(our_address), Client(real_address)]

    def ask(*arguments):
        for client in clients:
            client.send(*arguments)
        return [client.read() for client in clients]

    yield ask
    for client in clients:
        client.close()


@pytest.fixture
def redis3(connect):
    """A client that speaks RESP3."""
    return connect(3)


@pytest.fixture
def command():
    """Adds a command to the table for one test."""
    # Imported here, because the first chapters of the course have no table yet.
    from redis_clone.command_table import registry

    tables = (registry.TABLE, registry.CALLED, registry._BY_BYTES)
    before = [dict(table) for table in tables]

    def add(name, function, flags=""):
        registry.command_group("generic")(name, arity=-1, flags=flags)(function)

    yield add
    for table, commands in zip(tables, before, strict=True):
        table.clear()
        table.update(commands)
