"""Keys that expire (chapter 8)."""

import time

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, error


@stage(
    2, 20, "a key with an end",
    "Keep the time at which it ends, and not how long it still has.",
    "TTL is -1 for a key without an end, and -2 for no key.",
)  # fmt: skip
def expire_and_ttl(judge: Judge) -> None:
    """EXPIRE gives a key some seconds to live, and TTL answers how many are left."""
    client, key, seconds = judge.client(), judge.word(), judge.number(100, 900)
    client.expect(["TTL", key], -2, "there is no such key")
    client.expect(["EXPIRE", key, seconds], 0)
    client.expect(["SET", key, 1], OK)
    client.expect(["TTL", key], -1, "the key has no end")
    client.expect(["EXPIRE", key, seconds], 1)
    client.expect_that(
        ["TTL", key], lambda left: seconds - 5 <= left <= seconds, f"{seconds}, or little less"
    )
    client.expect_that(["PTTL", key], lambda left: 0 <= seconds * 1000 - left < 5000, f"about {seconds}000")


@stage(
    2, 20, "lazy expiry: looking is enough",
    "At each look at a key, compare its end with the clock, and delete it first.",
)  # fmt: skip
def a_key_expires(judge: Judge) -> None:
    """A key whose time is over does not exist any more."""
    client, (key, word) = judge.client(), judge.words(2)
    client.expect(["SET", key, word, "PX", judge.number(200, 300)], OK)
    client.expect(["GET", key], word, "its time is not over yet")
    client.expect_soon(["GET", key], None, "its time is over")
    client.expect(["EXISTS", key], 0)
    client.expect(["TTL", key], -2)


@stage(
    2, 15, "options of SET",
    "EX 0, or a time below, is an error: ERR invalid expire time in 'set' command.",
)  # fmt: skip
def set_ex(judge: Judge) -> None:
    """SET takes a time to live: EX in seconds, PX in milliseconds, EXAT and PXAT as a time."""
    client, (key, word), seconds = judge.client(), judge.words(2), judge.number(100, 900)
    for option, value in (("EX", seconds), ("PX", seconds * 1000), ("EXAT", int(time.time()) + seconds)):
        client.expect(["SET", key, word, option, value], OK)
        client.expect_that(["TTL", key], lambda left: seconds - 5 <= left <= seconds, f"about {seconds}")
    for wrong in (0, 2**63 - 1):
        client.expect(["SET", key, word, "EX", wrong], error("ERR invalid expire time in 'set' command"))
    client.expect(["EXPIRE", key, 2**63 - 1], error("ERR invalid expire time in 'expire' command"))
    client.expect(["SET", key, word, "EX"], error("ERR syntax error"))


@stage(
    2, 15, "which writes keep the end",
    "SET makes a new value, so the end goes. APPEND and INCR change the one that is there.",
)  # fmt: skip
def what_keeps_the_end(judge: Judge) -> None:
    """SET and MSET take the time to live away; a command that changes the value keeps it."""
    client, (key, other) = judge.client(), judge.words(2)
    client.expect(["SET", key, 1, "EX", 500], OK)
    client.expect(["INCR", key], 2)
    client.expect_that(["TTL", key], lambda left: left > 400, "more than 400, for INCR keeps it")
    client.expect(["SET", key, 3, "KEEPTTL"], OK)
    client.expect_that(["TTL", key], lambda left: left > 400, "more than 400, for KEEPTTL keeps it")
    client.expect(["RENAME", key, other], OK)
    client.expect_that(["TTL", other], lambda left: left > 400, "more than 400, for it goes with the value")
    client.expect(["SET", other, 4], OK)
    client.expect(["TTL", other], -1, "SET makes a new value, without an end")
    client.expect(["EXPIRE", other, 500], 1)
    client.expect(["MSET", other, 5], OK)
    client.expect(["TTL", other], -1, "MSET makes a new value, without an end")


