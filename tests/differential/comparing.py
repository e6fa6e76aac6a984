"""When two replies to one command are the same: exactly, but for what stands in these tables."""

from collections.abc import Callable, Sequence
from typing import Any

from redis_clone.protocol.errors import RedisError

Words = Sequence[bytes]


def compared(words: Words, reply: Any) -> Any:
    """The part of a reply that must be the same."""
    if isinstance(reply, RedisError):
        return typed(reply)
    loosen = LOOSELY.get(words[0].decode("latin-1"))
    return typed(loosen(words, reply) if loosen else reply)


def is_known(words: Words, ours: Any, real: Any) -> bool:
    return any(applies(words, ours, real) for _, applies in KNOWN)


def typed(value: Any) -> Any:
    """With the type of each part, for in Python 1 == 1.0 == True."""
    name = type(value).__name__
    if isinstance(value, list):
        return name, tuple(typed(item) for item in value)
    if isinstance(value, dict):
        return name, tuple(sorted(((typed(key), typed(item)) for key, item in value.items()), key=repr))
    return name, str(value) if isinstance(value, RedisError) else value


def in_any_order(words: Words, reply: Any) -> Any:
    return type(reply)(sorted(reply, key=repr)) if isinstance(reply, list) else reply


def pairs_in_any_order(words: Words, reply: Any) -> Any:
    """Fields with their values: flat in RESP2, a dict in RESP3."""
    return sorted(zip(reply[::2], reply[1::2], strict=True)) if isinstance(reply, list) else reply


def sorted_or_in_any_order(words: Words, reply: Any) -> Any:
    """BY a word without a star means not to sort; and C, when it sorts words, stops at a zero byte."""
    has_zero = (
        any(isinstance(item, bytes) and b"\0" in item for item in reply) if isinstance(reply, list) else False
    )
    return in_any_order(words, reply) if has_zero or b"BY" in [word.upper() for word in words] else reply


def how_many(words: Words, reply: Any) -> Any:
    """Of a random choice only its shape."""
    return len(reply) if isinstance(reply, list) else type(reply)


def a_whole_walk(words: Words, reply: Any) -> Any:
    """SCAN from the beginning and in one step finds everything."""
    at = 1 if words[0] == b"SCAN" else 2
    return in_any_order(words, as_numbers(words, reply[1])) if words[at] == b"0" else "a part"


