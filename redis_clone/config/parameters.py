"""The parameters: one row each.

A row says the name, the default, what kind of value it takes and whether it may change while the server
runs.  The rows that are fixed at their default are true statements about this server, and are here because
clients ask for them.
"""

import itertools
from typing import NamedTuple

from redis_clone.config.kinds import (
    Choice,
    CpuList,
    EventLetters,
    Folder,
    Integer,
    Kind,
    Memory,
    Text,
    Words,
    YesNo,
)


class Parameter(NamedTuple):
    """One row.  `fixed`: only at the start; `only`: no other value than the default works here."""

    name: str
    default: str
    kind: Kind
    fixed: bool = False
    only: bool = False


HUGE = 2**63 - 1
INT = 2**31 - 1
LEVELS = ("debug", "verbose", "notice", "warning", "nothing")
POLICIES = (
    "volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl",
    "allkeys-lru", "allkeys-lfu", "allkeys-random", "noeviction",
)  # fmt: skip

PARAMETERS = {
    row.name: row
    for row in (
        Parameter("appendonly", "no", YesNo(), only=True),
        Parameter("bind", "127.0.0.1", Words(), fixed=True),
        Parameter("client-query-buffer-limit", "1gb", Memory(1024**2, HUGE)),
        Parameter("daemonize", "no", YesNo(), only=True),
        Parameter("databases", "16", Integer(1, INT), fixed=True),
        Parameter("dir", ".", Folder()),
        Parameter("logfile", "", Text(), fixed=True),
        Parameter("hash-max-listpack-entries", "512", Integer(0, HUGE)),
        Parameter("hash-max-listpack-value", "64", Integer(0, HUGE)),
        Parameter("hz", "10", Integer(0, INT), only=True),
        Parameter("list-max-listpack-size", "-2", Integer(-(2**31), INT)),
        Parameter("loglevel", "notice", Choice(LEVELS)),
        Parameter("maxclients", "10000", Integer(1, 2**32 - 1)),
        Parameter("maxmemory", "0", Memory(0, HUGE), only=True),
        Parameter("maxmemory-policy", "noeviction", Choice(POLICIES), only=True),
        Parameter("notify-keyspace-events", "", EventLetters("g$lshzxetdnKEm", all="g$lshzxetd")),
        Parameter("port", "6379", Integer(0, 65535), fixed=True),
        Parameter("proto-max-bulk-len", "512mb", Memory(1024**2, HUGE)),
        Parameter("protected-mode", "no", YesNo(), only=True),
        Parameter("requirepass", "", Text()),
        Parameter("save", "", Words(), only=True),
        Parameter("server_cpulist", "", CpuList(), fixed=True),
        Parameter("set-max-intset-entries", "512", Integer(0, HUGE)),
        Parameter("set-max-listpack-entries", "128", Integer(0, HUGE)),
        Parameter("set-max-listpack-value", "64", Integer(0, HUGE)),
        Parameter("tcp-backlog", "511", Integer(0, INT), fixed=True),
        Parameter("tcp-keepalive", "300", Integer(0, INT)),
        Parameter("timeout", "0", Integer(0, INT), only=True),
        Parameter("trace", "no", YesNo()),  # ours: show the bytes of every connection on the terminal
        Parameter("unixsocket", "", Text(), fixed=True),
        Parameter("zset-max-listpack-entries", "128", Integer(0, HUGE)),
        Parameter("zset-max-listpack-value", "64", Integer(0, HUGE)),
    )
}


# Names of old, for the same parameters.
for kind, field in itertools.product(("hash", "zset"), ("entries", "value")):
    new = PARAMETERS[f"{kind}-max-listpack-{field}"]
    PARAMETERS[f"{kind}-max-ziplist-{field}"] = new
PARAMETERS["list-max-ziplist-size"] = PARAMETERS["list-max-listpack-size"]
