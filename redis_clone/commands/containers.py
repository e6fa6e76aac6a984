"""Containers: commands such as CLIENT that have subcommands and do nothing themselves.

The HELP of a container is made from the manual pages of its subcommands.
"""

from typing import Any

from redis_clone.command_table.registry import TABLE, Command, command_group, enter, split_words
from redis_clone.protocol.replies import SimpleString


def container(name: str, group: str, help_since: str = "5.0.0", **rest: str) -> None:
    """Enters a container into the command table, with its subcommand HELP."""
    enter(Command(name, None, -2, frozenset(), group, (), *split_words(rest)))
    add_help(name, group, help_since, **rest)


def add_help(name: str, group: str, since: str = "5.0.0", **rest: str) -> None:
    def help_(client: Any) -> list[SimpleString]:
        """Tells what the subcommands are for."""
        return [SimpleString(line) for line in help_lines(TABLE[name])]

    help_.__doc__ = f"{help_.__doc__}\n\n{name} HELP\nSince {since}, O(1)"
    command_group(group)(f"{name}|HELP", arity=2, flags="loading stale", **rest)(help_)


def help_lines(parent: Command) -> list[str]:
    """The form of addReplyHelp in networking.c: a subcommand, and below it what it is for."""
    lines = [f"{parent.name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"]
    for word, spec in parent.subcommands.items():
        lines += [spec.page.syntax.partition(" ")[2] or word, f"    {spec.page.summary}"]
    return lines
