"""The command trace: the lines that it logs, and the secrets that it leaves out."""

import logging

import pytest
from harness import Client, our_server, wait_until
from tables import for_each

from redis_clone import commands
from redis_clone.command_table.redaction import redacted
from redis_clone.command_table.registry import rename
from redis_clone.network.command_trace import LONGEST, show_bytes, show_command
from redis_clone.protocol.errors import unknown_command
from redis_clone.protocol.replies import encode
from redis_clone.server.state import Client as State
from redis_clone.server.state import Server


@pytest.fixture
def client():
    client = State(Server())
    client.address = "1.2.3.4:5"
    return client


@pytest.fixture
def logged(client, caplog):
    """Returns the messages logged so far, at every level."""
    caplog.set_level(logging.DEBUG, "redis_clone")
    return lambda: [record.getMessage() for record in caplog.records]


@for_each(
    "line, shown",
    [
        (b"GET password", b"GET password"),
        (b"AUTH secret", b"AUTH (redacted)"),
        (b"acl setuser alice >secret", b"acl setuser (redacted) (redacted)"),
        (b"ACL LOG 10", b"ACL LOG 10"),
        (b"CONFIG SET tls-key-file-pass secret", b"CONFIG SET tls-key-file-pass (redacted)"),
        (b"auth user secret", b"auth (redacted) (redacted)"),
        (b"HELLO 3 AUTH user secret SETNAME me", b"HELLO 3 AUTH (redacted) (redacted) SETNAME me"),
        (b"hello 3 setname me auth user secret", b"hello 3 setname me auth (redacted) (redacted)"),
        (b"HELLO 3", b"HELLO 3"),
        (b"CONFIG SET requirepass secret", b"CONFIG SET requirepass (redacted)"),
        (b"config set maxclients 5 RequirePass secret", b"config set maxclients 5 RequirePass (redacted)"),
        (b"CONFIG SET maxclients requirepass", b"CONFIG SET maxclients requirepass"),
        (b"CONFIG GET requirepass", b"CONFIG GET requirepass"),
        (b"CONFIG SET masterauth a masteruser b", b"CONFIG SET masterauth (redacted) masteruser (redacted)"),
        (b"CONFIG SET tls-key-file-pass a", b"CONFIG SET tls-key-file-pass (redacted)"),
        (b"ACL SETUSER ada on >secret", b"ACL SETUSER (redacted) (redacted) (redacted)"),
        (b"ACL LIST", b"ACL LIST"),
        (b"MIGRATE h 1 auth 0 9 AUTH secret", b"MIGRATE h 1 auth 0 9 AUTH (redacted)"),
        (
            b"migrate h 1 k 0 9 copy auth2 ada s keys a",
            b"migrate h 1 k 0 9 copy auth2 (redacted) (redacted) keys a",
        ),
        (b"MIGRATE h 1 k 0 9 AUTH a AUTH b", b"MIGRATE h 1 k 0 9 AUTH (redacted) AUTH (redacted)"),
        (b"MIGRATE h 1 k 0 9 KEYS auth k", b"MIGRATE h 1 k 0 9 KEYS auth k"),
        (b"AUTH", b"AUTH"),
        (b"CONFIG SET requirepass", b"CONFIG SET requirepass"),
    ],
)
def test_secrets_of_a_command_are_redacted(line, shown):
    assert redacted(line.split()) == shown.split()


@pytest.mark.parametrize(
    "line, is_shown",
    [
        (b"CONFIG GET require*", False),
        (b"config get port *", False),
        (b"CONFIG GET master[a]uth", False),
        (b"CONFIG GET port", True),
        (b"GET *", True),
    ],
)
def test_a_reply_with_a_password_is_not_logged(logged, client, line, is_shown):
    show_command(client, line.split(), b"$6\r\nsecret\r\n")
    [message] = logged()
    assert message.endswith(r"-> $6\r\nsecret\r\n" if is_shown else "-> (redacted)")


@pytest.mark.parametrize(
    "line",
    [
        b"MIGRATE h 1 k 0 9 AUTH secret",
        b"HELLO 3 AUTH me secret",
        b"ACL SETUSER me on secret",  # which is no rule, so the error quotes it
        b"AUTH secret",
    ],
)
def test_an_error_that_quotes_a_password_is_not_logged(logged, client, line):
    argv = line.split()
    show_command(client, argv, encode(unknown_command(argv)))
    show_command(client, argv, encode(unknown_command([*argv[:1], b"x" * 123, b"secret"])))  # cut: 'secr
    assert len(logged()) == 2 and "secr" not in "".join(logged())


def test_an_error_that_quotes_no_password_is_logged(logged, client):
    show_command(client, [b"AUTH", b"secret"], b"-WRONGPASS invalid username-password pair\r\n")
    assert logged()[0].endswith(r"-> -WRONGPASS invalid username-password pair\r\n")


def test_the_password_of_a_renamed_command_is_redacted(command):
    commands.load()
    rename("AUTH", "LOGIN")
    rename("ACL", "")
    assert redacted([b"login", b"me", b"secret"]) == [b"login", b"(redacted)", b"(redacted)"]
    assert redacted([b"AUTH", b"secret"]) == [b"AUTH", b"(redacted)"]  # as people type it all the same
    assert redacted([b"acl", b"setuser", b"me", b">x"]) == [b"acl", b"setuser", b"(redacted)", b"(redacted)"]


def test_a_command_is_logged_with_its_connection_database_thread_and_reply(logged, client):
    show_command(client, [b"SET", b"a", b"\xff \n"], b"+OK\r\n")
    assert logged() == [r'[1.2.3.4:5 db0 MainThread] "SET" "a" "\xff \n" -> +OK\r\n']


def test_bytes_are_logged_with_their_direction_and_the_end_of_the_connection_too(logged, client):
    show_bytes(client, "<", b"PING\r\n")
    show_bytes(client, ">", b"+PONG\r\n")
    show_bytes(client, "<", b"")
    assert logged() == [r"[1.2.3.4:5] < PING\r\n", r"[1.2.3.4:5] > +PONG\r\n", "[1.2.3.4:5] < (end)"]


def test_long_commands_and_replies_are_cut(logged, client):
    show_command(client, [b"SET", b"x" * 10_000_000], b"$" + b"\x00" * 10_000_000)
    show_command(client, [b"DEL", *[b"x"] * 10_000], b":0\r\n")
    for message in logged():
        assert len(message) < 3 * LONGEST and "..." in message


def test_the_log_level_debug_logs_every_command_and_no_password(logged):
    with our_server(requirepass="secret", loglevel="debug") as address:
        client = Client(address)
        client("AUTH secret")
        client("SET a 1")
        client("CONFIG SET requirepass other-secret")
        client("CONFIG GET *")
        client("AUTH default other-secret")
        client("HELLO 3 AUTH default other-secret")
        client.close()
    log = "\n".join(logged())
    assert '"SET" "a" "1" -> +OK' in log and '"AUTH" "(redacted)" -> +OK' in log
    assert "secret" not in log


def test_trace_logs_the_bytes_of_every_connection(logged):
    with our_server(trace="yes") as address:
        client = Client(address)
        client("PING")
        client.close()
        wait_until(lambda: any("(end)" in message for message in logged()))
    shown = [message.partition("] ")[2] for message in logged()]
    assert shown[:3] == [r"< *1\r\n$4\r\nPING\r\n", r"> +PONG\r\n", "< (end)"]
