"""Which commands may run: +get, -config|set, +@read, and so on, each rule on top of the ones before.

The rules are kept in two forms.  To check a command: all commands or none, and the names of the exceptions;
so "all" includes commands that are registered later.  To show the rules: as they were given, without those
that a later rule made pointless.  (7.0 computes the fewest categories that come near; 7.2 shows the rules as
given.)

A rule for a command holds for its subcommands too.  Of a command that is not allowed, calls with one first
argument can be: +select|0, an old form that Redis still accepts.
"""

from collections.abc import Sequence

from redis_clone.command_table.registry import TABLE, Command, find_by_name
from redis_clone.features.acl.categories import UNKNOWN_COMMAND, BadRule, commands_in

SYNTAX = "Syntax error"
ARGUMENT_OF_SUBCOMMAND = "Allowing first-arg of a subcommand is not supported"


class CommandRules:
    """The commands that a selector allows.

    >>> rules = CommandRules()
    >>> rules.allow_all(); rules.formatted
    '+@all'
    """

    def __init__(self) -> None:
        self._begin(False)

    def _begin(self, all_: bool) -> None:
        self._all = all_
        self._exceptions: set[str] = set()  # names of commands for which `_all` does not hold
        self._first_arguments: dict[str, list[bytes]] = {}  # by name, in lower case
        self._rules: list[str] = []  # as given: "+get", "-@dangerous"

    def copy(self) -> "CommandRules":
        clone = CommandRules()
        clone._all = self._all
        clone._exceptions = self._exceptions.copy()
        clone._first_arguments = {name: arguments.copy() for name, arguments in self._first_arguments.items()}
        clone._rules = self._rules.copy()
        return clone

    @property
    def allows_everything(self) -> bool:
        return self._all and not self._exceptions

    @property
    def formatted(self) -> str:
        """The rules, to be applied to a selector without any."""
        return " ".join(["+@all" if self._all else "-@all", *self._rules])

    def allows(self, command: Command, argv: Sequence[bytes]) -> bool:
        if (command.name in self._exceptions) is not self._all or "no_auth" in command.flags:
            return True
        arguments = self._first_arguments.get(command.name)
        return arguments is not None and len(argv) > 1 and argv[1].lower() in arguments

    # Changing the rules.

    def allow_all(self) -> None:
        self._begin(True)

    def deny_all(self) -> None:
        self._begin(False)

    def change(self, rule: str) -> None:
        """Apply a rule that begins with + or -; BadRule when there is no such command or category."""
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
        """Allow a subcommand, or a first argument of a command without subcommands."""
        name, _, part = what.rpartition("|")
        parent = _known(name)
        if "|" in parent.name:
            raise BadRule(ARGUMENT_OF_SUBCOMMAND)
        if not part:
            raise BadRule(SYNTAX)
        if parent.subcommands:
            self._set(_known(what), True)
        else:
            arguments = self._first_arguments.setdefault(parent.name, [])
            arguments.append(part.lower().encode("latin-1"))
        self._remember(what, True)

    def _set(self, spec: Command, allow: bool) -> None:
        self._first_arguments.pop(spec.name, None)
        for each in (spec, *spec.subcommands.values()):
            if allow is self._all:
                self._exceptions.discard(each.name)
            else:
                self._exceptions.add(each.name)

    def _remember(self, what: str, allow: bool) -> None:
        """Append a rule; it replaces those for the same command or category, and for its subcommands."""
        what = what.lower()
        kept = [rule for rule in self._rules if rule[1:] != what and not rule[1:].startswith(what + "|")]
        self._rules = [*kept, ("+" if allow else "-") + what]


def _known(name: str) -> Command:
    spec = find_by_name(name.encode("latin-1"), TABLE)
    if spec is None:
        raise BadRule(UNKNOWN_COMMAND)
    return spec
