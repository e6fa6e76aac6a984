"""Redaction of passwords where commands are shown: the log, MONITOR, the slow log, the client's history."""

import re

import pytest

from redis_clone import commands
from redis_clone.command_table.redaction import REDACTED, SECRET_PARAMETERS, redacted, reply_has_secret
from redis_clone.command_table.registry import TABLE
from redis_clone.config.parameters import PARAMETERS

SECRETS = {b"password", b"rule"}  # the names of secret arguments in the manual

commands.load()


def every_argument(syntax: str) -> list[bytes]:
    """A command with all arguments of its manual page: AUTH username password."""
    return re.sub(r"[][<>|]|\.\.\.", " ", syntax).encode().split()


SPECS = [spec for parent in TABLE.values() for spec in (parent, *parent.subcommands.values())]
WITH_SECRETS = [
    argv for spec in SPECS if (argv := every_argument(spec.page.syntax)) and not SECRETS.isdisjoint(argv)
]


def test_the_manual_knows_of_commands_with_passwords() -> None:
    assert sorted(argv[0] for argv in WITH_SECRETS) == [b"ACL", b"AUTH", b"HELLO", b"MIGRATE"]


@pytest.mark.parametrize("argv", WITH_SECRETS, ids=lambda argv: argv[0].decode())
def test_a_command_whose_manual_names_a_password_is_shown_without_it(argv: list[bytes]) -> None:
    shown = redacted(argv)
    assert len(shown) == len(argv) and SECRETS.isdisjoint(shown)
    assert REDACTED in redacted([argument.lower() for argument in argv])


@pytest.mark.parametrize(
    "name", sorted(name for name in PARAMETERS if re.search(r"pass$|^masterauth$|^masteruser$", name))
)
def test_a_parameter_that_is_a_password_is_shown_without_it(name: str) -> None:
    assert name.encode() in SECRET_PARAMETERS
    shown = redacted([b"CONFIG", b"SET", b"hz", b"20", name.upper().encode(), b"tiger"])
    assert shown == [b"CONFIG", b"SET", b"hz", b"20", name.upper().encode(), REDACTED]


def test_a_command_without_secrets_is_shown_as_it_is() -> None:
    for argv in ([b"SET", b"password", b"tiger"], [b"ACL", b"WHOAMI"], [b"CONFIG", b"GET", b"requirepass"]):
        assert redacted(argv) is argv


def test_the_reply_of_a_transaction_may_have_a_password_too() -> None:
    reply = b"*1\r\n*2\r\n$11\r\nrequirepass\r\n$6\r\nsecret\r\n"
    assert reply_has_secret(reply, [b"exec"])
    assert not reply_has_secret(b"*1\r\n$4\r\nsoup\r\n", [b"EXEC"])
    assert not reply_has_secret(b"$11\r\nrequirepass\r\n", [b"GET", b"x"])
