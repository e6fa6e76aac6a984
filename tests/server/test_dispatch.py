"""The one way of a command, without a socket: the checks, the call, and what follows from a change."""

import ast

import pytest
from harness import REPOSITORY

from redis_clone import commands
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server

commands.load()


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def client(server):
    return Client(server)


def run(client, line):
    return execute(client, line.encode().split())


def error(line):
    return encode(RedisError(line))


# The checks.


def test_the_checks_are_asked_in_redis_own_order(server, client, command):
    command("PRIVATE", lambda client: "ran", flags="no_multi")
    server.users.set_default_password("secret")
    client.authenticated = False
    client.transaction.begin()
    client.subscriptions.channels[b"news"] = None
    client.output_buffer.takes_pushes = True
    assert run(client, "NONSENSE").startswith(b"-ERR unknown command")
    assert run(client, "GET too many").startswith(b"-ERR wrong number of arguments")
    assert run(client, "PRIVATE") == error("NOAUTH Authentication required.")
    client.authenticated = True
    assert run(client, "PRIVATE") == error("ERR Command not allowed inside a transaction")
    client.transaction.end()
    assert run(client, "PRIVATE").startswith(b"-ERR Can't execute 'private': only (P|S)SUBSCRIBE")
    client.protocol = 3
    assert run(client, "PRIVATE") == b"$3\r\nran\r\n"


def test_a_command_that_needs_no_password_runs_without_one(server, client, command):
    command("HELLOTHERE", lambda client: 1, flags="no_auth")
    client.authenticated = False
    assert run(client, "HELLOTHERE") == b":1\r\n"


def test_a_rejected_command_does_not_run_and_is_counted_as_an_error(server, client, command):
    ran = []
    command("SPY", lambda client: ran.append("SPY"), flags="no_multi")
    client.transaction.begin()
    run(client, "SPY")
    run(client, "NONSENSE")
    assert not ran and client.transaction.dirty_exec
    assert server.command_stats.calls == 0 and server.stats.error_counts == {"ERR": 2}


def test_only_dispatch_calls_the_function_of_a_command():
    """The command table names it too, to read its docstring and its signature."""
    for path in REPOSITORY.glob("redis_clone/**/*.py"):
        reads = {
            ast.unparse(node)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Attribute) and node.attr == "function"
        }
        assert not reads or path.name in ("dispatch.py", "registry.py"), f"{path.name}: {reads}"


# What follows a change.


def test_the_changes_of_a_command_that_fails_are_counted_and_then_forgotten(server, client, command):
    def fail(client):
        client.db.update(b"a", b"1", "set")
        raise RedisError("ERR half done")

    command("FAIL", fail)
    assert run(client, "FAIL") == error("ERR half done")
    assert server.dataset.dirty == 1 and server.changes == []
    assert server.stats.error_counts == {"ERR": 1}
