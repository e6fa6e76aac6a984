"""CONFIG GET and CONFIG SET."""

import pytest
from harness import Client, started
from tables import for_each

from redis_clone.protocol.errors import RedisError, wrong_arity

FAILED = "ERR CONFIG SET failed (possibly related to argument '{}') - {}"


@pytest.fixture
def redis(redis):
    """Puts back afterwards what the tests change."""
    names = ("maxclients", "loglevel", "proto-max-bulk-len", "tcp-keepalive")
    before = {name: redis(f"CONFIG GET {name}")[1] for name in names}
    yield redis
    for name, value in before.items():
        redis("CONFIG", "SET", name, value)


def test_config_get_answers_names_and_values(redis):
    assert redis("CONFIG GET databases") == [b"databases", b"16"]
    assert redis("CONFIG GET nothing") == []


def test_config_get_is_a_map_in_resp3(redis3):
    assert redis3("CONFIG GET databases") == {b"databases": b"16"}
    assert redis3("CONFIG GET nothing") == {}


def test_config_get_takes_patterns_in_any_case_and_names_each_parameter_once(redis):
    reply = redis("CONFIG GET loglev* LOG[l]* databases databases")
    found = dict(zip(reply[::2], reply[1::2], strict=True))
    assert found == {b"loglevel": b"notice", b"databases": b"16"} and len(reply) == 4
    everything = redis("CONFIG GET *")
    assert b"maxclients" in everything[::2]
    assert len(set(everything[::2])) == len(everything) // 2


@for_each(
    "name, text, value",
    [
        ("maxclients", "50", b"50"),
        ("MaxClients", "50", b"50"),
        ("loglevel", "WARNING", b"warning"),
        ("proto-max-bulk-len", "2mb", b"2097152"),
        ("proto-max-bulk-len", "2M", b"2000000"),
        ("proto-max-bulk-len", "1073741824b", b"1073741824"),
        ("tcp-keepalive", "0", b"0"),
    ],
)
def test_config_set_changes_a_parameter(redis, name, text, value):
    assert redis("CONFIG", "SET", name, text) == "OK"
    assert redis(f"CONFIG GET {name.lower()}")[1] == value


def test_config_set_takes_effect_at_once(redis, other):
    redis("CONFIG SET proto-max-bulk-len 1mb")
    assert other("SETRANGE k 1048575 x") == 1048576
    assert other("SETRANGE k 1048576 x") == RedisError(
        "ERR string exceeds maximum allowed size (proto-max-bulk-len)"
    )
    redis("CONFIG SET proto-max-bulk-len 2mb")
    assert other("SETRANGE k 1048576 x") == 1048577


def test_config_set_changes_several_at_once(redis):
    assert redis("CONFIG SET maxclients 50 loglevel warning") == "OK"
    assert redis("CONFIG GET maxclients")[1] == b"50"
    assert redis("CONFIG GET loglevel")[1] == b"warning"


@for_each(
    "args, error",
    [
        ("loglevel x nonsense 1", "ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'"),
        ("nonsense 1 nothing 2", "ERR Unknown option or number of arguments for CONFIG SET - 'nonsense'"),
        ("loglevel warning loglevel debug", FAILED.format("loglevel", "duplicate parameter")),
        ("loglevel x loglevel y", FAILED.format("loglevel", "duplicate parameter")),
        ("maxclients x", FAILED.format("maxclients", "argument couldn't be parsed into an integer")),
        ("maxclients ''", FAILED.format("maxclients", "argument couldn't be parsed into an integer")),
        (
            "tcp-keepalive -1",
            FAILED.format("tcp-keepalive", "argument must be between 0 and 2147483647 inclusive"),
        ),
        ("proto-max-bulk-len x", FAILED.format("proto-max-bulk-len", "argument must be a memory value")),
        ("proto-max-bulk-len 1xb", FAILED.format("proto-max-bulk-len", "argument must be a memory value")),
        (
            "proto-max-bulk-len " + "9" * 5000,
            FAILED.format("proto-max-bulk-len", "argument must be a memory value"),
        ),
        (
            "proto-max-bulk-len 1",
            FAILED.format(
                "proto-max-bulk-len", "argument must be between 1048576 and 9223372036854775807 inclusive"
            ),
        ),
        ("databases 5", FAILED.format("databases", "can't set immutable config")),
        ("databases x", FAILED.format("databases", "can't set immutable config")),
        ("maxclients x databases 5", FAILED.format("databases", "can't set immutable config")),
        ("maxclients 50 loglevel loud tcp-keepalive x", None),
    ],
)
def test_config_set_changes_all_or_nothing(redis, args, error):
    before = redis("CONFIG GET maxclients loglevel databases proto-max-bulk-len tcp-keepalive")
    reply = redis(f"CONFIG SET {args}")
    assert isinstance(reply, RedisError) if error is None else reply == RedisError(error)
    reply = redis(f"CONFIG SET maxclients 77 {args}")
    assert isinstance(reply, RedisError)
    assert redis("CONFIG GET maxclients loglevel databases proto-max-bulk-len tcp-keepalive") == before


def test_config_needs_a_subcommand_with_all_its_arguments(redis):
    assert redis("CONFIG") == wrong_arity("config")
    assert redis("CONFIG NONSENSE") == RedisError("ERR unknown subcommand 'NONSENSE'. Try CONFIG HELP.")
    assert redis("CONFIG GET") == wrong_arity("config|get")
    assert redis("CONFIG SET maxclients") == wrong_arity("config|set")
    assert redis("CONFIG SET maxclients 50 loglevel") == RedisError("ERR syntax error")
    assert redis("CONFIG HELP")[0].startswith("CONFIG <subcommand>")


# CONFIG REWRITE.


def test_a_server_that_was_started_without_a_file_has_nothing_to_rewrite(redis):
    assert redis("CONFIG REWRITE") == RedisError("ERR The server is running without a config file")
    assert redis("CONFIG REWRITE now") == wrong_arity("config|rewrite")


def test_config_rewrite_puts_into_the_file_what_config_set_changed(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text("# mine\nmaxclients 7\n")
    with started(str(path)) as (_, port):
        client = Client(("127.0.0.1", port))
        assert client("CONFIG SET maxclients 8 tcp-keepalive 9") == "OK"
        assert client("CONFIG REWRITE") == "OK"
        client.close()
    lines = path.read_text().splitlines()
    assert lines[:2] == ["# mine", "maxclients 8"] and "tcp-keepalive 9" in lines


def test_config_rewrite_that_fails_says_why_and_the_server_goes_on(tmp_path):
    path = tmp_path / "redis.conf"
    path.write_text("")
    with started(str(path)) as (_, port):
        path.unlink()
        path.mkdir()
        client = Client(("127.0.0.1", port))
        assert str(client("CONFIG REWRITE")).startswith("ERR Rewriting config file: ")
        assert client("PING") == "PONG"
        client.close()
