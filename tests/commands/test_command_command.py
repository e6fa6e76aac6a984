"""COMMAND and its subcommands.  test_command_table.py compares the commands themselves with Redis's."""

import pytest

from redis_clone.protocol.errors import SYNTAX, RedisError, wrong_arity
from redis_clone.protocol.replies import Members

NO_KEYS = RedisError("ERR The command has no key arguments")
INVALID_ARGUMENTS = RedisError("ERR Invalid arguments specified for command")


def test_command_count_is_the_number_of_commands(redis):
    names = [spec[0] for spec in redis("COMMAND")]
    assert redis("COMMAND COUNT") == len(names) == len(set(names))
    assert {spec[0] for spec in redis("COMMAND INFO")} == set(names)
    assert {b"get", b"set", b"command", b"multi"} <= set(names)


def test_command_info_returns_a_command_or_null_for_each_name(redis):
    missing, get = redis("COMMAND INFO nonsense GET")
    assert missing is None
    name, arity, flags, first, last, step, categories, tips, specs, subcommands = get
    assert (name, arity, first, last, step) == (b"get", 2, 1, 1, 1)
    assert set(flags) == {"readonly", "fast"}
    assert set(categories) == {"@read", "@string", "@fast"}
    assert (tips, len(specs), subcommands) == ([], 1, [])


def test_command_info_knows_subcommands(redis):
    [spec] = redis("COMMAND INFO config|get")
    assert spec[0] == b"config|get"
    assert redis("COMMAND INFO config|nonsense get|x") == [None, None]
    [config] = redis("COMMAND INFO config")
    assert b"config|get" in {child[0] for child in config[9]}


def test_command_docs_is_a_map_from_name_to_manual_page(redis, redis3):
    pages = redis3("COMMAND DOCS get nonsense")
    assert set(pages) == {b"get"}
    assert {b"summary", b"since", b"group", b"complexity", b"arguments"} <= set(pages[b"get"])
    assert pages[b"get"][b"group"] == b"string"
    assert redis("COMMAND DOCS nonsense") == []
    assert redis3("COMMAND DOCS nonsense") == {}
    assert redis("COMMAND DOCS get")[0] == b"get"
    assert b"config|get" in redis3("COMMAND DOCS config")[b"config"][b"subcommands"]
    assert len(redis3("COMMAND DOCS")) == redis3("COMMAND COUNT")


def test_command_list_names_commands_and_subcommands(redis):
    names = redis("COMMAND LIST")
    assert {b"get", b"config", b"config|get"} <= set(names)
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "args, names",
    [
        ("PATTERN setn*", [b"setnx"]),
        ("pattern SETN*", [b"setnx"]),
        ("PATTERN nothing*", []),
        ("PATTERN client|i*", [b"client|id", b"client|info"]),
        ("ACLCAT transaction", [b"discard", b"exec", b"multi", b"unwatch", b"watch"]),
        ("ACLCAT TRANSACTION", [b"discard", b"exec", b"multi", b"unwatch", b"watch"]),
        ("ACLCAT nonsense", []),
        ("MODULE nonsense", []),
    ],
)
def test_command_list_filters_by_pattern_category_or_module(redis, args, names):
    assert sorted(redis(f"COMMAND LIST FILTERBY {args}")) == names


@pytest.mark.parametrize(
    "args",
    [
        "NONSENSE",
        "FILTERBY",
        "FILTERBY PATTERN",
        "FILTERBY NONSENSE x",
        "FILTERBY PATTERN a b",
        "NONSENSE a b",
    ],
)
def test_command_list_rejects_another_filter(redis, args):
    assert redis(f"COMMAND LIST {args}") == RedisError(SYNTAX)


@pytest.mark.parametrize(
    "line, keys",
    [
        ("GET k", [b"k"]),
        ("get k", [b"k"]),
        ("MGET a b c", [b"a", b"b", b"c"]),
        ("MSET a 1 b 2", [b"a", b"b"]),
        ("MSET a 1 b", [b"a", b"b"]),
        ("SINTERCARD 2 a b LIMIT 1", [b"a", b"b"]),
        ("LCS a b LEN", [b"a", b"b"]),
        ("RENAME a b", [b"a", b"b"]),
        ("COPY a b DB 3", [b"a", b"b"]),
        ("WATCH a b", [b"a", b"b"]),
        ("SET k v EX 10", [b"k"]),
        ("SINTERSTORE d a b", [b"d", b"a", b"b"]),
        ("EVAL script 5 a", []),
        ("FCALL function x a", []),
    ],
)
def test_command_getkeys_finds_the_keys_of_a_command(redis, line, keys):
    assert redis(f"COMMAND GETKEYS {line}") == keys
    assert [key for key, _ in redis(f"COMMAND GETKEYSANDFLAGS {line}")] == keys


@pytest.mark.parametrize(
    "line, flags",
    [
        ("GET k", [{"RO", "access"}]),
        ("DEL a b", [{"RM", "delete"}] * 2),
        ("RENAME a b", [{"RW", "access", "delete"}, {"OW", "update"}]),
        ("MSETNX a 1", [{"OW", "insert"}]),
    ],
)
def test_command_getkeysandflags_returns_the_flags_of_each_key(redis, redis3, line, flags):
    assert [set(found) for _, found in redis(f"COMMAND GETKEYSANDFLAGS {line}")] == flags
    assert [set(found) for _, found in redis3(f"COMMAND GETKEYSANDFLAGS {line}")] == flags


