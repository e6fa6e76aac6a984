"""When two replies to one command are the same: exactly, but for what stands in these tables."""

from collections.abc import Callable, Sequence
from typing import Any

from redis_clone.errors import RedisError

Words = Sequence[bytes]


def typed(value: Any) -> Any:
    """With the type of each part, for in Python 1 == 1.0 == True."""
    name = type(value).__name__
    if isinstance(value, list):
        return name, tuple(typed(item) for item in value)
    if isinstance(value, dict):
        return name, tuple(sorted(((typed(key), typed(item)) for key, item in value.items()), key=repr))
    return name, str(value) if isinstance(value, RedisError) else value


def in_any_order(reply: Any) -> Any:
    return type(reply)(sorted(reply, key=repr)) if isinstance(reply, list) else reply


def pairs_in_any_order(reply: Any) -> Any:
    if not isinstance(reply, list) or len(reply) % 2 or not all(isinstance(word, bytes) for word in reply):
        return in_any_order(reply)
    return sorted(zip(reply[::2], reply[1::2], strict=True))


def how_many(reply: Any) -> Any:
    """Of a random choice only its shape."""
    return len(reply) if isinstance(reply, list) else type(reply)


def batch_in_any_order(reply: Any) -> Any:
    return [reply[0], in_any_order(reply[1])] if isinstance(reply, list) else reply


def batch_of_pairs_in_any_order(reply: Any) -> Any:
    return [reply[0], pairs_in_any_order(reply[1])] if isinstance(reply, list) else reply


def about(reply: Any) -> Any:
    """A time that is counted from now: the servers were asked one after the other."""
    return reply if not isinstance(reply, int) or reply < 1000 else f"about {(reply + 50_000) // 100_000}"


def as_numbers(reply: Any) -> Any:
    """7.0 spells a score with 17 digits in RESP2, 7.2 with as few as it can."""
    if isinstance(reply, list):
        return type(reply)(as_numbers(item) for item in reply)
    try:
        return float(reply) if isinstance(reply, bytes) else reply
    except ValueError:
        return reply


def without_idle_times(reply: Any) -> Any:
    """The third of [id, consumer, idle, deliveries], and what XINFO calls idle, inactive and the like."""
    if isinstance(reply, dict):
        return {key: without_idle_times(item) for key, item in reply.items() if key not in TOLD_OTHERWISE}
    if not isinstance(reply, list):
        return reply
    if len(reply) == 4 and isinstance(reply[3], int) and isinstance(reply[1], bytes):
        return [reply[0], reply[1], reply[3]]
    told = [at for at, word in enumerate(reply) if isinstance(word, bytes) and word in TOLD_OTHERWISE]
    left = [item for at, item in enumerate(reply) if at not in told and at - 1 not in told]
    return [without_idle_times(item) for item in left]


TOLD_OTHERWISE = {
    b"idle": "a time", b"seen-time": "a time",
    b"inactive": "came with 7.2", b"active-time": "came with 7.2",
    b"radix-tree-keys": "of a tree that we have not", b"radix-tree-nodes": "of a tree that we have not",
    b"consumers": "with 7.2 XCLAIM and XAUTOCLAIM make a consumer even when there is nothing to claim",
}  # fmt: skip

SCORES = {name: as_numbers for name in ("ZADD", "ZINCRBY", "ZSCORE", "ZMSCORE", "ZRANGE", "ZREVRANGE", "ZRANGEBYSCORE",
          "ZREVRANGEBYSCORE", "ZUNION", "ZINTER", "ZDIFF", "ZPOPMIN", "ZPOPMAX", "ZMPOP", "ZRANGEBYLEX")}  # fmt: skip
LOOSELY: dict[str, Callable[[Any], Any]] = SCORES | {
    "SMEMBERS": in_any_order,
    "SINTER": in_any_order,
    "SUNION": in_any_order,
    "SDIFF": in_any_order,
    "SPOP": in_any_order,
    "KEYS": in_any_order,
    "HKEYS": in_any_order,
    "HVALS": in_any_order,
    "HGETALL": pairs_in_any_order,
    "SCAN": batch_in_any_order,
    "SSCAN": batch_in_any_order,
    "HSCAN": batch_of_pairs_in_any_order,
    "ZSCAN": lambda reply: batch_of_pairs_in_any_order(as_numbers(reply)),
    "SRANDMEMBER": how_many,
    "HRANDFIELD": how_many,
    "ZRANDMEMBER": how_many,
    "TTL": about,
    "PTTL": about,
    "EXPIRETIME": about,
    "PEXPIRETIME": about,
    "XPENDING": without_idle_times,
    "XINFO": without_idle_times,
}

# Where the 7.2 that we follow answers otherwise than the 7.0 that is installed.
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
        "7.2 keeps short lists and small sets in a listpack",
        lambda words, ours, real: words[0] == b"OBJECT" and ours == b"listpack" and real in OLD_ENCODINGS,
    ),
    (
        "C ends what it quotes in an error at a zero byte",
        lambda words, ours, real: isinstance(ours, RedisError) and "\0" in str(ours),
    ),
]
OLD_ENCODINGS = (b"quicklist", b"hashtable")


def compared(words: Words, reply: Any) -> Any:
    """The part of a reply that must be the same."""
    if isinstance(reply, RedisError):
        return typed(reply)
    return typed(LOOSELY.get(words[0].decode(), lambda reply: reply)(reply))


def is_known(words: Words, ours: Any, real: Any) -> bool:
    return any(applies(words, ours, real) for _, applies in KNOWN)
