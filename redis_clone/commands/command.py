"""COMMAND: the command table, told to clients.  redis-cli draws its hints from it, clusters route by it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from redis_clone.command_table.keyspecs import INVALID_KEYS, KeyAt, KeySpec
from redis_clone.command_table.manual import read_syntax
from redis_clone.command_table.registry import CALLED, Command, command_group, find_by_name, row_of
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
    """Returns the rows of all commands.

    COMMAND
    Since 2.8.13, O(N) where N is the number of commands.
    """
    return [described(row) for row in CALLED.values()]


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
    """Returns the rows of these commands, or of all of them.

    COMMAND INFO [command-name [command-name ...]]
    Since 2.8.13, O(N) where N is the number of commands asked for.
    """
    if not names:
        return command_(client)
    return [None if row is None else described(row) for row in map(find_by_name, names)]


@command("COMMAND|DOCS", arity=-2, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_docs(client: Client, *names: bytes) -> dict[str, object]:
    """Returns the manual pages of these commands, or of all of them.

    COMMAND DOCS [command-name [command-name ...]]
    Since 7.0.0, O(N) where N is the number of commands asked for.
    """
    rows = [find_by_name(name) for name in names] if names else CALLED.values()
    return {row.shown_name: documented(row) for row in rows if row is not None}


@command("COMMAND|LIST", arity=-2, flags="loading stale", tips=ORDERLESS, categories="connection")
def command_list(client: Client, *words: bytes) -> list[str]:
    """Returns the names of the commands, of all or of those that pass the filter.

    COMMAND LIST [FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]
    Since 7.0.0, O(N) where N is the number of commands.
    """
    options = Options(words)
    rows = list(_all_rows(CALLED.values()))
    if words:
        if len(words) != 3 or options.word() != b"FILTERBY":
            raise options.error()
        kind, value = options.word(), options.value()
        match kind:
            case b"MODULE":
                rows = []
            case b"ACLCAT":
                rows = [row for row in rows if value.decode("latin-1").lower() in categories_of(row)]
            case b"PATTERN":
                rows = [row for row in rows if matches(value.lower(), row.shown_name.encode())]
            case _:
                raise options.error()
    return [row.shown_name for row in rows]


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
    return [[argv[place.position], list(map(SimpleString, place.flags))] for place in _keys(argv)]


def _keys(argv: tuple[bytes, ...]) -> list[KeyAt]:
    row = row_of(argv)
    if row is None:
        raise RedisError("ERR Invalid command specified")
    if all("not_key" in spec.flags for spec in row.keys):
        raise RedisError("ERR The command has no key arguments")
    if not row.fewest <= len(argv) <= row.most:
        raise RedisError("ERR Invalid number of arguments specified for command")
    try:
        found = [place for place in row.keys_in(argv) if "not_key" not in place.flags]
    except RedisError:
        found = []  # their number is none
    if not found and "no_mandatory_keys" not in row.flags:
        raise INVALID_KEYS
    return found


def _all_rows(rows: Iterable[Command]) -> Iterator[Command]:
    for row in rows:
        yield row
        yield from row.subcommands.values()


def described(row: Command) -> list[object]:
    """One element of COMMAND INFO."""
    return [
        row.shown_name,
        row.arity,
        set(map(SimpleString, row.shown_flags)),
        *row.key_range,
        {SimpleString("@" + category) for category in categories_of(row)},
        Members(row.tips),
        Members(_described_spec(spec) for spec in row.keys),
        Members(described(child) for child in row.subcommands.values()),
    ]


def _described_spec(spec: KeySpec) -> dict[str, object]:
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


def documented(row: Command) -> dict[str, object]:
    """One value of COMMAND DOCS."""
    page = row.page
    found: dict[str, object] = {"summary": page.summary, "since": page.since, "group": row.group}
    if page.complexity:
        found["complexity"] = page.complexity
    arguments = read_syntax(" ".join(page.syntax.split()[row.words :]), row.name)
    if arguments:
        found["arguments"] = [argument.described(len(row.keys)) for argument in arguments]
    if row.subcommands:
        found["subcommands"] = {child.shown_name: documented(child) for child in row.subcommands.values()}
    return found
