"""Lists (chapter 4)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL_ARRAY, OK, Status, error

WRONG_TYPE = error("WRONGTYPE Operation against a key holding the wrong kind of value")


@stage(
    2, 20, "a second kind of value",
    "A value is now a string or a list. The reply of a push is the new length.",
    "LRANGE key 0 -1 is the whole list.",
)  # fmt: skip
def rpush_and_lrange(judge: Judge) -> None:
    """RPUSH appends to a list, and LRANGE reads a part of it."""
    client, key, words = judge.client(), judge.word(), judge.words(5)
    client.expect(["RPUSH", key, *words[:2]], 2)
    client.expect(["RPUSH", key, *words[2:]], 5)
    client.expect(["LRANGE", key, 0, -1], words)
    client.expect(["LRANGE", key, 1, 3], words[1:4], "both ends belong to the range")
    client.expect(["LRANGE", key, -2, 100], words[-2:])
    client.expect(["LRANGE", key, 4, 2], [])
    client.expect(["TYPE", key], Status("list"))


@stage(
    1, 10, "the order of several pushes",
    "The words are pushed one after the other, so the last one is the first of the list.",
)  # fmt: skip
def lpush(judge: Judge) -> None:
    """LPUSH puts elements before the first, one after the other."""
    client, key, words = judge.client(), judge.word(), judge.words(4)
    client.expect(["LPUSH", key, *words], 4)
    client.expect(["LRANGE", key, 0, -1], words[::-1], "each is put before those that were pushed earlier")
    client.expect(["LLEN", key], 4)


@stage(
    1, 10, "a command fits one kind of value only",
    "Check the kind before you do anything. The text begins with WRONGTYPE, and not ERR.",
)  # fmt: skip
def wrong_type(judge: Judge) -> None:
    """A command for lists refuses a string, and GET refuses a list."""
    client, (a, b, word) = judge.client(), judge.words(3)
    client.expect(["SET", a, word], OK)
    client.expect(["RPUSH", b, word], 1)
    client.expect(["RPUSH", a, word], WRONG_TYPE)
    client.expect(["GET", b], WRONG_TYPE)
    client.expect(["SET", b, word], OK, "SET replaces a value of any kind")


@stage(
    2, 15, "an empty container does not exist",
    "When the last element has gone, remove the key.",
    "LPOP of nothing is $-1, and with a count it is *-1.",
)  # fmt: skip
def pop(judge: Judge) -> None:
    """LPOP and RPOP remove from both ends; an empty list is no key."""
    client, key, words = judge.client(), judge.word(), judge.words(4)
    client.expect(["RPUSH", key, *words], 4)
    client.expect(["LPOP", key], words[0])
    client.expect(["RPOP", key, 2], [words[3], words[2]], "with a count the reply is an array")
    client.expect(["LPOP", key], words[1])
    client.expect(["EXISTS", key], 0, "an empty list does not exist")
    client.expect(["LPOP", key], None)
    client.expect(["LPOP", key, 2], NULL_ARRAY, "with a count the reply is the null array")


@stage(1, 10, "positions", "A position outside of the list is an error: ERR index out of range.")
def lindex_and_lset(judge: Judge) -> None:
    """LINDEX reads an element by its position, and LSET replaces it."""
    client, key, words, new = judge.client(), judge.word(), judge.words(4), judge.word()
    client.expect(["RPUSH", key, *words], 4)
    client.expect(["LINDEX", key, -1], words[3])
    client.expect(["LINDEX", key, 9], None)
    client.expect(["LSET", key, -2, new], OK)
    client.expect(["LRANGE", key, 0, -1], [*words[:2], new, words[3]])
    client.expect(["LSET", key, 9, new], error("ERR index out of range"))
    client.expect(["LSET", new, 0, new], error("ERR no such key"))


@stage(2, 15, "removing by value", "A negative count removes from the end on; 0 removes all.")
def lrem(judge: Judge) -> None:
    """LREM removes elements that are equal to a value, from either end."""
    client, (key, a, b) = judge.client(), judge.words(3)
    client.expect(["RPUSH", key, a, b, a, b, a, b], 6)
    client.expect(["LREM", key, -1, a], 1)
    client.expect(["LRANGE", key, 0, -1], [a, b, a, b, b], "-1 removes one, from the end on")
    client.expect(["LREM", key, 2, b], 2)
    client.expect(["LRANGE", key, 0, -1], [a, a, b])
    client.expect(["LREM", key, 0, a], 2, "0 removes all")


@stage(1, 10, "keeping only a part", "What is kept may be nothing: then the key goes too.")
def ltrim(judge: Judge) -> None:
    """LTRIM keeps a part of a list."""
    client, key, words = judge.client(), judge.word(), judge.words(6)
    client.expect(["RPUSH", key, *words], 6)
    client.expect(["LTRIM", key, 1, -2], OK)
    client.expect(["LRANGE", key, 0, -1], words[1:5])
    client.expect(["LTRIM", key, 5, 9], OK)
    client.expect(["EXISTS", key], 0, "nothing is kept, so the key goes")


@stage(
    2, 15, "inserting beside an element",
    "The reply is the new length, -1 when the element is not there, 0 when the key is not.",
)  # fmt: skip
def linsert(judge: Judge) -> None:
    """LINSERT puts an element before or after another one."""
    client, (key, a, b, new) = judge.client(), judge.words(4)
    client.expect(["LINSERT", key, "BEFORE", a, new], 0)
    client.expect(["RPUSH", key, a, b], 2)
    client.expect(["LINSERT", key, "before", b, new], 3)
    client.expect(["LINSERT", key, "AFTER", b, new], 4)
    client.expect(["LRANGE", key, 0, -1], [a, new, b, new])
    client.expect(["LINSERT", key, "AFTER", key, new], -1)


@stage(2, 15, "one step from list to list", "Source and destination may be the same list: then it rotates.")
def lmove(judge: Judge) -> None:
    """LMOVE takes an element from the end of one list to the end of another, in one step."""
    client, (a, b), words = judge.client(), judge.words(2), judge.words(3)
    client.expect(["RPUSH", a, *words], 3)
    client.expect(["LMOVE", a, b, "RIGHT", "LEFT"], words[2])
    client.expect(["LMOVE", a, a, "LEFT", "RIGHT"], words[0], "a list may be rotated")
    client.expect(["LRANGE", a, 0, -1], [words[1], words[0]])
    client.expect(["LRANGE", b, 0, -1], [words[2]])
    client.expect(["LMOVE", judge.word(), b, "LEFT", "LEFT"], None)


@stage(2, 15, "searching", "RANK -1 begins at the end; with COUNT the reply is an array.")
def lpos(judge: Judge) -> None:
    """LPOS finds the position of an element."""
    client, (key, a, b) = judge.client(), judge.words(3)
    client.expect(["RPUSH", key, a, b, a, b, a], 5)
    client.expect(["LPOS", key, b], 1)
    client.expect(["LPOS", key, a, "RANK", -1], 4)
    client.expect(["LPOS", key, a, "COUNT", 0], [0, 2, 4], "COUNT 0 is all of them")
    client.expect(["LPOS", key, key], None)
