"""A server that was just started has imported what it uses, and nothing else.

Each of these costs milliseconds, and some of them megabytes; what needs one imports it when it is needed.
"""

import subprocess
import sys

import pytest
from harness import REPOSITORY

# -S: a site-packages folder may import what it likes at the start of every Python.
STARTED = """
import sys
from redis_clone.network.server import Network
from redis_clone.network import program
from redis_clone.config.values import Config
from redis_clone.server.state import Server

config = Config()
program.read_command_line(config, ["--port", "0", "--save", "", *sys.argv[1:]])
with Network(Server(config=config)):
    print(*sys.modules)
"""
HEAVY = {
    "dataclasses": "each of them costs a millisecond of exec, and they bring inspect",
    "inspect": "it brings ast, dis and tokenize",
    "pkgutil": "it imports inspect when it lists a package",
    "ssl": "for TLS alone",
    "_hashlib": "OpenSSL, for passwords and scripts",
    "secrets": "os.urandom is enough",
    "json": "Lua's cjson is written by hand",
    "lupa": "for scripts alone",
    "redis_clone.features.scripting.interpreter": "for scripts alone",
    "pathlib": "os.path is there anyway",
    "tempfile": "for CONFIG REWRITE alone",
    "shutil": "for CONFIG REWRITE alone",
    "platform": "for INFO alone",
    "pickle": "logging.handlers brings it, for syslog alone",
    "glob": "for a redis.conf whose path is a pattern alone",
    "redis_clone.features.persistence.aof_check": "for --check-aof alone",
    "redis_clone.features.persistence.rdb_check": "for --check-rdb alone",
    "tabulate": "for the client and the benchmark",
    "argparse": "for the client and the benchmark",
    "asyncio": "we have threads",
    "email": "http and urllib bring it",
    "unittest": "for tests alone",
    "redis_clone.client": "another program",
    "redis_clone.benchmark": "another program",
}


def imported(*words):
    done = subprocess.run(
        [sys.executable, "-S", "-c", STARTED, *words],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.fixture(scope="module")
def fresh():
    return imported()


@pytest.mark.parametrize("name", HEAVY)
def test_a_fresh_server_has_not_imported(fresh, name):
    assert name not in fresh, HEAVY[name]


def test_a_fresh_server_has_all_its_commands(fresh):
    names = {path.stem for path in (REPOSITORY / "redis_clone" / "commands").glob("[a-z]*.py")}
    assert {f"redis_clone.commands.{name}" for name in names} <= fresh


def test_a_password_is_what_brings_hashing():
    assert "_hashlib" in imported("--requirepass", "secret")
