"""The commands that are made for each group, and those that never are, with the reason."""

from collections.abc import Callable
from functools import cache, partial

import sort_group
from argument_grammar import Argv, Choose, make
from argument_values import BY_TYPE, COUNTS, LEX_ENDS, WORDS

from redis_clone import commands
from redis_clone.command_table.registry import TABLE, Command

commands.load()
KEYS = BY_TYPE["key"]

LEFT_OUT = {
    "SHUTDOWN": "it would end the server",
    "WAIT": "it waits",
    "WAITAOF": "came with 7.2, and it waits",
    "MIGRATE": "needs another server",
    "DEBUG": "it may stop the server, and its DIGEST is used for comparing",
    "RANDOMKEY": "random; tested in tests/commands",
    "SPOP": "random, and all later replies would depend on it",
    "DBSIZE": "counts expired keys until they are deleted, at a time that differs between the servers",
    "XSETID": "7.2 rejects ids that 7.0 accepts, and all later replies would differ",
    "PFSELFTEST": "the server tests itself",
    "PFDEBUG": "for tests of the server itself",
    "DUMP": "7.0 and 7.2 write different versions of the format",
    "OBJECT|IDLETIME": "depends on the time",
    "OBJECT|FREQ": "random",
    "OBJECT|REFCOUNT": "depends on the C program",
}
AT_MOST = {  # length of the argv
    "ZRANK": (3, "WITHSCORE came with 7.2"),
    "ZREVRANK": (3, "WITHSCORE came with 7.2"),
}

GROUPS = [
    "string", "generic", "list", "hash", "set", "sorted-set", "lex", "bitmap", "hyperloglog", "geo", "stream",
    "sort", "transactions",
]  # fmt: skip
# Other commands that each group needs: for keys of other types, and to delete, rename or expire keys.
ANY_TYPE = ["SET", "APPEND", "RPUSH", "SADD", "HSET", "ZADD", "XADD"]
ANY_KEY = ["DEL", "RENAME", "COPY", "PEXPIREAT", "EXPIREAT", "EXPIRE", "TTL", "PERSIST", "TYPE", "EXISTS"]
FILLERS = {  # commands that make keys of the group's own type
    "string": ["SET"], "list": ["RPUSH", "LPUSH"], "hash": ["HSET"], "set": ["SADD"], "sorted-set": ["ZADD"],
    "bitmap": ["SETBIT", "SET"], "hyperloglog": ["PFADD"], "geo": ["GEOADD"],
    "stream": ["XADD", "XGROUP|CREATE"],
    "generic": [*ANY_TYPE, "SWAPDB", "FLUSHDB", "SELECT"],
}  # fmt: skip

BEGINNINGS = {  # the data that a conversation begins with
    "string": ["SET a abcab", "SET b 10", "RPUSH c a"],
    "generic": ["RPUSH a 3 1 2", "SET b text", "ZADD c 1 a 2 b", "SET a_weight 2"],
    "list": ["RPUSH a a b c a b c 1 2", "RPUSH b b", "SET c text"],
    "hash": ["HSET a a 1 b 2 c 3.5 1 x", "HSET b a 9223372036854775807", "SET c text"],
    "set": ["SADD a a b c 1 2", "SADD b 1 2 10", "SADD c b c 1", "SET d text"],
    "sorted-set": ["ZADD a 1 a 2 b 2 c 3.5 1 -inf 10", "ZADD b 0.1 a 5 b 1e300 2", "SADD c a b 10"],
    "lex": ["ZADD a 0 a 0 b 0 c 0 abc 0 10", "ZADD b 0 b 0 a"],
    "bitmap": ["SET a abcab", "SETBIT b 100 1", "RPUSH c a"],
    "hyperloglog": ["PFADD a a b c 1 2", "PFADD b 10", "SET c text"],
    "geo": ["GEOADD a 13.361389 38.115556 a 15.087269 37.502669 b 2.35 48.85 c", "GEOADD b 180 0 a"],
    "stream": [
        "XADD a 1-1 a 1", "XADD a 1-2 b 2", "XADD a 2-1 a 3", "XADD a 4-1 c 4", "XADD a 5-1 c 4",
        "XADD b 1-1 a b",
        "XGROUP CREATE a g 0", "XGROUP CREATE a h $", "XGROUP CREATE b g 1-1", "XGROUP CREATE c g 0 MKSTREAM",
        "XREADGROUP GROUP g ann COUNT 3 STREAMS a >", "XREADGROUP GROUP g bob COUNT 1 STREAMS a >",
    ],
    "sort": sort_group.BEGINNING,
    "transactions": ["SET a 10", "RPUSH b a b c", "ZADD c 1 a 2 b"],
}  # fmt: skip