def test_in_resp3_flags_are_sets_and_subcommands_an_array(redis3):
    assert [type(flags) for _, flags in redis3("COMMAND GETKEYSANDFLAGS RENAME a b")] == [Members, Members]
    [row] = redis3("COMMAND INFO client")
    assert [type(item) for item in row[2:3] + row[6:]] == [Members, Members, Members, Members, list]


@pytest.mark.parametrize("name", ["GETKEYS", "GETKEYSANDFLAGS"])
@pytest.mark.parametrize(
    "line, error",
    [
        ("nonsense k", RedisError("ERR Invalid command specified")),
        ("config nonsense x", RedisError("ERR Invalid command specified")),
        ("GET a b", RedisError("ERR Invalid number of arguments specified for command")),
        ("MSET a", RedisError("ERR Invalid number of arguments specified for command")),
        ("PING x", NO_KEYS),
        ("CONFIG GET x", NO_KEYS),
        ("SUBSCRIBE a", NO_KEYS),
        ("SSUBSCRIBE a", NO_KEYS),
        ("SINTERCARD 5 a b", INVALID_ARGUMENTS),
        ("SINTERCARD x a b", INVALID_ARGUMENTS),
        ("SINTERCARD -1 a b", INVALID_ARGUMENTS),
        ("ZUNIONSTORE d 0 a", INVALID_ARGUMENTS),
        ("ZINTERSTORE d 2 a", INVALID_ARGUMENTS),
        ("ZDIFFSTORE d x a", INVALID_ARGUMENTS),
        ("LMPOP 0 a LEFT", INVALID_ARGUMENTS),
    ],
)
def test_command_getkeys_says_why_it_finds_none(redis, name, line, error):
    assert redis(f"COMMAND {name} {line}") == error


COUNTED = [
    "ZUNIONSTORE d {} a b",
    "ZINTERSTORE d {} a b WEIGHTS 1 2",
    "ZDIFF {} a b",
    "SINTERCARD {} a b LIMIT 1",
    "ZINTERCARD {} a b",
    "LMPOP {} a b LEFT",
    "BLMPOP x {} a b LEFT",
    "BZMPOP 0 {} a b MIN",
    "EVAL s {} a b",
    "FCALL_RO f {} a b",
]
COUNTS = [
    "0",
    "1",
    "2",
    "3",
    "9",
    "-1",
    "1a",
    "+1",
    "01",
    "x",
    "''",
    "' 2'",
    "0x1",
    "1.9",
    "-2a",
    "4294967297",
]
COUNTS += ["2147483648", "9223372036854775807", "99999999999999999999"]
FOUND_BY_WORDS = [
    "XREAD COUNT 1 a b", "XREAD STREAMS a", "XREAD STREAMS a b c", "XREAD COUNT STREAMS STREAMS a 0",
    "XREADGROUP GROUP STREAMS c STREAMS a >", "XREADGROUP GROUP g c NOACK a b", "SORT a STORE",
    "SORT a STORE b", "SORT a GET STORE b", "SORT a BY STORE b", "SORT a LIMIT 0 STORE b",
    "SORT a STORE STORE b", "SORT a LIMIT 0 1 GET x STORE b STORE c", "SORT_RO a STORE b",
    "MIGRATE h 1 a 0 10", "MIGRATE h 1 '' 0 10", "MIGRATE h 1 '' 0 10 KEYS",
    "MIGRATE h 1 '' 0 10 COPY REPLACE KEYS a b", "MIGRATE h 1 a 0 10 KEYS a b",
    "MIGRATE h 1 '' 0 10 AUTH KEYS KEYS a b", "GEORADIUS a 1 1 1 KM STORE b STOREDIST c",
    "GEORADIUS a 1 1 1 KM COUNT STORE b", "GEORADIUSBYMEMBER a m 1 KM STORE",
]  # fmt: skip


def test_command_getkeys_finds_as_many_keys_as_a_careless_number_says(both):
    for line in [each.format(count) for each in COUNTED for count in COUNTS] + FOUND_BY_WORDS:
        for name in ("GETKEYS", "GETKEYSANDFLAGS"):
            ours, real = both(f"COMMAND {name} {line}")
            assert ours == real, line


def test_command_needs_a_subcommand_that_it_knows(redis):
    assert redis("COMMAND NONSENSE") == RedisError("ERR unknown subcommand 'NONSENSE'. Try COMMAND HELP.")
    assert redis("COMMAND COUNT x") == wrong_arity("command|count")
    assert redis("COMMAND GETKEYS") == wrong_arity("command|getkeys")
    assert redis("COMMAND HELP")[0].startswith("COMMAND <subcommand>")


@pytest.mark.parametrize(
    "args, flags",
    [
        ("SET k v EX 10", ["OW", "update"]),
        ("SET k v EX 10 GET", ["RW", "access", "update"]),
        ("BITFIELD k GET u8 0", ["RO", "access"]),
        ("BITFIELD k GET u8 0 SET u8 0 1", ["RW", "access", "update"]),
        ("BITFIELD_RO k GET u8 0", ["RO", "access"]),
    ],
)
def test_the_flags_of_a_key_may_depend_on_the_options(redis, args, flags):
    assert redis(f"COMMAND GETKEYSANDFLAGS {args}") == [[b"k", flags]]
