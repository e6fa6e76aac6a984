"""A server and its clients as they are made: what the configuration reaches, what a client begins with."""

import os

import pytest

from redis_clone import logging
from redis_clone.config.values import Config
from redis_clone.protocol.errors import RedisError
from redis_clone.server.state import Client, Server


@pytest.fixture
def server():
    return Server()


def test_there_are_as_many_databases_as_configured():
    config = Config()
    config.set_all({"databases": "3"}, starting=True)
    assert [database.index for database in Server(config=config).databases] == [0, 1, 2]


def test_all_databases_record_their_changes_in_one_list(server):
    server.databases[0].update(b"a", b"1", "set")
    server.databases[9].update(b"b", b"1", "set")
    assert server.changes == [("set", b"a", 0), ("set", b"b", 9)]


@pytest.mark.parametrize(
    "name, text, reached, value",
    [
        ("proto-max-bulk-len", "2mb", lambda server: server.limits.bulk_bytes, 2 * 1024**2),
        ("client-query-buffer-limit", "3mb", lambda server: server.limits.command_bytes, 3 * 1024**2),
        ("requirepass", "secret", lambda server: server.users.default_lets_in, False),
        ("loglevel", "debug", lambda server: server.shows_commands, True),
    ],
)
def test_a_parameter_reaches_the_part_that_it_concerns(server, name, text, reached, value):
    assert reached(server) != value
    server.config.set_all({name: text})
    assert reached(server) == value


def test_a_server_leaves_the_folder_and_the_log_of_its_process_alone(server, tmp_path):
    folder, level = os.getcwd(), logging.log.level
    server.config.set_all({"dir": str(tmp_path), "loglevel": "warning"})
    assert (os.getcwd(), logging.log.level) == (folder, level)


def test_a_folder_that_is_not_there_leaves_everything_as_it_was(server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = server.config["dir"]
    with pytest.raises(RedisError, match="No such file or directory"):
        server.config.set_all({"proto-max-bulk-len": "2mb", "dir": str(tmp_path / "missing")})
    assert server.config["dir"] == before
    assert server.limits.bulk_bytes == server.config["proto-max-bulk-len"] == 512 * 1024**2


@pytest.mark.parametrize("password, lets_in", [("", True), ("secret", False)])
def test_a_client_that_needs_no_password_is_authenticated_from_the_start(server, password, lets_in):
    server.config.set_all({"requirepass": password})
    assert Client(server).authenticated is lets_in


def test_a_client_begins_in_database_0_with_resp2_idle_and_unsubscribed(server):
    client = Client(server)
    assert (client.db.index, client.protocol, client.name) == (0, 2, b"")
    assert not client.transaction.queuing and not client.subscriptions and not client.output_buffer


def test_clients_are_compared_by_identity(server):
    assert Client(server) != Client(server) and len({Client(server), Client(server)}) == 2