@stage(1, 10, "taking the end away", "PERSIST answers 0 when there is nothing to take away.")
def persist(judge: Judge) -> None:
    """PERSIST lets a key live for ever again."""
    client, key = judge.client(), judge.word()
    client.expect(["SET", key, 1, "EX", 500], OK)
    client.expect(["PERSIST", key], 1)
    client.expect(["TTL", key], -1)
    client.expect(["PERSIST", key], 0)


@stage(1, 10, "an end that has passed", "A time in the past deletes the key at once, and the reply is 1.")
def expire_in_the_past(judge: Judge) -> None:
    """An end that has passed already removes the key at once."""
    client, (a, b) = judge.client(), judge.words(2)
    client.expect(["MSET", a, 1, b, 1], OK)
    client.expect(["EXPIRE", a, -1], 1)
    client.expect(["EXISTS", a], 0)
    client.expect(["PEXPIREAT", b, judge.number(1000, 9999)], 1, "this was in the year 1970")
    client.expect(["EXISTS", b], 0)


@stage(2, 15, "conditions on an end", "For GT a key without an end ends later than any other.")
def expire_gt_and_lt(judge: Judge) -> None:
    """EXPIRE takes conditions: NX, XX, GT and LT."""
    client, key, seconds = judge.client(), judge.word(), judge.number(100, 900)
    client.expect(["SET", key, 1], OK)
    client.expect(["EXPIRE", key, seconds, "XX"], 0, "it has no end yet")
    client.expect(["EXPIRE", key, seconds, "GT"], 0, "no end is later than any end")
    client.expect(["EXPIRE", key, seconds, "NX"], 1)
    client.expect(["EXPIRE", key, seconds - 50, "GT"], 0)
    client.expect(["EXPIRE", key, seconds - 50, "LT"], 1)
    client.expect(["EXPIRE", key, seconds, "NX", "XX"], error("ERR NX and XX, GT or LT options"))


@stage(2, 15, "reading and changing the end in one step", "GETEX without an option is GET.")
def getex(judge: Judge) -> None:
    """GETEX reads a value and changes its time to live."""
    client, (key, word), seconds = judge.client(), judge.words(2), judge.number(100, 900)
    client.expect(["SET", key, word], OK)
    client.expect(["GETEX", key, "EX", seconds], word)
    client.expect_that(["TTL", key], lambda left: seconds - 5 <= left <= seconds, f"about {seconds}")
    client.expect(["GETEX", key, "PERSIST"], word)
    client.expect(["TTL", key], -1)
    client.expect(["GETEX", judge.word(), "EX", seconds], None)


@stage(
    3, 30, "active expiry: nobody looks, and yet it goes",
    "DBSIZE counts what is stored. A timer must remove what is over, even if nobody asks for it.",
    "Ten times a second, look at some keys that have an end, and delete those whose time is over.",
)  # fmt: skip
def active_expiry(judge: Judge) -> None:
    """Keys whose time is over are removed even if nobody looks at them."""
    client, names = judge.client(), judge.words(20)
    for name in names:
        client.expect(["SET", name, 1, "PX", 50], OK)
    client.expect(["SET", judge.word(), 1], OK)
    judge.record.exchanges.clear()
    client.expect_soon("DBSIZE", 1, "memory must not fill up with keys that nobody asks for any more")


@stage(1, 10, "the absolute time", "EXPIRETIME answers a Unix time in seconds, PEXPIRETIME in milliseconds.")
def expiretime(judge: Judge) -> None:
    """EXPIRETIME answers when a key ends."""
    client, key, when = judge.client(), judge.word(), int(time.time()) + judge.number(1000, 9999)
    client.expect(["SET", key, 1], OK)
    client.expect(["EXPIRETIME", key], -1)
    client.expect(["EXPIREAT", key, when], 1)
    client.expect(["EXPIRETIME", key], when)
    client.expect(["PEXPIRETIME", key], when * 1000)
