"""Which commands are made for each group, and which never, with the reason."""

from argument_grammar import Choose, Words, make

from redis_clone import commands
from redis_clone.registry import TABLE, Command

commands.load()

LEFT_OUT = {
    "SHUTDOWN": "it would end the server",
    "DEBUG": "it may stop the server, and it is the judge",
    "RANDOMKEY": "random; what is left to compare is in tests/commands",
    "PFSELFTEST": "it tests nothing that we share",
    "DUMP": "7.0 and 7.2 write other versions of the format",
    "OBJECT|IDLETIME": "depends on the time",
    "XINFO|HELP": "7.0 writes other words", 
    "XGROUP|HELP": "7.0 writes other words",
}
BLOCKING_UNLESS_ASKED = {"XREAD", "XREADGROUP"}  # they wait only with BLOCK, which is never said

GROUPS = [
    "string", "generic", "list", "hash", "set", "sorted-set", "bitmap", "hyperloglog", "geo", "stream", "transactions",
]  # fmt: skip
# What else a group needs: keys of other types, keys that go and come, other databases.
ANY_TYPE = ["SET", "APPEND", "RPUSH", "SADD", "HSET", "ZADD", "XADD"]
ANY_KEY = ["DEL", "RENAME", "COPY", "PEXPIREAT", "EXPIREAT", "EXPIRE", "TTL", "PERSIST", "TYPE", "EXISTS"]
MORE = {"generic": ["DBSIZE", "SWAPDB", "FLUSHDB", "SELECT"] + ANY_TYPE * 2, "transactions": []}
FILLERS = {  # what fills a key of the type that a group is about, or it would seldom be there
    "string": ["SET"], "list": ["RPUSH", "LPUSH"], "hash": ["HSET"], "set": ["SADD"], "sorted-set": ["ZADD"],
    "bitmap": ["SETBIT", "SET"], "hyperloglog": ["PFADD"], "geo": ["GEOADD"], "stream": ["XADD", "XGROUP|CREATE"],
    "generic": ANY_TYPE,
}  # fmt: skip


def is_judged(row: Command) -> bool:
    waits = "blocking" in row.flags and row.name not in BLOCKING_UNLESS_ASKED
    return row.function is not None and row.name not in LEFT_OUT and not waits


def rows_of(group: str) -> list[Command]:
    rows = [row for parent in TABLE.values() for row in (parent, *parent.subcommands.values())]
    return [row for row in rows if row.group == group and is_judged(row)]


def named(*names: str) -> list[Command]:
    return [row for group in GROUPS + ["server", "connection"] for row in rows_of(group) if row.name in names]


def weighted(group: str) -> list[Command]:
    """The rows to choose from, those that are to come often several times."""
    own = rows_of(group)
    if group == "transactions":
        others = [row for other in GROUPS[:-1] for row in rows_of(other)]
        return own * (len(others) // (2 * len(own))) + others
    fill = named(*FILLERS[group]) * (len(own) // 6 + 1)
    around = named(*ANY_TYPE, *ANY_KEY, *MORE.get(group, ()))
    return own * (2 * len(around) // len(own) + 1) + fill * 2 + around


def a_command(choose: Choose, rows: list[Command]) -> Words:
    return make(choose, choose(rows))
