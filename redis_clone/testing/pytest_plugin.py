"""The pytest plugin: a Redis for an application's tests; pytest finds it once the package is installed.

    redis_server   the server of this test run, started at first need (testing/running.py)
    redis_url      its URL, after everything in it was undone: each test begins with an empty server

    redis_cluster       a cluster of three masters with a replica each (testing/cluster.py)
    redis_cluster_url   the URL of one of its nodes, after everything in the cluster was undone

    pytest --redis-url redis://localhost:6379/15    asks a server of yours instead; the database is emptied
    redis_parameters = maxmemory 10mb               in pytest's configuration: lines of redis.conf

Each worker of pytest-xdist has a server of its own.  This module imports nothing of ours before a test asks
for a server, so that other test runs do not pay for it.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from redis_clone.testing.cluster import RunningCluster
    from redis_clone.testing.running import RunningServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("redis_clone").addoption(
        "--redis-url",
        metavar="URL",
        help="a running server for the fixture redis_url, which EMPTIES its database before each test",
    )
    parser.addini("redis_parameters", "lines of redis.conf for the fixture redis_server", type="linelist")


@pytest.fixture(scope="session")
def redis_server(request: pytest.FixtureRequest) -> "Iterator[RunningServer]":
    """The server of this test run: a RunningServer, with its clock, its rules and its looks at the data.

    It is not emptied between tests, unless they ask for redis_url too.  With --redis-url tests that ask for
    it are skipped, for no other server can do this.
    """
    _skip_for_other_servers(request)
    from redis_clone.testing import running_server

    with running_server(**_parameters(request)) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster(request: pytest.FixtureRequest) -> "Iterator[RunningCluster]":
    """The cluster of this test run, started at first need: three masters with a replica each.

    It is not emptied between tests, unless they ask for redis_cluster_url too.
    """
    _skip_for_other_servers(request)
    from redis_clone.testing import running_cluster

    with running_cluster(**_parameters(request)) as cluster:
        yield cluster


def _skip_for_other_servers(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--redis-url"):
        pytest.skip("needs a server of redis_clone, and --redis-url names another one")


def _parameters(request: pytest.FixtureRequest) -> dict[str, Any]:
    lines = [line.partition(" ") for line in request.config.getini("redis_parameters")]
    return {name: value.strip() for name, _, value in lines}


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty server: what earlier tests did to it is undone."""
    url: str | None = request.config.getoption("--redis-url")
    if url:
        _empty(url)
        return url
    server: RunningServer = request.getfixturevalue("redis_server")
    server.reset()
    return server.url


@pytest.fixture
def redis_cluster_url(redis_cluster: "RunningCluster") -> str:
    """The URL of a node of an empty cluster: what earlier tests did to it is undone."""
    redis_cluster.reset()
    return redis_cluster.url


def _empty(url: str) -> None:
    """Delete the keys of the database that the URL names."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        raise pytest.UsageError("--redis-url: the workers of pytest-xdist would empty one database in turn")
    from redis_clone.client.command_line import Leave, parse
    from redis_clone.client.dialing import dial_and_greet

    try:
        connection = dial_and_greet(parse(["-u", url], {}))
    except (Leave, ValueError) as problem:
        raise pytest.UsageError(f"--redis-url {url}: {problem}") from None
    if connection is None:  # stderr says why
        raise pytest.UsageError(f"--redis-url {url}: no connection")
    connection.call(b"FLUSHDB")
    connection.close()
