"""Strings and numbers (chapter 4)."""

from exercises.judge.judge import Judge
from exercises.judge.stage import stage
from exercises.judge.values import OK, error

NOT_INTEGER = error("ERR value is not an integer or out of range")


@stage(1, 10, "a counter", "A key that does not exist counts as 0. The reply is an integer: :1\\r\\n.")
def incr(judge: Judge) -> None:
    """INCR adds one to a number, and makes it when there is none."""
    client, (key, fresh), start = judge.client(), judge.words(2), judge.number()
    client.expect(["SET", key, start], OK)
    client.expect(["INCR", key], start + 1)
    client.expect(["GET", key], str(start + 1), "the value is kept as a string of digits")
    client.expect(["INCR", fresh], 1, "a key that does not exist counts as 0")


@stage(2, 15, "a value that is no number", "Parse strictly: no spaces, no +, no leading zeros.")
def incr_of_no_number(judge: Judge) -> None:
    """INCR of what is no number is an error, and changes nothing."""
    client, key = judge.client(), judge.word()
    for value in (judge.word(), "1.5", " 7", "007", ""):
        client.expect(["SET", key, value], OK)
        client.expect(["INCR", key], NOT_INTEGER, "only a plain whole number can be counted up")
        client.expect(["GET", key], value, "an error changes nothing")


@stage(1, 10, "one function for four commands", "DECR is INCRBY -1.")
def incrby_and_decr(judge: Judge) -> None:
    """INCRBY, DECR and DECRBY count by any step, in both directions."""
    client, key, step = judge.client(), judge.word(), judge.number()
    client.expect(["INCRBY", key, step], step)
    client.expect(["DECR", key], step - 1)
    client.expect(["DECRBY", key, 2 * step], -step - 1)
    client.expect(["INCRBY", key, judge.word()], NOT_INTEGER)


@stage(
    3, 20, "64 bits, and what lies behind them",
    "Numbers have 64 bits with a sign: up to 9223372036854775807. Check before you add.",
    "The text is: ERR increment or decrement would overflow.",
)  # fmt: skip
def overflow(judge: Judge) -> None:
    """A count beyond 64 bits is refused, and the value stays."""
    client, key, step = judge.client(), judge.word(), judge.number()
    greatest = 2**63 - 1
    client.expect(["SET", key, greatest - step], OK)
    client.expect(["INCRBY", key, step], greatest)
    client.expect(["INCR", key], error("ERR increment or decrement would overflow"), "2^63-1 is the greatest")
    client.expect(["GET", key], str(greatest))
    client.expect(["SET", key, greatest + 1], OK)
    client.expect(["INCR", key], NOT_INTEGER, "2^63 is no number of 64 bits")


@stage(1, 10, "appending", "The reply is the new length in bytes.")
def append_and_strlen(judge: Judge) -> None:
    """APPEND lengthens a string, and STRLEN counts its bytes."""
    client, (key, first, second) = judge.client(), judge.words(3)
    client.expect(["APPEND", key, first], 6)
    client.expect(["APPEND", key, second], 12)
    client.expect(["GET", key], first + second)
    client.expect(["STRLEN", key], 12)
    client.expect(["STRLEN", second], 0, "a key that does not exist has no bytes")


@stage(1, 10, "many keys in one command", "MSET with an odd number of words is a wrong number of arguments.")
def mset_and_mget(judge: Judge) -> None:
    """MSET and MGET set and get several keys."""
    client, (a, b, missing, first, second) = judge.client(), judge.words(5)
    client.expect(["MSET", a, first, b, second], OK)
    client.expect(["MGET", b, missing, a], [second, None, first], "in the order in which they were asked for")
    client.expect(["MSET", a, first, b], error("ERR wrong number of arguments for 'mset' command"))


