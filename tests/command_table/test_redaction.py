"""No password where commands are shown: the log, MONITOR, the slow log, the client's history."""

import re

import pytest

from redis_clone import commands
from redis_clone.command_table.redaction import REDACTED, SECRET_PARAMETERS, redacted
from redis_clone.command_table.registry import TABLE
from redis_clone.config.parameters import PARAMETERS

SECRETS = {b"password", b"rule"}  # as the manual calls what nobody else should see

commands.load()


def every_argument(syntax: str) -> list[bytes]:
    """A command with all that its manual page says it may have: AUTH username password."""
    return re.sub(r"[][<>|]|\.\.\.", " ", syntax).encode().split()


SPECS = [spec for parent in TABLE.values() for spec in (parent, *parent.subcommands.values())]
WITH_SECRETS = [
    words for spec in SPECS if (words := every_argument(spec.page.syntax)) and not SECRETS.isdisjoint(words)
]


def test_the_manual_knows_of_commands_with_passwords() -> None:
    assert sorted(words[0] for words in WITH_SECRETS) == [b"ACL", b"AUTH", b"HELLO"]


@pytest.mark.parametrize("words", WITH_SECRETS, ids=lambda words: words[0].decode())
def test_a_command_whose_manual_speaks_of_a_password_is_shown_without_it(words: list[bytes]) -> None:
    shown = redacted(words)
    assert len(shown) == len(words) and SECRETS.isdisjoint(shown)
    assert REDACTED in redacted([word.lower() for word in words])


@pytest.mark.parametrize(
    "name", sorted(name for name in PARAMETERS if re.search(r"pass$|^masterauth$|^masteruser$", name))
)
def test_a_parameter_that_is_a_password_is_shown_without_it(name: str) -> None:
    assert name.encode() in SECRET_PARAMETERS
    shown = redacted([b"CONFIG", b"SET", b"hz", b"20", name.upper().encode(), b"tiger"])
    assert shown == [b"CONFIG", b"SET", b"hz", b"20", name.upper().encode(), REDACTED]


def test_what_has_no_secret_is_shown_as_it_is() -> None:
    for words in ([b"SET", b"password", b"tiger"], [b"ACL", b"WHOAMI"], [b"CONFIG", b"GET", b"requirepass"]):
        assert redacted(words) is words
