"""A wrong answer: the counter is kept although it is above the cap."""

from redis_clone.command_table.keyspecs import one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import integer
from redis_clone.server.state import Client
from redis_clone.storage.strings import STRING

command = command_group("string")


@command("INCRCAP", arity=3, flags="write denyoom fast", keys=one_key("RW access update"))
def incrcap(client: Client, key: bytes, cap: bytes) -> int | None:
    """Adds 1 to a counter, unless that would be more than a cap: then nil.

    INCRCAP key cap
    Since 7.2.0, O(1)
    """
    most = integer(cap)
    total = integer(client.db.edit(key, STRING) or b"0") + 1
    client.db.update(key, b"%d" % total, "incrby")
    return total if total <= most else None