Maker = Callable[[Choose], Argv]


def is_compared(spec: Command) -> bool:
    is_lex = "LEX" in spec.name  # undefined where scores differ: see LEX below
    is_help = spec.name.endswith("|HELP")  # the texts differ
    return spec.function is not None and spec.name not in LEFT_OUT and not (is_lex or is_help)


def specs_of(group: str) -> list[Command]:
    specs = [spec for parent in TABLE.values() for spec in (parent, *parent.subcommands.values())]
    return [spec for spec in specs if spec.group == group and is_compared(spec)]


def beginning(group: str) -> list[Argv]:
    return [line.encode().split() for line in BEGINNINGS[group]]


@cache
def makers(group: str) -> list[Maker]:
    """Functions that make a command each; a function that is there several times is chosen more often."""
    if group == "lex":
        return [add_with_one_score] * 6 + LEX + _makers(_named("DEL", "SET", "ZREM")) + [expire_soon]
    if group == "sort":
        return sort_group.MAKERS
    own = specs_of(group)
    if group == "transactions":
        others = [spec for other in GROUPS[:-1] for spec in specs_of(other)]
        return [*_makers(own * (len(others) // (2 * len(own))) + others), expire_soon]
    fill = _named(*FILLERS[group]) * (len(own) // 4 + 1)
    around = _named(*ANY_TYPE, *ANY_KEY)
    return [*_makers(own * (2 * len(around) // len(own) + 1) + fill + around), expire_soon]


def expire_soon(choose: Choose) -> Argv:
    """A key of any type that will have expired, for runner.py lets time pass; PXAT leaves strings alone."""
    return [b"PEXPIRE", choose(KEYS), b"1"]


def _named(*names: str) -> list[Command]:
    return [
        TABLE[parent].subcommands[child] if child else TABLE[parent]
        for parent, _, child in (name.partition("|") for name in names)
        if parent in TABLE
    ]


def _makers(specs: list[Command]) -> list[Maker]:
    return [partial(_make_short, spec=spec) for spec in specs]


def _make_short(choose: Choose, spec: Command) -> Argv:
    most, _ = AT_MOST.get(spec.name, (None, ""))
    return make(choose, spec)[:most]


# Ranges of members are defined only where all scores are equal.


def add_with_one_score(choose: Choose) -> Argv:
    pairs = [(b"0", choose(WORDS)) for _ in range(choose([1, 2, 3, 5]))]
    return [b"ZADD", choose(KEYS), *[word for pair in pairs for word in pair]]


def _by_lex(name: bytes, *options: bytes) -> Maker:
    def make_range(choose: Choose) -> Argv:
        limit = [b"LIMIT", choose(COUNTS), choose(COUNTS)] if options and choose([True, False]) else []
        stored = [choose(KEYS)] if name == b"ZRANGESTORE" else []
        return [
            name,
            *stored,
            choose(KEYS),
            choose(LEX_ENDS),
            choose(LEX_ENDS),
            *filter(None, options),
            *limit,
        ]

    return make_range


LEX = [
    _by_lex(b"ZLEXCOUNT"), _by_lex(b"ZREMRANGEBYLEX"), _by_lex(b"ZRANGEBYLEX", b""),
    _by_lex(b"ZREVRANGEBYLEX", b""),
    _by_lex(b"ZRANGE", b"BYLEX"), _by_lex(b"ZRANGE", b"REV", b"BYLEX"), _by_lex(b"ZRANGESTORE", b"BYLEX"),
]  # fmt: skip
