"""The command line of the client."""

import re

import pytest
from client_harness import has_redis_cli, run_real

from redis_clone.client.command_line import ONLY_IN_REDIS_CLI, OPTIONS, Leave, help_text, parse
from redis_clone.client.connection import Address
from redis_clone.client.options import Options


def leave(*arguments: str) -> tuple[str, int]:
    with pytest.raises(Leave) as left:
        parse(arguments)
    return left.value.text, left.value.code


def test_without_arguments_the_client_asks_at_the_usual_place() -> None:
    options, bare = parse([], to_terminal=True), Options()
    assert (options.address, options.form, options.command) == (bare.address, bare.form, [])
    assert options.with_tables and not options.mode
    assert parse([]).address == Address("127.0.0.1", 6379)


def test_all_behind_the_first_word_belongs_to_the_command() -> None:
    options = parse(["-n", "2", "SET", "-n", "--raw"])
    assert options.command == [b"SET", b"-n", b"--raw"]
    assert (options.database, options.form) == (2, "pretty")


def test_replies_are_raw_when_the_output_is_no_terminal_unless_told_otherwise() -> None:
    assert parse([], to_terminal=False).form == "raw"
    assert parse(["--no-raw"], to_terminal=False).form == "pretty"
    assert parse(["--raw", "--csv"]).form == "csv"


def test_the_password_of_the_command_line_goes_before_that_of_the_environment() -> None:
    variables = {"REDISCLI_AUTH": "from the environment"}
    silent, typed = parse([], variables), parse(["-a", "typed"], variables)
    assert (silent.password, silent.password_was_typed) == ("from the environment", False)
    assert (typed.password, typed.password_was_typed) == ("typed", True)


URIS = [
    ("redis://", "127.0.0.1", 6379, None, None, 0),
    ("redis://localhost", "localhost", 6379, None, None, 0),
    ("redis://127.0.0.1:7000/4", "127.0.0.1", 7000, None, None, 4),
    ("redis://u%40:p%3A@h:1/", "h", 1, "u@", "p:", 0),
    ("redis://:secret@h", "h", 6379, None, "secret", 0),
    ("redis://secret@h", "h", 6379, None, "secret", 0),
    ("redis://[::1]:7000", "::1", 7000, None, None, 0),
]


def test_a_uri_names_all_at_once() -> None:
    parsed = []
    for uri, *_ in URIS:
        options = parse(["-u", uri])
        place, login = (options.host, options.port), (options.user, options.password)
        parsed.append((uri, *place, *login, options.database))
    assert parsed == URIS


def test_an_unknown_option_or_a_missing_value_is_named() -> None:
    for line in ("--foo", "-p", "-", "--", "-hx", "-n x", "-i nan"):
        name, *value = line.split()
        assert leave(name, *value) == (f"Unrecognized option or bad number of args for: '{name}'", 1), line


def test_what_contradicts_itself_is_refused() -> None:
    assert leave("-2", "-3") == ("Options -2 and -3 are mutually exclusive.", 1)
    assert leave("-u", "http://h") == ("Invalid URI scheme", 1)
    assert leave("-p", "65536") == leave("-p", "x") == ("Invalid server port.", 1)


def test_an_option_that_only_redis_cli_has_is_answered_with_where_to_find_it() -> None:
    assert leave("--bigkeys", "-n", "2") == (
        "This client has no option --bigkeys: use redis-cli, which works with this server too.",
        1,
    )
    assert not ONLY_IN_REDIS_CLI & OPTIONS.keys()


@has_redis_cli
def test_every_option_of_redis_cli_is_here_or_said_to_be_there() -> None:
    text = run_real("--help").stdout.decode()
    if not text.startswith("redis-cli 7."):
        pytest.skip("the table is of the options of Redis 7")
    words = re.findall(r"^ {1,2}(--?[\w-]+)", text, re.MULTILINE)
    assert len(words) > 50
    assert [word for word in words if word not in ONLY_IN_REDIS_CLI and word not in OPTIONS] == []


def test_a_mode_is_named_by_its_option() -> None:
    assert parse(["--scan", "--pattern", "a*", "--count", "5"]).mode == "scan"
    evaluating = parse(["-e", "--eval", "x.lua", "k", ",", "a"])
    assert (evaluating.mode, evaluating.script, evaluating.command) == ("eval", "x.lua", [b"k", b",", b"a"])
    assert evaluating.fail_on_error_reply


def test_help_has_a_line_for_each_option() -> None:
    assert leave("--help") == leave("-h") == (help_text(), 0)
    for name in OPTIONS:
        assert f"\n  {name} " in help_text()
    assert leave("--version")[0].startswith("client.py ")
