"""INCRCAP: a counter that stops at a cap."""

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.server.state import Client
from redis_clone.storage.strings import STRING

command = command_group("string")

# The decorator belongs here: @command("INCRCAP", arity=..., flags="...", keys=one_key("..."))


def incrcap(client: Client, key: bytes, cap: bytes) -> int | None:
    """Adds 1 to a counter, unless that would be more than a cap: then nil.

    INCRCAP key cap
    Since 7.2.0, O(1)
    """
    raise NotImplementedError("incrcap is yours to write")