@stage(2, 15, "options: a condition on a write", "A SET that was not done answers the null bulk string.")
def set_nx_and_xx(judge: Judge) -> None:
    """SET NX sets only a new key, SET XX only one that exists."""
    client, (key, first, second) = judge.client(), judge.words(3)
    client.expect(["SET", key, first, "XX"], None, "there is no such key yet")
    client.expect(["SET", key, first, "NX"], OK)
    client.expect(["SET", key, second, "nx"], None, "the key exists; options have no case")
    client.expect(["GET", key], first)
    client.expect(["SET", key, second, "XX"], OK)
    client.expect(["GET", key], second)


@stage(
    1, 10, "options that contradict each other",
    "Unknown options and NX with XX are the same error: ERR syntax error.",
)  # fmt: skip
def syntax_errors(judge: Judge) -> None:
    """Options that nobody knows, or that exclude each other, are a syntax error."""
    client, (key, value, option) = judge.client(), judge.words(3)
    wrong = error("ERR syntax error")
    client.expect(["SET", key, value, option], wrong)
    client.expect(["SET", key, value, "NX", "XX"], wrong, "both at once can never be true")
    client.expect(["GET", key], None, "an error changes nothing")


@stage(1, 10, "the old value, in the same step", "GETDEL removes the key; SET ... GET replaces it.")
def set_get_and_getdel(judge: Judge) -> None:
    """SET with GET answers the value before it; GETDEL removes the key."""
    client, (key, first, second) = judge.client(), judge.words(3)
    client.expect(["SET", key, first, "GET"], None)
    client.expect(["SET", key, second, "GET"], first, "GET asks for the value before")
    client.expect(["GETDEL", key], second)
    client.expect(["GET", key], None)


@stage(
    2, 15, "positions from the end",
    "-1 is the last byte. Both ends belong to the range; what lies outside is cut off.",
)  # fmt: skip
def getrange(judge: Judge) -> None:
    """GETRANGE answers a part of a string, counted from either end."""
    client, key, value = judge.client(), judge.word(), judge.word(20)
    client.expect(["SET", key, value], OK)
    start = judge.number(1, 8)
    client.expect(
        ["GETRANGE", key, start, start + 5], value[start : start + 6], "both ends belong to the range"
    )
    client.expect(["GETRANGE", key, -start, -1], value[-start:], "-1 is the last byte")
    client.expect(["GETRANGE", key, 10, 5], "")
    client.expect(["GETRANGE", key, 0, 1000], value)


@stage(
    2, 15, "writing into the middle",
    "What lies between the end of the string and the offset becomes zero bytes.",
)  # fmt: skip
def setrange(judge: Judge) -> None:
    """SETRANGE overwrites a part of a string, and fills up with zero bytes."""
    client, (key, value, part) = judge.client(), judge.words(3)
    client.expect(["SET", key, value], OK)
    client.expect(["SETRANGE", key, 3, part], 9)
    client.expect(["GET", key], value[:3] + part)
    client.expect(["SETRANGE", key, 12, "!"], 13)
    client.expect(["GET", key], (value[:3] + part).encode() + b"\0\0\0!", "the gap is filled with zero bytes")
    client.expect(["SETRANGE", key, -1, part], error("ERR offset is out of range"))


@stage(
    3, 15, "floating point, written as people write it",
    "No exponent, and no zeros at the end: 3.5 and not 3.50 or 3.5e0.",
)  # fmt: skip
def incrbyfloat(judge: Judge) -> None:
    """INCRBYFLOAT counts by fractions, and answers a string."""
    client, key, whole = judge.client(), judge.word(), judge.number()
    client.expect(["SET", key, whole], OK)
    client.expect(["INCRBYFLOAT", key, "0.5"], f"{whole}.5", "the reply is a bulk string")
    client.expect(["INCRBYFLOAT", key, "0.25"], f"{whole}.75")
    client.expect(["INCRBYFLOAT", key, "-0.75"], f"{whole}", "a whole number has no point")
    client.expect(["INCRBYFLOAT", key, judge.word()], error("ERR value is not a valid float"))