def about(words: Words, reply: Any) -> Any:
    """A time that is counted from now: the servers were asked one after the other."""
    return reply if not isinstance(reply, int) or reply < 500 else len(str(reply // 500 * 500 + 500))


def as_numbers(words: Words, reply: Any) -> Any:
    """7.0 spells a score with 17 digits in RESP2, 7.2 with as few as it can."""
    if isinstance(reply, list):
        return type(reply)(as_numbers(words, item) for item in reply)
    try:
        number = float(reply) if isinstance(reply, bytes) else reply
    except ValueError:
        return reply
    return number if number == number else reply  # NaN is a word here, for it equals nothing


def of_a_stream(words: Words, reply: Any) -> Any:
    """Without what is TOLD_OTHERWISE, and the idle time in XPENDING's [id, consumer, idle, deliveries]."""
    if isinstance(reply, dict):
        return {key: of_a_stream(words, item) for key, item in reply.items() if key not in TOLD_OTHERWISE}
    if not isinstance(reply, list):
        return reply
    if len(reply) == 4 and isinstance(reply[3], int) and isinstance(reply[1], bytes):
        return [reply[0], reply[1], reply[3]]
    told = [at for at, name in enumerate(reply) if isinstance(name, bytes) and name in TOLD_OTHERWISE]
    left = [item for at, item in enumerate(reply) if at not in told and at - 1 not in told]
    return [of_a_stream(words, item) for item in left]


def busy_consumers(words: Words, reply: Any) -> Any:
    """Those with pending entries: with 7.2, one who asked in vain is there as well."""
    if not isinstance(reply, list) or words[1].upper() != b"CONSUMERS":
        return of_a_stream(words, reply)
    pending = [item[b"pending"] if isinstance(item, dict) else item[3] for item in reply]
    return [of_a_stream(words, item) for item, count in zip(reply, pending, strict=True) if count]


def of_a_group(words: Words, reply: Any) -> Any:
    return "0 or 1" if words[1].upper() == b"CREATECONSUMER" else reply


TOLD_OTHERWISE = {
    b"idle": "a time", b"seen-time": "a time",
    b"inactive": "came with 7.2", b"active-time": "came with 7.2",
    b"radix-tree-keys": "of a tree that we have not", b"radix-tree-nodes": "of a tree that we have not",
    b"consumers": "with 7.2 one who asked in vain is there as well",
}  # fmt: skip

LOOSELY: dict[str, Callable[[Words, Any], Any]] = {
    "SMEMBERS": in_any_order,
    "SINTER": in_any_order,
    "SUNION": in_any_order,
    "SDIFF": in_any_order,
    "KEYS": in_any_order,
    "HKEYS": in_any_order,
    "HVALS": in_any_order,
    "HGETALL": pairs_in_any_order,
    "SORT": sorted_or_in_any_order,
    "SORT_RO": sorted_or_in_any_order,
    "SCAN": a_whole_walk,
    "SSCAN": a_whole_walk,
    "HSCAN": a_whole_walk,
    "ZSCAN": a_whole_walk,
    "SRANDMEMBER": how_many,
    "HRANDFIELD": how_many,
    "ZRANDMEMBER": how_many,
    "TTL": about,
    "PTTL": about,
    "EXPIRETIME": about,
    "PEXPIRETIME": about,
    "XPENDING": of_a_stream,
    "XINFO": busy_consumers,
    "XGROUP": of_a_group,
    **dict.fromkeys(["ZADD", "ZINCRBY", "ZSCORE", "ZMSCORE", "ZPOPMIN", "ZPOPMAX", "ZMPOP"], as_numbers),
    **dict.fromkeys(["ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE", "ZREVRANGEBYSCORE"], as_numbers),
    **dict.fromkeys(["ZUNION", "ZINTER", "ZDIFF"], as_numbers),
}

# Where the 7.2 that we follow answers otherwise than the 7.0 that is installed, or C shows through.
KNOWN: list[tuple[str, Callable[[Words, Any, Any], bool]]] = [
    (
        "7.2 tells what LPOS's RANK may be; 7.0 takes the lowest integer for -1",
        lambda words, ours, real: words[0] == b"LPOS" and "value must between" in str(ours),
    ),
    (
        "7.2 names the command, and the sign that it takes",
        lambda words, ours, real: "Unbalanced" in str(ours) and "Unbalanced" in str(real),
    ),
    (
        "7.2 keeps short lists and small sets in a listpack; and SORT leaves a sorted set in a skiplist",
        lambda words, ours, real: words[0] == b"OBJECT" and ours == b"listpack" and real in OLD_ENCODINGS,
    ),
    (
        "C ends what it quotes in an error at a zero byte",
        lambda words, ours, real: isinstance(ours, RedisError) and "\0" in str(ours),
    ),
    (
        "SORT looks at an errno that the command before may have left behind",
        lambda words, ours, real: words[0] in (b"SORT", b"SORT_RO") and "can't be converted" in str(real),
    ),
    (
        "we know a string, not how it came to be: INCRBYFLOAT makes no int, BITOP only raw ones",
        lambda words, ours, real: words[0] == b"OBJECT" and real in (b"embstr", b"raw"),
    ),
    (
        "a walk of several steps is each server's own affair",
        lambda words, ours, real: words[0].endswith(b"SCAN") and (_is_part(ours) or _is_part(real)),
    ),
]


def _is_part(reply: Any) -> bool:
    return isinstance(reply, list) and len(reply) == 2 and reply[0] != b"0"


OLD_ENCODINGS = (b"quicklist", b"hashtable", b"skiplist")
