"""COMMAND: shows the command table.  redis-cli takes its hints from it, cluster clients the key positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import INVALID_KEYS, KeyAt, KeySpec
from redis_clone.command_table.manual import read_syntax
from redis_clone.command_table.registry import CALLED, Command, command_group, find_by_name, lookup
from redis_clone.commands.arguments import Options
from redis_clone.commands.containers import add_help
from redis_clone.features.acl.categories import categories_of
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Members, SimpleString
from redis_clone.structures.glob import matches

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

ORDERLESS = "nondeterministic_output_order"


@command("COMMAND", arity=-1, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_(client: Client) -> list[object]:
    """Returns the arity, flags and key positions of all commands.

    COMMAND
    Since 2.8.13, O(N) where N is the number of commands.
    """
    return [info_reply(spec) for spec in CALLED.values()]


add_help("COMMAND", "server", categories="connection")


@command("COMMAND|COUNT", arity=2, flags="loading stale", categories="connection")
def command_count(client: Client) -> int:
    """Returns the number of commands.

    COMMAND COUNT
    Since 2.8.13, O(1)
    """
    return len(CALLED)


@command("COMMAND|INFO", arity=-2, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_info(client: Client, *names: bytes) -> list[object]:
    """Returns the arity, flags and key positions of these commands, or of all.

    COMMAND INFO [command-name [command-name ...]]
    Since 2.8.13, O(N) where N is the number of commands asked for.
    """
    if not names:
        return command_(client)
    return [None if spec is None else info_reply(spec) for spec in map(find_by_name, names)]


@command("COMMAND|DOCS", arity=-2, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_docs(client: Client, *names: bytes) -> dict[str, object]:
    """Returns the manual pages of these commands, or of all of them.

    COMMAND DOCS [command-name [command-name ...]]
    Since 7.0.0, O(N) where N is the number of commands asked for.
    """
    specs = [find_by_name(name) for name in names] if names else CALLED.values()
    return {spec.shown_name: docs_reply(spec) for spec in specs if spec is not None}


@command("COMMAND|LIST", arity=-2, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_list(client: Client, *args: bytes) -> list[str]:
    """Returns the names of the commands, of all or of those that pass the filter.

    COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]
    Since 7.0.0, O(N) where N is the number of commands.
    """
    options = Options(args)
    specs = list(_with_subcommands(CALLED.values()))
    if args:
        if len(args) != 3 or options.word() != b"FILTERBY":
            raise options.error()
        kind, value = options.word(), options.value()
        match kind:
            case b"MODULE":
                specs = []
            case b"ACLCAT":
                specs = [spec for spec in specs if value.decode("latin-1").lower() in categories_of(spec)]
            case b"PATTERN":
                specs = [spec for spec in specs if matches(value.lower(), spec.shown_name.encode())]
            case _:
                raise options.error()
    return [spec.shown_name for spec in specs]


@command("COMMAND|GETKEYS", arity=-3, flags="loading stale", categories="connection")
def command_getkeys(client: Client, *argv: bytes) -> list[bytes]:
    """Returns the keys of a whole command.

    COMMAND GETKEYS command [arg [arg ...]]
    Since 2.8.13, O(N) where N is the number of arguments.
    """
    return [argv[place.position] for place in _keys(argv)]


@command("COMMAND|GETKEYSANDFLAGS", arity=-3, flags="loading stale", categories="connection")
def command_getkeysandflags(client: Client, *argv: bytes) -> list[object]:
    """Returns the keys of a whole command, and what it does to each.

    COMMAND GETKEYSANDFLAGS command [arg [arg ...]]
    Since 7.0.0, O(N) where N is the number of arguments.
    """
    return [[argv[place.position], Members(map(SimpleString, place.flags))] for place in _keys(argv)]


def _keys(argv: tuple[bytes, ...]) -> list[KeyAt]:
    spec = lookup(argv)
    if spec is None:
        raise RedisError("ERR Invalid command specified")
    if all("not_key" in spec.flags for spec in spec.keys):
        raise RedisError("ERR The command has no key arguments")
    if not spec.fewest <= len(argv) <= spec.most:
        raise RedisError("ERR Invalid number of arguments specified for command")
    try:
        found = [place for place in spec.keys_in(argv) if "not_key" not in place.flags]
    except RedisError:
        found = []  # numkeys is no number, or 0
    if not found and "no_mandatory_keys" not in spec.flags:
        raise INVALID_KEYS
    return found


def _with_subcommands(specs: Iterable[Command]) -> Iterator[Command]:
    for spec in specs:
        yield spec
        yield from spec.subcommands.values()


def info_reply(spec: Command) -> list[object]:
    """One element of COMMAND INFO."""
    return [
        spec.shown_name,
        spec.arity,
        set(map(SimpleString, spec.shown_flags)),
        *spec.key_range,
        {SimpleString("@" + category) for category in categories_of(spec)},
        Members(spec.tips),
        Members(_key_spec_reply(spec) for spec in spec.keys),
        [info_reply(child) for child in spec.subcommands.values()],
    ]


def _key_spec_reply(spec: KeySpec) -> dict[str, object]:
    begin: dict[str, object]
    find: dict[str, object]
    if spec.find == "unknown":
        begin = {"type": "unknown", "spec": {}}
        find = {"type": "unknown", "spec": {}}
    else:
        if spec.after:
            word, start = spec.after
            begin = {"type": "keyword", "spec": {"keyword": word, "startfrom": start}}
        else:
            begin = {"type": "index", "spec": {"index": spec.at}}
        if spec.find == "keynum":
            find = {"type": "keynum", "spec": {"keynumidx": 0, "firstkey": 1, "keystep": 1}}
        else:
            span = {"lastkey": spec.last, "keystep": spec.step, "limit": spec.limit}
            find = {"type": "range", "spec": span}
    flags = set(map(SimpleString, spec.flags))
    notes = {"notes": spec.notes} if spec.notes else {}
    return {**notes, "flags": flags, "begin_search": begin, "find_keys": find}


def docs_reply(spec: Command) -> dict[str, object]:
    """One value of COMMAND DOCS."""
    page = spec.page
    found: dict[str, object] = {"summary": page.summary, "since": page.since, "group": spec.group}
    if page.complexity:
        found["complexity"] = page.complexity
    arguments = read_syntax(" ".join(page.syntax.split()[spec.words :]), spec.name)
    if arguments:
        found["arguments"] = [argument.as_reply(len(spec.keys)) for argument in arguments]
    if spec.subcommands:
        found["subcommands"] = {child.shown_name: docs_reply(child) for child in spec.subcommands.values()}
    return found
