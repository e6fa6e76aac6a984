"""A limit on memory (chapter 9)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, error

ROOM = 300_000  # bytes for keys, above what the server needs for itself
VALUE = "x" * 2000
COUNT = 1000  # keys, which need far more than the room


def _limit(judge: Judge, policy: str) -> None:
    """Give the server a little more memory than it uses now, and a policy."""
    client = judge.client("admin")
    judge.undo("CONFIG SET maxmemory 0")
    judge.undo("CONFIG SET maxmemory-policy noeviction")
    client.expect(["CONFIG", "SET", "maxmemory-policy", policy], OK)
    text = client.expect_that(
        "INFO memory", lambda reply: b"\r\nused_memory:" in reply, "a line used_memory:..."
    )
    used = int(text.partition(b"\r\nused_memory:")[2].split()[0])
    client.expect(["CONFIG", "SET", "maxmemory", used + ROOM], OK)


def _fill(judge: Judge, *options: str) -> None:
    """Set many keys, which together need more than the room, so that some of them must go."""
    client = judge.client()
    for key in judge.words(COUNT):
        client.expect(["SET", key, VALUE, *options], OK, "there is something that can be evicted")
    judge.record.exchanges.clear()
    client.expect_that("DBSIZE", lambda size: 10 < size < COUNT * 3 // 4, "some of the keys, and not all")


@stage(
    2, 30, "counting memory",
    "Add up the sizes of keys and values, roughly. Check before a command that may need memory.",
)  # fmt: skip
def noeviction(judge: Judge) -> None:
    """When the memory is full, writes are refused and reads are not."""
    client, key = judge.client(), judge.word()
    client.expect(["SET", key, "1"], OK)
    judge.undo("CONFIG SET maxmemory 0")
    client.expect("CONFIG SET maxmemory 1", OK)
    client.expect(["SET", key, "2"], error("OOM command not allowed when used memory > 'maxmemory'."))
    client.expect(["GET", key], "1")
    client.expect(["DEL", key], 1, "a command that frees memory is always allowed")
    client.expect("CONFIG SET maxmemory 0", OK)
    client.expect(["SET", key, "3"], OK)


@stage(
    3, 30, "making room",
    "Before a write, while too much is used, remove a key. Which one? For now any will do.",
)  # fmt: skip
def evict_any(judge: Judge) -> None:
    """With allkeys-random, old keys go so that new ones find room."""
    _limit(judge, "allkeys-random")
    _fill(judge)
    judge.client().expect_that(
        "DBSIZE", lambda size: 10 < size < COUNT * 3 // 4, "some of the keys, and not all"
    )


@stage(
    3, 20, "what may go",
    "Only keys with a time to live are candidates. When there are none, writes are refused.",
)  # fmt: skip
def evict_volatile(judge: Judge) -> None:
    """With volatile-random, only keys with a time to live go."""
    client, kept = judge.client(), judge.words(5)
    for key in kept:
        client.expect(["SET", key, "1"], OK)
    _limit(judge, "volatile-random")
    _fill(judge, "EX", "1000")
    client.expect(["MGET", *kept], ["1"] * 5, "these have no time to live")


@stage(3, 30, "what goes first", "Take a few candidates at random, and remove the one that ends first.")
def evict_ttl(judge: Judge) -> None:
    """With volatile-ttl, the keys that end soonest go first."""
    client, late = judge.client(), judge.words(5)
    for key in late:
        client.expect(["SET", key, "1", "EX", 1_000_000], OK)
    _limit(judge, "volatile-ttl")
    _fill(judge, "EX", "1000")
    client.expect(["EXISTS", *late], 5, "these would live a thousand times longer than all others")


@stage(
    4, 45, "what is used often stays",
    "A counter of eight bits that grows ever more slowly: the more often, the less likely it is raised.",
)  # fmt: skip
def evict_lfu(judge: Judge) -> None:
    """With allkeys-lfu, a key that is used often stays."""
    client, hot = judge.client(), judge.word()
    _limit(judge, "allkeys-lfu")
    client.expect(["SET", hot, "1"], OK)
    for _ in range(500):
        client(["GET", hot])
    judge.record.exchanges.clear()
    _fill(judge)
    client.expect(["GET", hot], "1", "it was read 500 times, all others never")
