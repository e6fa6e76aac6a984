"""The categories of commands, as ACL rules name them: +@read, -@dangerous.

Nearly all of them follow from a command's flags and from the group that it belongs to.
"""

from collections.abc import Iterator

from redis_clone.command_table.registry import TABLE, Command

CATEGORIES = (
    "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap", "hyperloglog", "geo",
    "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous", "connection", "transaction",
    "scripting",
)  # fmt: skip

UNKNOWN_COMMAND = "Unknown command or category name in ACL"

IMPLIED_CATEGORIES = {
    "write": ["write"],
    "readonly": ["read"],
    "admin": ["admin", "dangerous"],
    "pubsub": ["pubsub"],
    "blocking": ["blocking"],
}
GROUP_CATEGORIES = {  # the groups without an entry give none
    "bitmap": "bitmap",
    "connection": "connection",
    "generic": "keyspace",
    "geo": "geo",
    "hash": "hash",
    "hyperloglog": "hyperloglog",
    "list": "list",
    "scripting": "scripting",
    "set": "set",
    "sorted-set": "sortedset",
    "stream": "stream",
    "string": "string",
    "transactions": "transaction",
}


class BadRule(ValueError):
    """A rule is wrong; the text says why, in Redis's words."""


def categories_of(spec: Command) -> set[str]:
    """The categories of a command, without the '@' (setImplicitACLCategories in server.c).

    `categories=` of a command adds some; with a minus it removes one that follows from the group.
    """
    found = {category for flag in spec.flags for category in IMPLIED_CATEGORIES.get(flag, ())}
    if spec.group == "scripting":
        found.discard("read")
    if spec.group in GROUP_CATEGORIES and not spec.is_container:
        found.add(GROUP_CATEGORIES[spec.group])
    found.add("fast" if "fast" in spec.flags else "slow")
    found |= {category for category in spec.more_categories if not category.startswith("-")}
    return found - {category[1:] for category in spec.more_categories if category.startswith("-")}


def commands_in(category: str) -> list[Command]:
    """The commands and subcommands of a category.  BadRule when there is no such category."""
    if category.lower() not in CATEGORIES:
        raise BadRule(UNKNOWN_COMMAND)
    return [spec for spec in _all_commands() if category.lower() in categories_of(spec)]


def _all_commands() -> Iterator[Command]:
    for spec in TABLE.values():
        yield spec
        yield from spec.subcommands.values()
