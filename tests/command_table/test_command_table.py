"""Each command of the table, compared with the real server's COMMAND INFO and COMMAND DOCS.

A command that the real server does not know is not compared: it is not one of Redis's, or its name is
misspelt.  Then the command's own tests fail, which run against both servers.
"""

import io

import pytest
from harness import Client

from redis_clone import commands
from redis_clone.command_table.registry import TABLE
from redis_clone.commands.command import docs_reply, info_reply
from redis_clone.protocol.replies import Members, encode, read_reply
from redis_clone.protocol.stream import Stream

commands.load()
SPECS = {
    spec.shown_name: spec for parent in TABLE.values() for spec in (parent, *parent.subcommands.values())
}

# Commands that differ in Redis 7.2 from the 7.0 that is installed, and why; "missing": not in 7.0.
NEWER = {
    "client|setinfo": "missing",
    "client|no-touch": "missing",
    "waitaof": "missing",
    "cluster|myshardid": "missing",
    "cluster|shards": "allowed while loading since 7.2",
    "cluster|slots": "allowed while loading since 7.2",
    "zrank": "WITHSCORE came with 7.2",
    "zrevrank": "WITHSCORE came with 7.2",
    "command|getkeys": "7.2 counts one argument less as the fewest",
    "command|getkeysandflags": "7.2 counts one argument less as the fewest",
}
OTHER_SYNTAX = {  # commands whose syntax tree differs from that of 7.0, with the same meaning
    "client|kill": "7.2 describes the filters anew",
    "client|list": "7.0 puts the token ID on a block of one argument",
    "failover": "a block behind TO, which the line of syntax does not show",
    "module|loadex": "ARGS before all of its arguments, which the line of syntax does not show",
    "debug": "7.0 says nothing of its arguments",
    "migrate": "7.0 says of AUTH too, in a list of two ways, that it is optional",
    "geohash": "7.2 says too that there may be no member",
    "geopos": "7.2 says too that there may be no member",
    "pfmerge": "7.2 says too that there may be no source",
    "sort": "7.0 counts a pattern as a key whose spec it knows",
    "sort_ro": "7.0 counts a pattern as a key whose spec it knows",
    "xinfo|stream": "7.0 has a block with the token FULL in front of nothing",
    "xread": "a block behind STREAMS, which the line of syntax does not show",
    "xreadgroup": "a block behind STREAMS, which the line of syntax does not show",
    "xtrim": "a block around the threshold, which the line of syntax does not show",
}
NEWER |= dict.fromkeys(
    ["blpop", "brpop", "brpoplpush", "blmove", "bzpopmin", "bzpopmax", "wait"],
    "scripts may call it since 7.2",
)
FIELDS = ["name", "arity", "flags", "first key", "last key", "step", "categories", "tips", "key specs"]


@pytest.fixture(scope="module")
def real(real_address):
    client = Client(real_address)
    client("HELLO 3")
    yield client
    client.close()


def as_a_client_sees_it(value):
    return plain(read_reply(Stream(io.BytesIO(encode(value, 3)).read)))


def plain(value):
    """A reply with its sets sorted, for RESP3 sends them in any order."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Members):
        return "set", sorted((plain(item) for item in value), key=str)
    return [plain(item) for item in value] if isinstance(value, list) else value


def test_the_names_are_those_of_redis(real):
    names = {name for name in SPECS if NEWER.get(name) != "missing"}
    assert names == {name.decode() for name in real("COMMAND LIST")}


def test_each_command_has_the_command_info_of_redis(real):
    names = sorted(name for name in SPECS if name not in NEWER)
    differences = [
        f"{name}, {field}: {mine!r}, there {theirs!r}"
        for name, info in zip(names, real("COMMAND", "INFO", *names), strict=True)
        if info
        for field, mine, theirs in zip(
            FIELDS, as_a_client_sees_it(info_reply(SPECS[name])), plain(info), strict=False
        )
        if mine != theirs
    ]
    assert not differences, "\n".join(differences)


def shape(arguments):
    """The structure that hints are made of; names are left out, which differ in 7.0 and 7.2."""
    return [_shape_of(argument) for argument in arguments]


def _shape_of(argument):
    inner = argument.get(b"arguments", ())
    if argument[b"type"] == b"block" and len(inner) == 1:  # 7.0 has some that 7.2 has no more
        return _shape_of({**inner[0], b"flags": argument.get(b"flags")})
    spec = argument.get(b"key_spec_index")
    return argument[b"type"], spec, argument.get(b"token"), argument.get(b"flags"), shape(inner)


def test_each_command_has_the_syntax_that_redis_has_in_command_docs(real):
    names = sorted(SPECS.keys() - NEWER.keys() - OTHER_SYNTAX.keys())
    docs = plain(real("COMMAND", "DOCS", *names))
    differences = [
        f"{name}, {what}: {mine!r}, there {theirs!r}"
        for name in names
        if name.encode() in docs
        for what, mine, theirs in documented_alike(SPECS[name], docs[name.encode()])
        if mine != theirs
    ]
    assert not differences, "\n".join(differences)


def documented_alike(spec, theirs):
    """The parts that must be the same in both documents, each with its name: ours, theirs."""
    ours = as_a_client_sees_it(docs_reply(spec))
    yield "arguments", *(shape(document.get(b"arguments", ())) for document in (ours, theirs))
    yield "group", ours[b"group"], theirs[b"group"]
    if spec.function:
        yield "since", ours[b"since"], theirs[b"since"]


def test_each_command_has_its_manual_page():
    faults = [name for name, spec in sorted(SPECS.items()) if spec.function and not has_its_page(spec)]
    assert not faults


def has_its_page(spec):
    page = spec.page
    is_of_this_command = page.syntax.split()[: spec.words] == spec.name.split("|")
    return is_of_this_command and page.summary.endswith(".") and page.since and page.complexity


def test_each_function_accepts_the_fewest_arguments_that_the_arity_allows():
    for spec in SPECS.values():
        if spec.function is not None:
            code, defaults = spec.function.__code__, spec.function.__defaults__ or ()
            required = code.co_argcount - len(defaults) - 1 + spec.words
            assert required <= spec.fewest, f"{spec.name}: {required} needed, {spec.fewest} promised"
