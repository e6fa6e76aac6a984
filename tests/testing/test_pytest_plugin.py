"""The pytest plugin, as a user's project has it: pytest runs in a folder of its own, far from our tests."""

import os
import subprocess
import sys

import pytest
from harness import REPOSITORY

from redis_clone.testing import running_server

PLUGIN = ["-p", "redis_clone.testing.pytest_plugin"]
TESTS = """
import socket
import sys
from urllib.parse import urlsplit

def ask(url, *lines):
    parts = urlsplit(url)
    login = [f"AUTH {parts.password}"] if parts.password else []
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        for line in [*login, f"SELECT {parts.path[1:]}", *lines]:
            connection.sendall(line.encode() + b"\\r\\n")
            reply = connection.recv(1000).decode().strip()
    return reply

def test_nothing_of_the_server_is_imported_before_it_is_asked_for():
    assert "redis_clone.server" not in sys.modules and "redis_clone.network" not in sys.modules

def test_one(redis_url):
    assert ask(redis_url, "DBSIZE") == ":0"
    assert ask(redis_url, "SET key 1") == "+OK"

def test_the_next_one_finds_nothing_of_it(redis_url):
    assert ask(redis_url, "DBSIZE") == ":0"

def test_the_server_itself(redis_server, redis_url):
    ask(redis_url, "SET key 1 EX 10")
    assert redis_server.url == redis_url and redis_server.keys() == [b"key"]
    redis_server.advance(10)
    assert ask(redis_url, "GET key") == "$-1"
"""
CLUSTER = """
def test_one(redis_cluster, redis_cluster_url):
    master = redis_cluster.master_of("key")
    assert master.execute("SET", "key", 1) == "OK" and redis_cluster_url in redis_cluster.urls
    redis_cluster.kill(master)

def test_the_next_one_finds_nothing_of_it(redis_cluster, redis_cluster_url):
    assert len(redis_cluster.running) == 6 and redis_cluster.master_of("key").keys() == []
"""
PARAMETERS = """
def test_the_parameters(redis_server):
    assert redis_server.execute("CONFIG", "GET", "maxmemory-p*") == {b"maxmemory-policy": b"allkeys-lfu"}
    assert redis_server.execute("CONFIG", "GET", "save") == {b"save": b"100 10"}
"""


@pytest.fixture
def run_pytest(tmp_path):
    """Runs pytest in an empty folder with one test file; returns its exit code and what it printed."""

    def run(*arguments, tests=TESTS, ini="", plugin=PLUGIN):
        (tmp_path / "test_project.py").write_text(tests)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}")
        # Other plugins that are installed here are no part of the claim, and xdist is, where it is asked for.
        environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *plugin, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert {path.name for path in tmp_path.iterdir()} <= {"test_project.py", "pytest.ini", "__pycache__"}
        return done.returncode, done.stdout + done.stderr

    return run


def test_each_test_has_an_empty_server(run_pytest):
    code, shown = run_pytest()
    assert code == 0 and "4 passed" in shown, shown


@pytest.mark.slow
def test_each_test_has_a_cluster_as_after_its_start(run_pytest):
    code, shown = run_pytest(tests=CLUSTER)
    assert code == 0 and "2 passed" in shown, shown
    code, shown = run_pytest("--redis-url", "redis://127.0.0.1:1/0", tests=CLUSTER)
    assert code == 0 and "2 skipped" in shown, shown


@pytest.mark.slow
def test_parameters_stand_in_the_configuration_of_pytest(run_pytest):
    lines = "redis_parameters =\n    maxmemory-policy allkeys-lfu\n    save 100 10\n"
    code, shown = run_pytest(tests=PARAMETERS, ini=lines)
    assert code == 0 and "1 passed" in shown, shown


@pytest.mark.slow
def test_a_server_that_runs_already_is_emptied_and_asked(run_pytest):
    with running_server(requirepass="secret") as existing:
        for db in (0, 3):
            existing.execute("SET", "old", 1, db=db)
        url = existing.url.removesuffix("/0") + "/3"
        code, shown = run_pytest("--redis-url", url)
        assert code == 0 and "3 passed, 1 skipped" in shown, shown
        assert existing.keys() == [b"old"] and existing.keys(db=3) == []


@pytest.mark.slow
def test_a_server_that_cannot_be_asked_is_an_error_that_names_it(run_pytest):
    with running_server() as server:
        gone = server.url
    for url in (gone, "http://example.com", "redis://127.0.0.1:port"):
        code, shown = run_pytest("--redis-url", url, "-k", "test_one")
        assert code == 1 and f"--redis-url {url}: " in shown, shown


@pytest.mark.slow
def test_each_worker_of_xdist_has_a_server_of_its_own(run_pytest):
    pytest.importorskip("xdist")
    code, shown = run_pytest("-n", "2", "-p", "xdist.plugin")
    assert code == 0 and "4 passed" in shown, shown
    with running_server() as existing:
        code, shown = run_pytest("-n", "2", "-p", "xdist.plugin", "--redis-url", existing.url)
        assert code == 1 and "would empty one database in turn" in shown, shown


def test_our_own_tests_run_without_the_plugin(pytestconfig):
    """An installed copy of it would bring an installed redis_clone, and the tests would ask that one."""
    assert "no:redis_clone" in pytestconfig.getini("addopts")
    assert not pytestconfig.pluginmanager.has_plugin("redis_clone")
