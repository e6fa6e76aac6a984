"""Which commands may be run: +get, -config|set, +@read, and so on, each rule on top of the ones before.

Kept in two forms.  For asking: all commands or none, and the names of those for which it is the other way
round; so "all" also means the commands that are registered later.  For telling: the rules as they were
given, less those that a later one made pointless.  (7.0 computes the fewest categories that come near; 7.2
tells what it was told.)

A rule for a command holds for its subcommands too.  Of a command that is not allowed, calls with one first
argument can be: +select|0, an old habit that Redis keeps for those who have it.
"""

from collections.abc import Sequence

from redis_clone.command_table.registry import TABLE, Command, find_by_name
from redis_clone.features.acl.categories import UNKNOWN_COMMAND, BadRule, commands_in

SYNTAX = "Syntax error"
ARGUMENT_OF_SUBCOMMAND = "Allowing first-arg of a subcommand is not supported"


class CommandRules:
    """
    >>> rules = CommandRules()
    >>> rules.allow_all(); rules.formatted
    '+@all'
    """

    def __init__(self) -> None:
        self._begin(False)

    def _begin(self, all_: bool) -> None:
        self._all = all_
        self._exceptions: set[str] = set()  # names of commands for which it is not as `_all` says
        self._first_arguments: dict[str, list[bytes]] = {}  # by name, in lower case
        self._rules: list[str] = []  # as given: "+get", "-@dangerous"

    def copy(self) -> "CommandRules":
        twin = CommandRules()
        twin._all = self._all
        twin._exceptions = self._exceptions.copy()
        twin._first_arguments = {name: words.copy() for name, words in self._first_arguments.items()}
        twin._rules = self._rules.copy()
        return twin

    @property
    def allows_everything(self) -> bool:
        return self._all and not self._exceptions

    @property
    def formatted(self) -> str:
        """The rules that lead here from nothing."""
        return " ".join(["+@all" if self._all else "-@all", *self._rules])

    def allows(self, command: Command, argv: Sequence[bytes]) -> bool:
        if (command.name in self._exceptions) is not self._all or "no_auth" in command.flags:
            return True
        words = self._first_arguments.get(command.name)
        return words is not None and len(argv) > 1 and argv[1].lower() in words

    # The rules.

    def allow_all(self) -> None:
        self._begin(True)

    def deny_all(self) -> None:
        self._begin(False)

    def change(self, rule: str) -> None:
        """Take a rule that begins with + or -; BadRule when there is no such command or category."""
        allow, what = rule[0] == "+", rule[1:]
        if what.startswith("@"):
            for spec in commands_in(what[1:]):
                self._set(spec, allow)
            self._remember(what, allow)
        elif allow and "|" in what:
            self._allow_part(what)
        else:
            spec = _known(what)
            self._set(spec, allow)
            self._remember(spec.shown_name, allow)

    def _allow_part(self, what: str) -> None:
        """A subcommand, or a first argument of a command that has none."""
        name, _, part = what.rpartition("|")
        parent = _known(name)
        if "|" in parent.name:
            raise BadRule(ARGUMENT_OF_SUBCOMMAND)
        if not part:
            raise BadRule(SYNTAX)
        if parent.subcommands:
            self._set(_known(what), True)
        else:
            words = self._first_arguments.setdefault(parent.name, [])
            words.append(part.lower().encode("latin-1"))
        self._remember(what, True)

    def _set(self, spec: Command, allow: bool) -> None:
        self._first_arguments.pop(spec.name, None)
        for each in (spec, *spec.subcommands.values()):
            if allow is self._all:
                self._exceptions.discard(each.name)
            else:
                self._exceptions.add(each.name)

    def _remember(self, what: str, allow: bool) -> None:
        """Put it last; it replaces the rules for the same thing, and for parts of it."""
        what = what.lower()
        kept = [rule for rule in self._rules if rule[1:] != what and not rule[1:].startswith(what + "|")]
        self._rules = [*kept, ("+" if allow else "-") + what]


def _known(name: str) -> Command:
    spec = find_by_name(name.encode("latin-1"), TABLE)
    if spec is None:
        raise BadRule(UNKNOWN_COMMAND)
    return spec
