"""The command table: all that the server knows about a command, in one row.

A row stands on its function, in the words that COMMAND INFO prints, and nothing of it is written twice:
arity errors, COMMAND INFO and DOCS, key positions, ACL categories (features/acl/categories.py) and the checks
before a command all come from here.  The docstring is the manual page, in three parts:

    @command("SADD", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
    def sadd(client: Client, key: bytes, *members: bytes) -> int:
        \"""Adds members to a set, and makes the set when there is none.   <- the summary

        SADD key member [member ...]                                      <- the syntax
        Since 1.0.0, O(N) where N is the number of members.               <- since when, at what cost
        \"""

A subcommand is a row of its own, "CLIENT|KILL", inside the row of its container.

`arity` counts the name too, and a negative one means "at least".  How many at most, the function's
signature says.  The table is filled when the modules in `commands/` are imported, and never changes after.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis_clone.command_table.keyspecs import KeyAt, KeySpec, keys_of, legacy_range
from redis_clone.command_table.manual import Page, read_page
from redis_clone.protocol.errors import unknown_command, unknown_subcommand, wrong_arity

ANY_NUMBER = 2**30 - 1  # of arguments, more than a client can send: Python compares small integers quicker
CONTAINER_SUMMARY = "A container for subcommands."

KeyFinder = Callable[[Sequence[bytes]], list[KeyAt]]
Function = TypeVar("Function", bound=Callable[..., Any])


class Command:
    """One row, which nobody changes.  What the hot path asks is computed once, when the row is made."""

    def __init__(
        self,
        name: str,
        function: Callable[..., Any] | None,
        arity: int,
        flags: frozenset[str],
        group: str,
        keys: Sequence[KeySpec],
        tips: Sequence[str],
        more_categories: Sequence[str],
        find_keys: KeyFinder | None = None,
    ) -> None:
        self.name = name  # "SADD", "CLIENT|KILL"
        self.function = function  # None: a container, which cannot run by itself
        self.is_container = function is None
        self.arity = arity
        self.flags = flags
        self.group = group
        self.keys = keys
        self.tips = tips
        self.more_categories = more_categories
        self.find_keys = find_keys  # where the specs cannot tell, as behind SORT's STORE
        self.subcommands: dict[str, Command] = {}
        self.words = name.count("|") + 1  # of the name: 2 for a subcommand
        self.fewest = abs(arity)  # arguments, as the arity says; both count the name
        self.most = arity if arity > 0 else ANY_NUMBER  # as the arity says
        self.takes = _most_arguments(self)  # the most that the function can be handed

    @property
    def page(self) -> Page:
        """The manual page that is its docstring."""
        return read_page(self.function.__doc__ or "") if self.function else Page(CONTAINER_SUMMARY)

    @property
    def shown_name(self) -> str:
        return self.name.lower()

    @property
    def shown_flags(self) -> set[str]:
        """With the one flag that follows from the others."""
        movable = any(not spec.is_plain_range for spec in self.keys)
        return set(self.flags) | ({"movablekeys"} if movable else set())

    def keys_in(self, argv: Sequence[bytes]) -> list[KeyAt]:
        """The keys of one call, and what is done to each."""
        return self.find_keys(argv) if self.find_keys else keys_of(self.keys, argv)

    @property
    def key_range(self) -> tuple[int, int, int]:
        """First key, last key, step: what clients older than key specs know of."""
        return legacy_range(self.keys)


def _most_arguments(command: Command) -> int:
    """The most arguments that the function can be handed; the row's arity says the fewest."""
    if command.arity > 0:
        return command.arity
    if command.function is None:
        return ANY_NUMBER
    code = command.function.__code__
    takes_any_number = code.co_flags & 0x04  # inspect.CO_VARARGS, without the import's 10 ms
    return ANY_NUMBER if takes_any_number else code.co_argcount - 1 + command.words


TABLE: dict[str, Command] = {}
CALLED: dict[str, Command] = {}  # by the names that clients use: the same, but for rename-command
_BY_BYTES: dict[bytes, Command] = {}  # the usual spellings of these names, for find()


def command_group(group: str) -> Callable[..., Callable[[Function], Function]]:
    """The decorator of one module of commands: `command = command_group("set")`."""

    def command(
        name: str,
        arity: int,
        flags: str = "",
        keys: KeySpec | Sequence[KeySpec] = (),
        find_keys: KeyFinder | None = None,
        **rest: str,
    ) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            specs = (keys,) if isinstance(keys, KeySpec) else tuple(keys)
            words = frozenset(flags.split())
            enter(Command(name, function, arity, words, group, specs, *split_words(rest), find_keys))
            return function

        return register

    return command


def split_words(rest: dict[str, str]) -> tuple[list[str], list[str]]:
    """The tips and the further categories of a row."""
    return rest.get("tips", "").split(), rest.get("categories", "").split()


def enter(spec: Command) -> None:
    """Add a row to the table; a subcommand's into the row of its container."""
    parent, _, child = spec.name.partition("|")
    if child:
        TABLE[parent].subcommands[child] = spec
    else:
        TABLE[parent] = spec
        _call(spec, parent)


def _call(spec: Command, name: str) -> None:
    CALLED[name] = spec
    for spelling in (name, name.lower()):
        _BY_BYTES[spelling.encode("latin-1")] = spec


def rename(old: str, new: str) -> None:
    """`rename-command`: from now on clients say `new`, or cannot call it at all when that is empty.

    It keeps its own name for all else: in ACL rules, in errors, in COMMAND.  ValueError with Redis's reason.
    """
    old, new = old.upper(), new.upper()
    if old not in CALLED:
        raise ValueError("No such command in rename-command")
    spec = CALLED.pop(old)
    for spelling in (old.encode("latin-1"), old.lower().encode("latin-1")):
        del _BY_BYTES[spelling]
    if new in CALLED:
        raise ValueError("Target command name already exists")
    if new:
        _call(spec, new)


def find(argv: Sequence[bytes]) -> Command:
    """The row that `argv` calls, a subcommand's where there is one, its arity checked."""
    spec = _BY_BYTES.get(argv[0]) or CALLED.get(argv[0].upper().decode("latin-1"))
    if spec is None:
        raise unknown_command(argv)
    if spec.subcommands and len(argv) > 1:
        spec = find_subcommand(spec, argv[1])
    if spec.fewest <= len(argv) <= spec.most:
        return spec
    raise wrong_arity(spec.shown_name)


def lookup(argv: Sequence[bytes]) -> Command | None:
    """As find(), whatever the number of arguments; None when there is no such command."""
    spec = CALLED.get(argv[0].upper().decode("latin-1"))
    if spec is not None and spec.subcommands and len(argv) > 1:
        return spec.subcommands.get(argv[1].upper().decode("latin-1"))
    return spec


def find_subcommand(parent: Command, word: bytes) -> Command:
    child = parent.subcommands.get(word.upper().decode("latin-1"))
    if child is None:
        raise unknown_subcommand(parent.name, word)
    return child


def find_by_name(name: bytes, table: dict[str, Command] = CALLED) -> Command | None:
    """The row called "get" or "client|kill", as COMMAND INFO names it; None when there is none."""
    parent, _, child = name.upper().decode("latin-1").partition("|")
    spec = table.get(parent)
    return spec.subcommands.get(child) if spec and b"|" in name else spec
