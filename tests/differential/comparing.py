"""Whether the replies of two servers to one command are the same.

They must be equal, with the exceptions in the tables LOOSELY and KNOWN.
"""

from collections.abc import Callable, Sequence
from typing import Any

from redis_clone.protocol.errors import RedisError

Argv = Sequence[bytes]


def compared(argv: Argv, reply: Any) -> Any:
    """The part of a reply that must be the same."""
    if isinstance(reply, RedisError):
        return typed(reply)
    loosen = LOOSELY.get(argv[0].decode("latin-1"))
    return typed(loosen(argv, reply) if loosen else reply)


def is_known(argv: Argv, ours: Any, real: Any) -> bool:
    return any(applies(argv, ours, real) for _, applies in KNOWN)


def typed(value: Any) -> Any:
    """The value with the type of each part, because in Python 1 == 1.0 == True."""
    name = type(value).__name__
    if isinstance(value, list):
        return name, tuple(typed(item) for item in value)
    if isinstance(value, dict):
        return name, tuple(sorted(((typed(key), typed(item)) for key, item in value.items()), key=repr))
    return name, str(value) if isinstance(value, RedisError) else value


def in_any_order(argv: Argv, reply: Any) -> Any:
    return type(reply)(sorted(reply, key=repr)) if isinstance(reply, list) else reply


def pairs_in_any_order(argv: Argv, reply: Any) -> Any:
    """Fields with their values, sorted: a flat list in RESP2, a dict in RESP3."""
    return sorted(zip(reply[::2], reply[1::2], strict=True)) if isinstance(reply, list) else reply


def sort_reply(argv: Argv, reply: Any) -> Any:
    """The reply of SORT, in any order where equals may come in any: BY texts, or with a zero byte in a text.

    C compares texts up to a zero byte only.
    """
    has_zero = (
        any(isinstance(item, bytes) and b"\0" in item for item in reply) if isinstance(reply, list) else False
    )
    has_equals = {b"BY", b"ALPHA"} <= {word.upper() for word in argv}
    return in_any_order(argv, reply) if has_zero or has_equals else reply


def only_the_length(argv: Argv, reply: Any) -> Any:
    """The length or type of a random reply."""
    return len(reply) if isinstance(reply, list) else type(reply)


def whole_scan(argv: Argv, reply: Any) -> Any:
    """The elements of a SCAN that is complete in one call, in any order."""
    at = 1 if argv[0] == b"SCAN" else 2
    return in_any_order(argv, as_numbers(argv, reply[1])) if argv[at] == b"0" else "a part"


