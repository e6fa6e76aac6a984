"""Sorted sets (chapter 7)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import NULL_ARRAY, InAnyOrder, Status, error


@stage(
    3, 40, "two views of the same data: by member and by score",
    "Keep a dictionary of member to score, and the pairs (score, member) in their order.",
    "A sorted list will do at first. Members of one score stand in the order of their bytes.",
)  # fmt: skip
def zadd_and_zrange(judge: Judge) -> None:
    """ZADD keeps members with scores, and ZRANGE answers them in the order of the scores."""
    client, key, (a, b, c) = judge.client(), judge.word(), judge.words(3)
    client.expect(["ZADD", key, 3, a, 1, b], 2)
    client.expect(["ZADD", key, 2, c, 0, a], 1, "only one of them is new; the other has a new score")
    client.expect(["ZRANGE", key, 0, -1], [a, b, c])
    client.expect(["ZRANGE", key, 0, 0, "WITHSCORES"], [a, "0"])
    client.expect(["ZRANGE", key, 0, 1, "REV"], [c, b], "REV begins with the greatest")
    client.expect(["TYPE", key], Status("zset"))


@stage(1, 10, "members of one score", "Compare pairs: the score first, then the member's bytes.")
def equal_scores(judge: Judge) -> None:
    """Members of one score stand in the order of their bytes."""
    client, key, members = judge.client(), judge.word(), judge.words(6)
    for member in members:
        client.expect(["ZADD", key, 7, member], 1)
    client.expect(["ZRANGE", key, 0, -1], sorted(members))


@stage(
    2, 15, "scores as people write them",
    "A whole number has no point: 3, and not 3.0. There are inf and -inf.",
)  # fmt: skip
def zscore(judge: Judge) -> None:
    """ZSCORE answers a score, as a string."""
    client, key, (a, b, c), whole = judge.client(), judge.word(), judge.words(3), judge.number()
    client.expect(["ZADD", key, whole, a, f"{whole}.5", b, "-inf", c], 3)
    client.expect(["ZSCORE", key, a], str(whole), "a whole number has no point")
    client.expect(["ZMSCORE", key, b, c, key], [f"{whole}.5", "-inf", None])
    client.expect(["ZADD", key, key, a], error("ERR value is not a valid float"))
    client.expect(["ZADD", key, "nan", a], error("ERR value is not a valid float"))


@stage(
    2, 20, "rank: how many stand before it",
    "With a sorted list it is a position. A tree that counts its nodes does it in O(log n).",
)  # fmt: skip
def zrank(judge: Judge) -> None:
    """ZRANK answers the position of a member, ZREVRANK that from the other end."""
    client, key, members = judge.client(), judge.word(), judge.words(5)
    for score, member in enumerate(members):
        client.expect(["ZADD", key, score, member], 1)
    client.expect(["ZRANK", key, members[1]], 1)
    client.expect(["ZREVRANK", key, members[1]], 3)
    client.expect(["ZRANK", key, key], None)


@stage(2, 10, "counting scores", "ZINCRBY answers the new score as a string.")
def zincrby(judge: Judge) -> None:
    """ZINCRBY adds to a score, and the order follows."""
    client, key, (a, b), step = judge.client(), judge.word(), judge.words(2), judge.number()
    client.expect(["ZADD", key, 1, a, 2, b], 2)
    client.expect(["ZINCRBY", key, step, a], str(step + 1))
    client.expect(["ZRANGE", key, 0, -1], [b, a], "the order follows the new score")
    client.expect(["ZINCRBY", key, "-0.5", b], "1.5")


@stage(2, 10, "removing", "An empty sorted set is no key.")
def zrem(judge: Judge) -> None:
    """ZREM removes members, ZREMRANGEBYRANK positions."""
    client, key, members = judge.client(), judge.word(), sorted(judge.words(5))
    for member in members:
        client.expect(["ZADD", key, 0, member], 1)
    client.expect(["ZREM", key, members[0], key], 1)
    client.expect(["ZREMRANGEBYRANK", key, 0, 1], 2)
    client.expect(["ZRANGE", key, 0, -1], members[3:])
    client.expect(["ZCARD", key], 2)
    client.expect(["ZREMRANGEBYSCORE", key, "-inf", "+inf"], 2)
    client.expect(["EXISTS", key], 0, "an empty sorted set does not exist")


@stage(2, 20, "ranges of scores", "( before a score leaves it out. LIMIT is offset and count.")
def zrange_byscore(judge: Judge) -> None:
    """ZRANGE BYSCORE and ZCOUNT take ranges of scores, with and without their ends."""
    client, key, members, base = judge.client(), judge.word(), judge.words(5), judge.number()
    for position, member in enumerate(members):
        client.expect(["ZADD", key, base + position, member], 1)
    client.expect(["ZRANGE", key, base + 1, base + 3, "BYSCORE"], members[1:4])
    client.expect(["ZRANGE", key, f"({base + 1}", "+inf", "BYSCORE"], members[2:], "( leaves the end out")
    client.expect(["ZRANGE", key, "-inf", "+inf", "BYSCORE", "LIMIT", 1, 2], members[1:3])
    client.expect(["ZCOUNT", key, base, f"({base + 2}"], 2)
    client.expect(["ZRANGEBYSCORE", key, key, base], error("ERR min or max is not a float"))


@stage(3, 20, "ranges of members", "[ includes the end, ( leaves it out, - and + are the ends of all.")
def zrange_bylex(judge: Judge) -> None:
    """ZRANGE BYLEX takes ranges of members, where all scores are equal."""
    client, key, members = judge.client(), judge.word(), sorted(judge.words(5))
    for member in members:
        client.expect(["ZADD", key, 0, member], 1)
    client.expect(["ZRANGE", key, f"[{members[1]}", f"({members[3]}", "BYLEX"], members[1:3])
    client.expect(["ZRANGE", key, "-", "+", "BYLEX"], members)
    client.expect(["ZLEXCOUNT", key, f"({members[0]}", "+"], 4)
    client.expect(["ZRANGE", key, "a", "b", "BYLEX"], error("ERR min or max not valid string range item"))


@stage(2, 20, "conditions on a score", "CH counts changed members too. GT lets a score only grow.")
def zadd_options(judge: Judge) -> None:
    """ZADD takes NX, XX, GT, LT, CH and INCR."""
    client, key, (a, b) = judge.client(), judge.word(), judge.words(2)
    client.expect(["ZADD", key, "XX", 1, a], 0, "XX adds nothing")
    client.expect(["ZADD", key, 5, a], 1)
    client.expect(["ZADD", key, "GT", "CH", 4, a, 6, b], 1, "only b has changed: 4 is not greater than 5")
    client.expect(["ZADD", key, "LT", "CH", 4, a], 1)
    client.expect(["ZADD", key, "NX", 9, a], 0)
    client.expect(["ZADD", key, "INCR", 1, a], "5", "INCR answers the new score")
    client.expect(["ZADD", key, "NX", "XX", 1, a], error("ERR XX and NX options at the same time"))


@stage(
    2, 15, "queues by priority",
    "With a count of 0, and for a key that does not exist, the reply is an empty array.",
)  # fmt: skip
def zpopmin(judge: Judge) -> None:
    """ZPOPMIN and ZPOPMAX take members from the ends; BZPOPMIN waits for one."""
    client, other, key, (a, b, c) = judge.client(), judge.client("other"), judge.word(), judge.words(3)
    client.expect(["ZADD", key, 1, a, 2, b, 3, c], 3)
    client.expect(["ZPOPMIN", key], [a, "1"])
    client.expect(["ZPOPMAX", key, 5], [c, "3", b, "2"])
    client.expect(["ZPOPMIN", key], [])
    client.send(["BZPOPMIN", key, 0])
    client.expect_nothing("the key does not exist, and 0 waits for ever")
    other.expect(["ZADD", key, 4, a], 1)
    client.expect_message([key, a, "4"])
    client.expect(["BZPOPMIN", key, "0.05"], NULL_ARRAY)


@stage(
    3, 20, "combining with weights",
    "Scores are added unless AGGREGATE says MIN or MAX. A plain set counts as scores of 1.",
)  # fmt: skip
def zunionstore(judge: Judge) -> None:
    """ZUNIONSTORE and ZINTERSTORE combine sorted sets, with weights."""
    client, (one, two, to), (a, b) = judge.client(), judge.words(3), judge.words(2)
    client.expect(["ZADD", one, 1, a, 2, b], 2)
    client.expect(["ZADD", two, 10, b], 1)
    client.expect(["ZUNIONSTORE", to, 2, one, two, "WEIGHTS", 2, 3], 2)
    client.expect(["ZRANGE", to, 0, -1, "WITHSCORES"], [a, "2", b, "34"], "2 * 2 + 10 * 3 is 34")
    client.expect(["ZINTERSTORE", to, 2, one, two, "AGGREGATE", "MAX"], 1)
    client.expect(["ZRANGE", to, 0, -1, "WITHSCORES"], [b, "10"])
    client.expect(["ZDIFF", 2, one, two], InAnyOrder([a]))
