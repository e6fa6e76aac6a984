"""The command table: all that the server knows about a command, in one spec.

The spec is written on the command's function, with the flags that COMMAND INFO prints, and nothing of it is
written twice: arity errors, COMMAND INFO and DOCS, key positions, ACL categories (features/acl/categories.py)
and the checks before a command all derive from it.  The docstring is the manual page, in three parts:

    @command("SADD", arity=-3, flags="write denyoom fast", keys=one_key("RW insert"))
    def sadd(client: Client, key: bytes, *members: bytes) -> int:
        \"""Adds members to a set, and makes the set when there is none.   <- the summary

        SADD key member [member ...]                                      <- the syntax
        Since 1.0.0, O(N) where N is the number of members.               <- version and cost
        \"""

A subcommand is a command of its own, "CLIENT|KILL", and belongs to its container, "CLIENT".

`arity` counts the name too, and a negative arity means "at least"; the function's signature gives the
maximum.  The table is filled when the modules in `commands/` are imported; only rename-command changes it
afterwards.  May import: protocol.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from redis_clone.command_table.keyspecs import KeyAt, KeySpec, keys_of, legacy_range, slice_of
from redis_clone.command_table.manual import Page, read_page
from redis_clone.protocol.errors import RedisError, unknown_command, unknown_subcommand, wrong_arity

ANY_NUMBER = 2**30 - 1  # of arguments, more than a client can send: Python compares small integers quicker
CONTAINER_SUMMARY = "A container for subcommands."

KeyFinder = Callable[[Sequence[bytes]], list[KeyAt]]
Function = TypeVar("Function", bound=Callable[..., Any])


class Command:
    """The spec of one command, which never changes.  What the hot path reads is computed once, here."""

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
        self.find_keys = find_keys  # instead of the key specs, where these cannot find all keys (SORT)
        self.subcommands: dict[str, Command] = {}
        self.words = name.count("|") + 1  # of the name: 2 for a subcommand
        self.fewest = abs(arity)  # arguments by the arity; both count the name
        self.most = arity if arity > 0 else ANY_NUMBER  # arguments by the arity
        self.runs_script = "skip_monitor" in flags  # MONITOR shows it before the commands that it calls
        self.takes = _most_arguments(self)  # the most arguments that the function accepts
        self.key_slice = slice_of(keys)  # where all keys stand, if one range says so

    @property
    def page(self) -> Page:
        """The manual page, from the function's docstring."""
        return read_page(self.function.__doc__ or "") if self.function else Page(CONTAINER_SUMMARY)

    @property
    def shown_name(self) -> str:
        """The name as replies show it, in small letters."""
        return self.name.lower()

    @property
    def shown_flags(self) -> set[str]:
        """The flags as COMMAND INFO shows them, with `movablekeys`, which derives from the key specs."""
        movable = any(not spec.is_plain_range for spec in self.keys)
        return set(self.flags) | ({"movablekeys"} if movable else set())

    def keys_in(self, argv: Sequence[bytes]) -> list[KeyAt]:
        """The keys of one call, and what is done to each."""
        return self.find_keys(argv) if self.find_keys else keys_of(self.keys, argv)

    def key_names(self, argv: Sequence[bytes]) -> Sequence[bytes]:
        """The keys of one call; none where the number of keys makes no sense, which the command reports."""
        if self.key_slice is not None:
            return argv[self.key_slice]
        try:
            return [argv[key.position] for key in self.keys_in(argv)]
        except RedisError:
            return []

    @property
    def key_range(self) -> tuple[int, int, int]:
        """First key, last key, step, for clients older than key specs."""
        return legacy_range(self.keys)


def _most_arguments(command: Command) -> int:
    """The most arguments that the function accepts, the command's name included."""
    if command.arity > 0:
        return command.arity
    if command.function is None:
        return ANY_NUMBER
    code = command.function.__code__
    takes_any_number = code.co_flags & 0x04  # inspect.CO_VARARGS, without the import's 10 ms
    return ANY_NUMBER if takes_any_number else code.co_argcount - 1 + command.words


TABLE: dict[str, Command] = {}
CALLED: dict[str, Command] = {}  # by the names that clients use, which rename-command changes
_BY_BYTES: dict[bytes, Command] = {}  # the same names as bytes, all in capitals or small letters


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
            flag_set = frozenset(flags.split())
            enter(Command(name, function, arity, flag_set, group, specs, *split_words(rest), find_keys))
            return function

        return register

    return command


def split_words(rest: dict[str, str]) -> tuple[list[str], list[str]]:
    """The tips, and the ACL categories that do not derive from the flags."""
    return rest.get("tips", "").split(), rest.get("categories", "").split()


def enter(spec: Command) -> None:
    """Add a command to the table, or a subcommand to its container."""
    parent, _, child = spec.name.partition("|")
    if child:
        TABLE[parent].subcommands[child] = spec
    else:
        TABLE[parent] = spec
        _call(spec, parent)


def _call(spec: Command, name: str) -> None:
    CALLED[name] = spec
    for written in (name, name.lower()):
        _BY_BYTES[written.encode("latin-1")] = spec


def rename(old: str, new: str) -> None:
    """`rename-command`: from now on clients call `old` by the name `new`, or not at all when that is empty.

    ACL rules, errors and COMMAND keep the old name.  ValueError with Redis's reason.
    """
    old, new = old.upper(), new.upper()
    if old not in CALLED:
        raise ValueError("No such command in rename-command")
    spec = CALLED.pop(old)
    for written in (old, old.lower()):
        del _BY_BYTES[written.encode("latin-1")]
    if new in CALLED:
        raise ValueError("Target command name already exists")
    if new:
        _call(spec, new)


def find(argv: Sequence[bytes]) -> Command:
    """The command or subcommand that `argv` calls; RedisError when it is unknown or the arity is wrong."""
    spec = _BY_BYTES.get(argv[0]) or CALLED.get(argv[0].upper().decode("latin-1"))
    if spec is None:
        raise unknown_command(argv)
    if spec.subcommands and len(argv) > 1:
        spec = find_subcommand(spec, argv[1])
    if spec.fewest <= len(argv) <= spec.most:
        return spec
    raise wrong_arity(spec.shown_name)


def lookup(argv: Sequence[bytes]) -> Command | None:
    """The command or subcommand that `argv` calls, with any number of arguments; None when it is unknown."""
    spec = CALLED.get(argv[0].upper().decode("latin-1"))
    if spec is not None and spec.subcommands and len(argv) > 1:
        return spec.subcommands.get(argv[1].upper().decode("latin-1"))
    return spec


def find_subcommand(parent: Command, name: bytes) -> Command:
    child = parent.subcommands.get(name.upper().decode("latin-1"))
    if child is None:
        raise unknown_subcommand(parent.name, name)
    return child


def find_by_name(name: bytes, table: dict[str, Command] = CALLED) -> Command | None:
    """The command called "get" or "client|kill", as COMMAND INFO names it; None when there is none."""
    parent, _, child = name.upper().decode("latin-1").partition("|")
    spec = table.get(parent)
    return spec.subcommands.get(child) if spec and b"|" in name else spec
