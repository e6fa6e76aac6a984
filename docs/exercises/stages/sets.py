"""Sets (chapter 4)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import InAnyOrder, Status, error


@stage(1, 15, "a set has each member once", "SADD answers how many members are new.")
def sadd(judge: Judge) -> None:
    """SADD adds members to a set, each once."""
    client, key, (a, b, c) = judge.client(), judge.word(), judge.words(3)
    client.expect(["SADD", key, a, b, a], 2, "the second time it is there already")
    client.expect(["SADD", key, b, c], 1)
    client.expect(["SMEMBERS", key], InAnyOrder([a, b, c]))
    client.expect(["SCARD", key], 3)
    client.expect(["TYPE", key], Status("set"))


@stage(1, 10, "membership", "SMISMEMBER answers an array of ones and zeros.")
def sismember_and_srem(judge: Judge) -> None:
    """SISMEMBER asks for a member, SREM removes members."""
    client, key, (a, b, c) = judge.client(), judge.word(), judge.words(3)
    client.expect(["SADD", key, a, b], 2)
    client.expect(["SISMEMBER", key, a], 1)
    client.expect(["SMISMEMBER", key, c, a], [0, 1])
    client.expect(["SREM", key, a, c], 1)
    client.expect(["SISMEMBER", key, a], 0)
    client.expect(["SREM", key, b], 1)
    client.expect(["EXISTS", key], 0, "an empty set does not exist")


@stage(2, 15, "the algebra of sets", "A key that does not exist is an empty set.")
def sinter_sunion_sdiff(judge: Judge) -> None:
    """SINTER, SUNION and SDIFF combine sets."""
    client, (one, two, missing), (a, b, c) = judge.client(), judge.words(3), judge.words(3)
    client.expect(["SADD", one, a, b], 2)
    client.expect(["SADD", two, b, c], 2)
    client.expect(["SINTER", one, two], [b])
    client.expect(["SUNION", one, two, missing], InAnyOrder([a, b, c]))
    client.expect(["SDIFF", one, two], [a], "the members of the first that are in none of the others")
    client.expect(["SINTER", one, missing], [])


@stage(2, 15, "keeping a result", "An empty result removes the destination.")
def sinterstore(judge: Judge) -> None:
    """SINTERSTORE, SUNIONSTORE and SDIFFSTORE keep what they compute."""
    client, (one, two, to), (a, b) = judge.client(), judge.words(3), judge.words(2)
    client.expect(["SADD", one, a, b], 2)
    client.expect(["SADD", two, b], 1)
    client.expect(["SUNIONSTORE", to, one, two], 2)
    client.expect(["SINTERSTORE", to, one, two], 1, "the reply is how many members the result has")
    client.expect(["SMEMBERS", to], [b])
    client.expect(["SDIFFSTORE", to, two, one], 0)
    client.expect(["EXISTS", to], 0, "an empty result removes the destination")


@stage(
    1, 10, "one step from set to set",
    "When the member is not in the source, nothing happens and the reply is 0.",
)  # fmt: skip
def smove(judge: Judge) -> None:
    """SMOVE takes a member from one set to another."""
    client, (one, two, member) = judge.client(), judge.words(3)
    client.expect(["SADD", one, member], 1)
    client.expect(["SMOVE", one, two, member], 1)
    client.expect(["SMEMBERS", two], [member])
    client.expect(["EXISTS", one], 0)
    client.expect(["SMOVE", one, two, member], 0)


@stage(2, 15, "taking at random", "SPOP removes what it answers; SRANDMEMBER only looks.")
def spop_and_srandmember(judge: Judge) -> None:
    """SPOP takes random members away, SRANDMEMBER looks at some."""
    client, key, members = judge.client(), judge.word(), judge.words(4)
    client.expect(["SADD", key, *members], 4)
    client.expect_that(["SRANDMEMBER", key], lambda one: one.decode() in members, "one of the members")
    client.expect(["SCARD", key], 4, "SRANDMEMBER removes nothing")
    popped = client.expect_that(["SPOP", key], lambda one: one.decode() in members, "one of the members")
    rest = [member for member in members if member.encode() != popped]
    client.expect(["SPOP", key, 10], InAnyOrder(rest), "all others, each once")
    client.expect(["EXISTS", key], 0)


@stage(3, 15, "stopping early", "LIMIT lets the server stop counting: 0 is no limit.")
def sintercard(judge: Judge) -> None:
    """SINTERCARD only counts an intersection, up to a limit."""
    client, (one, two), members = judge.client(), judge.words(2), judge.words(5)
    client.expect(["SADD", one, *members], 5)
    client.expect(["SADD", two, *members[1:]], 4)
    client.expect(["SINTERCARD", 2, one, two], 4)
    client.expect(["SINTERCARD", 2, one, two, "LIMIT", 3], 3)
    client.expect(["SINTERCARD", 0, one], error("ERR numkeys should be greater than 0"))


@stage(
    2, 30, "sorting by value",
    "Without ALPHA all elements must be numbers.",
    "The text is: ERR One or more scores can't be converted into double.",
)  # fmt: skip
def sort(judge: Judge) -> None:
    """SORT answers the elements of a list or set in their order."""
    client, key = judge.client(), judge.word()
    numbers = judge.random.sample(range(5, 2000), 6)
    client.expect(["RPUSH", key, *numbers], 6)
    client.expect(["SORT", key], list(map(str, sorted(numbers))), "as numbers, 9 comes before 10")
    descending = list(map(str, sorted(numbers, reverse=True)))
    client.expect(["SORT", key, "DESC", "LIMIT", 1, 3], descending[1:4], "LIMIT skips one and answers three")
    client.expect(["SORT", key, "ALPHA"], sorted(map(str, numbers)), "as text, 10 comes before 9")
    client.expect(["RPUSH", key, judge.word()], 7)
    client.expect(["SORT", key], error("ERR One or more scores can't be converted into double"))
