"""Streams (chapter 7)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import ANY, NULL_ARRAY, OK, Status, error


@stage(
    3, 30, "a log of entries",
    "An ID is two numbers: milliseconds-sequence. An entry is [ID, [field, value, ...]].",
)  # fmt: skip
def xadd_and_xrange(judge: Judge) -> None:
    """XADD appends an entry to a stream, and XRANGE reads entries."""
    client, key, (a, x, b, y), ms = judge.client(), judge.word(), judge.words(4), judge.number()
    client.expect(["XADD", key, f"{ms}-1", a, x], f"{ms}-1")
    client.expect(["XADD", key, f"{ms}-2", b, y, a, x], f"{ms}-2")
    client.expect(["XRANGE", key, "-", "+"], [[f"{ms}-1", [a, x]], [f"{ms}-2", [b, y, a, x]]])
    client.expect(["XREVRANGE", key, "+", "-", "COUNT", 1], [[f"{ms}-2", [b, y, a, x]]])
    client.expect(["XRANGE", key, f"({ms}-1", "+"], [[f"{ms}-2", [b, y, a, x]]], "( leaves the end out")
    client.expect(["XLEN", key], 2)
    client.expect(["TYPE", key], Status("stream"))


@stage(
    2, 15, "IDs only grow",
    "Compare with the last ID that was ever given, even if its entry has been deleted.",
)  # fmt: skip
def stream_ids_grow(judge: Judge) -> None:
    """An ID must be greater than the one before it."""
    client, key, ms = judge.client(), judge.word(), judge.number()
    smaller = error("ERR The ID specified in XADD is equal or smaller than the target stream top item")
    client.expect(
        ["XADD", key, "0-0", "f", "v"], error("ERR The ID specified in XADD must be greater than 0-0")
    )
    client.expect(["XADD", key, f"{ms}-5", "f", "v"], f"{ms}-5")
    client.expect(["XADD", key, f"{ms}-5", "f", "v"], smaller)
    client.expect(["XADD", key, f"{ms - 1}-9", "f", "v"], smaller)
    client.expect(["XDEL", key, f"{ms}-5"], 1)
    client.expect(
        ["XADD", key, f"{ms}-5", "f", "v"], smaller, "an ID is never given twice, not even after XDEL"
    )
    client.expect(["XADD", key, judge.word(), "f", "v"], error("ERR Invalid stream ID"))


@stage(
    2, 15, "IDs that the server makes",
    "* is the clock and a sequence; ms-* is the next sequence of that millisecond.",
)  # fmt: skip
def stream_ids_made(judge: Judge) -> None:
    """The server makes IDs for * and for ms-*."""
    client, key, ms = judge.client(), judge.word(), judge.number()
    client.expect(["XADD", key, f"{ms}-*", "f", "v"], f"{ms}-0")
    client.expect(["XADD", key, f"{ms}-*", "f", "v"], f"{ms}-1")
    sentence = "milliseconds since 1970, a hyphen, and a number"
    first = client.expect_that(["XADD", key, "*", "f", "v"], lambda id_: _parts(id_)[0] > 10**12, sentence)
    client.expect_that(
        ["XADD", key, "*", "f", "v"],
        lambda id_: _parts(id_) > _parts(first),
        f"an ID greater than {first.decode()}",
    )


def _parts(id_: bytes) -> tuple[int, int]:
    ms, _, sequence = id_.partition(b"-")
    return int(ms), int(sequence)


@stage(2, 15, "keeping a log short", "MAXLEN removes the oldest; the order of the other entries stays.")
def xtrim(judge: Judge) -> None:
    """XTRIM and XADD MAXLEN keep only the newest entries; XDEL removes single ones."""
    client, key = judge.client(), judge.word()
    for number in range(1, 7):
        client.expect(["XADD", key, f"{number}-0", "n", number], f"{number}-0")
    client.expect(["XTRIM", key, "MAXLEN", 4], 2)
    client.expect(["XDEL", key, "4-0", "1-0"], 1, "1-0 is gone already")
    client.expect(["XADD", key, "MAXLEN", "=", 3, "7-0", "n", 7], "7-0")
    client.expect(["XRANGE", key, "-", "+"], [[f"{n}-0", ["n", str(n)]] for n in (5, 6, 7)])
    client.expect(["XTRIM", key, "MINID", 7], 2)
    client.expect(["XLEN", key], 1)


@stage(
    2, 20, "reading on from where one was",
    "The reply has for each stream its key and its entries. No entries at all is *-1.",
)  # fmt: skip
def xread(judge: Judge) -> None:
    """XREAD reads the entries after an ID, of several streams."""
    client, (a, b) = judge.client(), judge.words(2)
    for number in (1, 2, 3):
        client.expect(["XADD", a, f"{number}-0", "n", number], f"{number}-0")
    client.expect(["XADD", b, "5-0", "f", "v"], "5-0")
    entries = [[a, [["2-0", ["n", "2"]], ["3-0", ["n", "3"]]]], [b, [["5-0", ["f", "v"]]]]]
    client.expect(["XREAD", "STREAMS", a, b, "1-0", "0"], entries)
    client.expect(["XREAD", "COUNT", 1, "STREAMS", a, "0"], [[a, [["1-0", ["n", "1"]]]]])
    client.expect(["XREAD", "STREAMS", a, "3-0"], NULL_ARRAY, "there is nothing after it")
    client.expect(["XREAD", "STREAMS", a, b, "0"], error("ERR Unbalanced"))


@stage(
    3, 30, "waiting for what comes",
    "$ is the last ID at the moment of the call. All who wait get the entry: nobody takes it away.",
)  # fmt: skip
def xread_block(judge: Judge) -> None:
    """XREAD BLOCK waits for a new entry, and every reader gets it."""
    readers, writer, key = (
        [judge.client(name) for name in ("one", "two")],
        judge.client("writer"),
        judge.word(),
    )
    writer.expect(["XADD", key, "1-0", "old", "v"], "1-0")
    for reader in readers:
        reader.send(["XREAD", "BLOCK", 0, "STREAMS", key, "$"])
        reader.expect_nothing("$ asks for what comes from now on")
    writer.expect(["XADD", key, "2-0", "new", "v"], "2-0")
    for reader in readers:
        reader.expect_message([[key, [["2-0", ["new", "v"]]]]], "every reader gets the entry")
    readers[0].expect(["XREAD", "BLOCK", 50, "STREAMS", key, "$"], NULL_ARRAY)


@stage(
    4, 45, "consumer groups: each entry to one consumer",
    "A group keeps the last ID that it has delivered, and > asks for what comes after it.",
)  # fmt: skip
def xreadgroup(judge: Judge) -> None:
    """The consumers of a group share the entries of a stream."""
    client, (key, group, one, two) = judge.client(), judge.words(4)
    client.expect(
        ["XGROUP", "CREATE", key, group, "$"], error("ERR The XGROUP subcommand requires the key to exist")
    )
    client.expect(["XGROUP", "CREATE", key, group, "$", "MKSTREAM"], OK)
    client.expect(
        ["XGROUP", "CREATE", key, group, "$"], error("BUSYGROUP Consumer Group name already exists")
    )
    for number in (1, 2):
        client.expect(["XADD", key, f"{number}-0", "n", number], f"{number}-0")
    read = ["XREADGROUP", "GROUP", group]
    client.expect([*read, one, "COUNT", 1, "STREAMS", key, ">"], [[key, [["1-0", ["n", "1"]]]]])
    client.expect(
        [*read, two, "STREAMS", key, ">"], [[key, [["2-0", ["n", "2"]]]]], "1-0 has gone to the other"
    )
    client.expect([*read, two, "STREAMS", key, ">"], NULL_ARRAY)
    client.expect(
        [*read, one, "STREAMS", key, "0"], [[key, [["1-0", ["n", "1"]]]]], "0 asks again for what one has"
    )
    missing = ["XREADGROUP", "GROUP", one, one, "STREAMS", key, ">"]
    client.expect(missing, error("NOGROUP No such key"))


@stage(
    3, 30, "what was delivered and not confirmed",
    "The pending entries list: ID, consumer, when, how often. XACK removes from it.",
)  # fmt: skip
def xack_and_xpending(judge: Judge) -> None:
    """An entry is pending until its consumer acknowledges it."""
    client, (key, group, consumer) = judge.client(), judge.words(3)
    client.expect(["XGROUP", "CREATE", key, group, "0", "MKSTREAM"], OK)
    for number in (1, 2, 3):
        client.expect(["XADD", key, f"{number}-0", "n", number], f"{number}-0")
    client.expect_that(
        ["XREADGROUP", "GROUP", group, consumer, "STREAMS", key, ">"],
        lambda reply: len(reply[0][1]) == 3,
        "the three entries",
    )
    client.expect(["XPENDING", key, group], [3, "1-0", "3-0", [[consumer, "3"]]])
    client.expect(["XACK", key, group, "2-0", "9-0"], 1)
    pending = [["1-0", consumer, ANY, 1], ["3-0", consumer, ANY, 1]]
    client.expect(["XPENDING", key, group, "-", "+", 10], pending, "2-0 was acknowledged")


@stage(
    4, 30, "taking over from a consumer that has failed",
    "XCLAIM changes the owner of pending entries that were idle for long enough.",
)  # fmt: skip
def xclaim(judge: Judge) -> None:
    """XCLAIM and XAUTOCLAIM give pending entries to another consumer."""
    client, (key, group, one, two) = judge.client(), judge.words(4)
    client.expect(["XGROUP", "CREATE", key, group, "0", "MKSTREAM"], OK)
    for number in (1, 2):
        client.expect(["XADD", key, f"{number}-0", "n", number], f"{number}-0")
    client.expect_that(
        ["XREADGROUP", "GROUP", group, one, "STREAMS", key, ">"],
        lambda reply: len(reply[0][1]) == 2,
        "two entries",
    )
    client.expect(["XCLAIM", key, group, two, 3_600_000, "1-0"], [], "it was not idle for an hour")
    client.expect(["XCLAIM", key, group, two, 0, "1-0"], [["1-0", ["n", "1"]]])
    client.expect(["XPENDING", key, group, "-", "+", 10, two], [["1-0", two, ANY, 2]])
    both = [["1-0", ["n", "1"]], ["2-0", ["n", "2"]]]
    client.expect(["XAUTOCLAIM", key, group, two, 0, "0"], ["0-0", both, []])


@stage(3, 20, "what a stream knows of itself", "XINFO STREAM answers names and values in turn.")
def xinfo(judge: Judge) -> None:
    """XINFO describes a stream and its groups; XSETID sets the last ID."""
    client, (key, group) = judge.client(), judge.words(2)
    client.expect(["XADD", key, "1-0", "f", "v"], "1-0")
    client.expect(["XGROUP", "CREATE", key, group, "0"], OK)
    sentence = "length 1, last-generated-id 1-0, groups 1, among others"
    client.expect_that(
        ["XINFO", "STREAM", key],
        lambda reply: _fields(reply, b"length", b"last-generated-id", b"groups") == [1, b"1-0", 1],
        sentence,
    )
    client.expect_that(
        ["XINFO", "GROUPS", key],
        lambda reply: _fields(reply[0], b"name") == [group.encode()],
        f"the group {group}",
    )
    client.expect(["XINFO", "STREAM", group], error("ERR no such key"))


def _fields(reply: list[object], *names: bytes) -> list[object]:
    return [reply[reply.index(name) + 1] for name in names]
