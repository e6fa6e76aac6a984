"""The command table: how commands are found, and what derives from the spec of a command."""

import pytest
from tables import for_each

from redis_clone import commands
from redis_clone.command_table import registry
from redis_clone.command_table.keyspecs import all_keys, counted_keys, one_key
from redis_clone.command_table.registry import TABLE, Command, command_group, find, find_by_name
from redis_clone.commands.containers import container
from redis_clone.features.acl.categories import categories_of
from redis_clone.protocol.errors import RedisError, too_many_arguments
from redis_clone.protocol.replies import encode_command

commands.load()


@pytest.fixture
def empty_table():
    """An empty table for commands of the test."""
    tables = (registry.TABLE, registry.CALLED, registry._BY_BYTES)
    before = [dict(table) for table in tables]
    for table in tables:
        table.clear()
    yield
    for table, specs in zip(tables, before, strict=True):
        table.clear()
        table.update(specs)


def a_command(**changes):
    spec = {"name": "X", "function": lambda client: 1, "arity": 1, "flags": frozenset(), "group": "generic"}
    return Command(**{**spec, "keys": (), "tips": (), "more_categories": (), **changes})


@pytest.mark.parametrize("name", [b"GET", b"get", b"GeT"])
def test_a_name_is_found_in_any_case(name):
    assert find([name, b"key"]) is TABLE["GET"]


@pytest.mark.parametrize("line", [b"CLIENT ID", b"client id", b"Client iD"])
def test_a_subcommand_is_found_in_any_case(line):
    assert find(line.split()).name == "CLIENT|ID"


@for_each(
    "name, found",
    [
        (b"get", "GET"), (b"client|ID", "CLIENT|ID"), (b"client", "CLIENT"),
        (b"nonsense", None), (b"client|nonsense", None), (b"nonsense|id", None), (b"get|id", None),
        (b"", None),
    ],
)  # fmt: skip
def test_command_info_finds_commands_by_their_full_name(name, found):
    spec = find_by_name(name)
    assert (spec and spec.name) == found


@for_each(
    "argv",
    [
        [b"nonsense"],
        [b"nonsense", b"one", b"two"],
        [b""],
        [b"n" * 200],
        [b"nonsense", b"a" * 200],
        [b"nonsense", b"a" * 100, b"b" * 100, b"c"],
        [b"nonsense", b"a" * 125, b"b" * 100],
        [b"nonsense", b"a" * 122, b"b" * 100, b"c"],
        [b"non\r\nsense", b"a\nb"],
        [b"\xdfCAN", b"s", b"0"],  # Python's upper case of that is SSCAN
        [b"CLIENT", b"nonsense"],
        [b"CLIENT", b"n" * 200],
        [b"CONFIG", b"\xdfET"],
        [b"GET"],
        [b"GET", b"a", b"b"],
        [b"gEt"],
        [b"CLIENT"],
        [b"CLIENT", b"GETNAME", b"x"],
        [b"config", b"get"],
    ],
)
def test_a_call_of_no_command_is_rejected_with_the_error_line_of_redis(redis, argv):
    with pytest.raises(RedisError) as caught:
        find(argv)
    shown = str(caught.value).replace("\r", " ").replace("\n", " ")  # as the encoder does
    redis.send_bytes(encode_command(argv))
    assert redis.read() == RedisError(shown)


@pytest.mark.parametrize("line", ["PING a b", "LPOP a 1 2", "PUBSUB CHANNELS a b"])
def test_more_arguments_than_a_function_accepts_are_rejected_when_the_command_runs(redis, line):
    argv = line.encode().split()
    spec = find(argv)
    assert len(argv) > spec.takes
    assert redis(line) == too_many_arguments(spec.name, argv)


@pytest.mark.parametrize(
    "arity, function, fewest, most",
    [
        (1, lambda client: 1, 1, 1),
        (3, lambda client, a, b: 1, 3, 3),
        (-2, lambda client, a, b=b"": 1, 2, 3),
        (-2, lambda client, *rest: 1, 2, registry.ANY_NUMBER),
        (-2, None, 2, registry.ANY_NUMBER),
    ],
)
def test_the_arity_says_the_fewest_and_the_function_the_most(arity, function, fewest, most):
    spec = a_command(arity=arity, function=function)
    assert (spec.fewest, spec.takes) == (fewest, most)


def test_the_name_of_a_subcommand_takes_two_arguments():
    spec = a_command(name="X|Y", arity=-3, function=lambda client, a, b=b"": 1)
    assert (spec.words, spec.fewest, spec.takes) == (2, 3, 4)


@pytest.mark.parametrize(
    "changes, categories",
    [
        ({"flags": {"write", "fast"}, "group": "set"}, {"write", "set", "fast"}),
        ({"flags": {"readonly"}, "group": "sorted-set"}, {"read", "sortedset", "slow"}),
        ({"flags": {"admin"}, "group": "server"}, {"admin", "dangerous", "slow"}),
        ({"flags": {"readonly"}, "group": "scripting"}, {"scripting", "slow"}),
        ({"flags": {"blocking"}, "group": "list"}, {"blocking", "list", "slow"}),
        ({"group": "connection", "function": None}, {"slow"}),
        ({"group": "server", "more_categories": ["keyspace"]}, {"keyspace", "slow"}),
    ],
)
def test_acl_categories_follow_from_flags_and_group(changes, categories):
    assert categories_of(a_command(**changes)) == categories


@pytest.mark.parametrize(
    "keys, is_movable",
    [
        ([], False),
        ([all_keys("RO")], False),
        ([counted_keys("RO")], True),
        ([one_key("RO", after=("STORE", 1))], True),
    ],
)
def test_keys_that_no_plain_range_finds_make_a_command_movable(keys, is_movable):
    assert ("movablekeys" in a_command(keys=keys).shown_flags) == is_movable


def test_a_spec_stands_on_its_function(empty_table):
    @command_group("generic")("TWICE", arity=2, flags="readonly fast", keys=one_key("RO"), tips="one two")
    def twice(client, number):
        """Doubles it.

        TWICE number
        Since 9.9.9, O(1)
        """
        return 2 * int(number)

    spec = find([b"tWICE", b"4"])
    assert spec.function is twice and twice(None, b"4") == 8
    assert (spec.shown_name, spec.tips, spec.key_range) == ("twice", ["one", "two"], (1, 1, 1))
    assert (spec.page.summary, spec.page.syntax, spec.page.since) == ("Doubles it.", "TWICE number", "9.9.9")


def test_the_help_of_a_container_is_made_of_the_pages_of_its_subcommands(empty_table):
    container("BOX", "generic")

    @command_group("generic")("BOX|OPEN", arity=3)
    def open_(client, key):
        """Opens it.

        BOX OPEN key
        Since 9.9.9, O(1)
        """

    spec = find([b"BOX", b"HELP"])
    assert spec.function(None) == [
        "BOX <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
        "HELP", "    Tells what the subcommands are for.",
        "OPEN key", "    Opens it.",
    ]  # fmt: skip
    assert find_by_name(b"box").page.summary == "A container for subcommands."


def test_commands_are_compared_by_identity_not_by_content():
    assert a_command() != a_command() and len({a_command(), a_command()}) == 2