def rounded_time(argv: Argv, reply: Any) -> Any:
    """A time to live, rounded, because the servers get the command at slightly different times."""
    return reply if not isinstance(reply, int) or reply < 500 else len(str(reply // 500 * 500 + 500))


def as_numbers(argv: Argv, reply: Any) -> Any:
    """Numeric texts as numbers: 7.0 formats a score with 17 digits in RESP2, 7.2 with as few as needed."""
    if isinstance(reply, list):
        return type(reply)(as_numbers(argv, item) for item in reply)
    try:
        number = float(reply) if isinstance(reply, bytes) else reply
    except ValueError:
        return reply
    return number if number == number else reply  # NaN stays a text, because it equals nothing


def stream_reply(argv: Argv, reply: Any) -> Any:
    """The reply without DIFFERENT_FIELDS, and without the idle time in XPENDING's entries."""
    if isinstance(reply, dict):
        return {key: stream_reply(argv, item) for key, item in reply.items() if key not in DIFFERENT_FIELDS}
    if not isinstance(reply, list):
        return reply
    if len(reply) == 4 and isinstance(reply[3], int) and isinstance(reply[1], bytes):
        return [reply[0], reply[1], reply[3]]
    dropped = [at for at, name in enumerate(reply) if isinstance(name, bytes) and name in DIFFERENT_FIELDS]
    left = [item for at, item in enumerate(reply) if at not in dropped and at - 1 not in dropped]
    return [stream_reply(argv, item) for item in left]


def consumers_with_pending(argv: Argv, reply: Any) -> Any:
    """The consumers with pending entries: 7.2 also lists a consumer that has read nothing yet."""
    if not isinstance(reply, list) or argv[1].upper() != b"CONSUMERS":
        return stream_reply(argv, reply)
    pending = [item[b"pending"] if isinstance(item, dict) else item[3] for item in reply]
    return [stream_reply(argv, item) for item, count in zip(reply, pending, strict=True) if count]


def group_reply(argv: Argv, reply: Any) -> Any:
    return "0 or 1" if argv[1].upper() == b"CREATECONSUMER" else reply


DIFFERENT_FIELDS = {
    b"idle": "a time", b"seen-time": "a time",
    b"inactive": "came with 7.2", b"active-time": "came with 7.2",
    b"radix-tree-keys": "we have no tree", b"radix-tree-nodes": "we have no tree",
    b"consumers": "7.2 also counts a consumer that has read nothing yet",
}  # fmt: skip

LOOSELY: dict[str, Callable[[Argv, Any], Any]] = {
    "SMEMBERS": in_any_order,
    "SINTER": in_any_order,
    "SUNION": in_any_order,
    "SDIFF": in_any_order,
    "KEYS": in_any_order,
    "HKEYS": in_any_order,
    "HVALS": in_any_order,
    "HGETALL": pairs_in_any_order,
    "SORT": sort_reply,
    "SORT_RO": sort_reply,
    "SCAN": whole_scan,
    "SSCAN": whole_scan,
    "HSCAN": whole_scan,
    "ZSCAN": whole_scan,
    "SRANDMEMBER": only_the_length,
    "HRANDFIELD": only_the_length,
    "ZRANDMEMBER": only_the_length,
    "TTL": rounded_time,
    "PTTL": rounded_time,
    "EXPIRETIME": rounded_time,
    "PEXPIRETIME": rounded_time,
    "XPENDING": stream_reply,
    "XINFO": consumers_with_pending,
    "XGROUP": group_reply,
    **dict.fromkeys(["ZADD", "ZINCRBY", "ZSCORE", "ZMSCORE", "ZPOPMIN", "ZPOPMAX", "ZMPOP"], as_numbers),
    **dict.fromkeys(["BZPOPMIN", "BZPOPMAX", "BZMPOP"], as_numbers),
    **dict.fromkeys(["ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE"], as_numbers),
    **dict.fromkeys(["ZUNION", "ZINTER", "ZDIFF"], as_numbers),
}

# Known differences: this server follows 7.2, while 7.0 is installed; and some come from C.
KNOWN: list[tuple[str, Callable[[Argv, Any, Any], bool]]] = [
    (
        "7.2 checks the range of LPOS's RANK; 7.0 takes the lowest integer for -1",
        lambda argv, ours, real: argv[0] == b"LPOS" and "value must between" in str(ours),
    ),
    (
        "7.2 names the command, and the sign that it takes",
        lambda argv, ours, real: "Unbalanced" in str(ours) and "Unbalanced" in str(real),
    ),
    (
        "7.2 keeps short lists and small sets in a listpack",
        lambda argv, ours, real: argv[0] == b"OBJECT" and (ours, real) in NEW_ENCODINGS,
    ),
    (
        "C ends what it quotes in an error at a zero byte",
        lambda argv, ours, real: isinstance(ours, RedisError) and "\0" in str(ours),
    ),
    (
        "a scan of several calls has an order of its own on each server",
        lambda argv, ours, real: argv[0].endswith(b"SCAN") and (_is_part(ours) or _is_part(real)),
    ),
]


def _is_part(reply: Any) -> bool:
    return isinstance(reply, list) and len(reply) == 2 and reply[0] != b"0"


NEW_ENCODINGS = {(b"listpack", b"quicklist"), (b"listpack", b"hashtable")}
