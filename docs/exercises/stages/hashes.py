"""Hashes (chapter 4)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, InAnyOrder, Status, error


@stage(1, 15, "a dictionary in a dictionary", "HSET answers how many of the fields are new.")
def hset_and_hget(judge: Judge) -> None:
    """HSET sets fields of a hash, and HGET reads one."""
    client, (key, a, b, x, y) = judge.client(), judge.words(5)
    client.expect(["HSET", key, a, x, b, y], 2)
    client.expect(["HSET", key, a, y], 0, "the field is not new, and has a new value")
    client.expect(["HGET", key, a], y)
    client.expect(["HGET", key, x], None)
    client.expect(["TYPE", key], Status("hash"))
    client.expect(["HSET", key, a], error("ERR wrong number of arguments for 'hset' command"))


@stage(1, 10, "reading all of it", "HGETALL answers field, value, field, value, in one flat array.")
def hgetall(judge: Judge) -> None:
    """HGETALL, HKEYS, HVALS and HLEN read a whole hash."""
    client, (key, a, x, missing) = judge.client(), judge.words(4)
    client.expect(["HSET", key, a, x], 1)
    client.expect(["HGETALL", key], [a, x])
    client.expect(["HSET", key, x, a], 1)
    client.expect(["HKEYS", key], InAnyOrder([a, x]))
    client.expect(["HVALS", key], InAnyOrder([a, x]))
    client.expect(["HLEN", key], 2)
    client.expect(["HGETALL", missing], [], "no such key is an empty hash")


@stage(1, 10, "removing fields", "When the last field has gone, the key goes too.")
def hdel(judge: Judge) -> None:
    """HDEL removes fields, and an empty hash is no key."""
    client, (key, a, b) = judge.client(), judge.words(3)
    client.expect(["HSET", key, a, 1, b, 2], 2)
    client.expect(["HEXISTS", key, a], 1)
    client.expect(["HDEL", key, a, key], 1)
    client.expect(["HEXISTS", key, a], 0)
    client.expect(["HDEL", key, b], 1)
    client.expect(["EXISTS", key], 0, "an empty hash does not exist")


@stage(
    1, 10, "several fields, in the order in which they are asked for",
    "A field that is not there is a null in the array.",
)  # fmt: skip
def hmget(judge: Judge) -> None:
    """HMGET reads several fields; HSETNX sets only a new one."""
    client, (key, a, b, x, y) = judge.client(), judge.words(5)
    client.expect(["HSET", key, a, x, b, y], 2)
    client.expect(["HMGET", key, b, x, a], [y, None, x])
    client.expect(["HMGET", x, a, b], [None, None])
    client.expect(["HSETNX", key, a, y], 0)
    client.expect(["HGET", key, a], x)


@stage(
    2, 15, "counters in a hash",
    "The texts of the errors differ from INCR's: ERR hash value is not an integer.",
)  # fmt: skip
def hincrby(judge: Judge) -> None:
    """HINCRBY counts in a field."""
    client, (key, a, b), step = judge.client(), judge.words(3), judge.number()
    client.expect(["HINCRBY", key, a, step], step)
    client.expect(["HINCRBY", key, a, -2 * step], -step)
    client.expect(["HSET", key, b, key], 1)
    client.expect(["HINCRBY", key, b, 1], error("ERR hash value is not an integer"))
    client.expect(["HINCRBYFLOAT", key, a, "0.5"], str(0.5 - step))


@stage(2, 15, "SCAN inside of one value", "The second element is field, value, field, value.")
def hscan(judge: Judge) -> None:
    """HSCAN goes through the fields of a hash."""
    client, (key, prefix, x, y) = judge.client(), judge.words(4)
    client.expect(["HSET", key, prefix + "1", x, y, y], 2)
    client.expect(["HSCAN", key, 0, "MATCH", prefix + "*"], ["0", [prefix + "1", x]])
    client.expect(["HSCAN", x, 0], ["0", []])


@stage(
    2, 15, "random fields",
    "A negative count may answer a field more than once, and answers exactly so many.",
)  # fmt: skip
def hrandfield(judge: Judge) -> None:
    """HRANDFIELD picks fields at random: with a positive count all different, with a negative one not."""
    client, key, fields = judge.client(), judge.word(), judge.words(3)
    for field in fields:
        client.expect(["HSET", key, field, field], 1)
    client.expect(
        ["HRANDFIELD", key, 9], InAnyOrder(fields), "a positive count answers each field once at most"
    )
    known = {field.encode() for field in fields}
    client.expect_that(
        ["HRANDFIELD", key, -9],
        lambda reply: len(reply) == 9 and set(reply) <= known,
        "nine fields, some of them more than once",
    )
    client.expect(["HRANDFIELD", judge.word()], None)
    client.expect(["DEL", key], 1)
    client.expect(["SET", key, 1], OK)
    client.expect(["HRANDFIELD", key], error("WRONGTYPE"))
