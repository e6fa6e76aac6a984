"""The values for each argument, good and bad; few of them, so that commands use the same keys and members.

An argument is looked up by its command and name, then by its name, then by its type
(redis_clone/command_table/manual.py). A value that stands twice comes twice as often.
"""

from redis_clone.command_table.manual import Argument

Values = list[bytes]

# No number has a zero byte in it: in some places C takes it for the end, so that b"1\x00" is 1.

NOT_INTEGERS = [b"", b"x", b"1.5", b"+1", b" 1", b"-0", b"01", b"9223372036854775808"]
EXTREME_INTEGERS = [b"9223372036854775807", b"-9223372036854775808", b"-9223372036854775807", b"4294967296"]
SMALL_INTEGERS = [b"0", b"1", b"1", b"2", b"3", b"5", b"-1", b"-2", b"-3", b"100", b"-100"]
COUNTS = SMALL_INTEGERS * 3 + NOT_INTEGERS  # for arguments where a large number would make a large reply
INTEGERS = COUNTS + EXTREME_INTEGERS
BIT_OFFSETS = [
    b"0",
    b"1",
    b"5",
    b"7",
    b"8",
    b"9",
    b"31",
    b"100",
    b"#1",
    b"#0",
    b"-1",
    b"4294967296",
] * 2 + NOT_INTEGERS

NOT_DOUBLES = [b"", b"x", b"nan", b" 1", b"1 ", b"1e400", b"1e-400", b"0x", b"--1", b"1,5"]
DOUBLES = [
    b"0", b"1", b"1", b"2", b"3", b"-1", b"1.5", b"0.1", b"+inf", b"-inf", b"inf", b"1e3", b"3.0",
    b"1e300", b"5e-324", b"0x1p3", b"123456789012345678", b"-2.25", b"1e17", b"1e21", b".5", b"5.",
    b"3.0000000000000001", b"INFINITY", b"+1", b"-0",
] * 2 + NOT_DOUBLES  # fmt: skip
SCORE_ENDS = [b"-inf", b"+inf", b"(1", b"(2", b"(-inf", b"1", b"2", b"0", b"(", b"((1", b"(x"] * 3 + DOUBLES
LEX_ENDS = [b"-", b"+", b"[a", b"(a", b"[b", b"(", b"[", b"a", b"", b"-x", b"[\xff"]
INDEXES_OR_ENDS = SMALL_INTEGERS + SCORE_ENDS + LEX_ENDS * 3

WORDS = [
    b"a", b"b", b"c", b"a", b"b", b"c", b"a", b"b", b"", b"1", b"2", b"10", b"-5", b"3.5", b"abc",
    b"a\x00\xff", b"r\r\n$-1", b"x" * 70,
]  # fmt: skip
TEXTS = [*WORDS, b"9223372036854775807", b" 1", b"1e3", b"nan", b"inf", b"-0", b"01", b"hello world", b"0.1"]
PATTERNS = [
    b"*",
    b"a*",
    b"?",
    b"[a-b]",
    b"[^a]",
    b"\\*",
    b"[",
    b"",
    b"**",
    b"[b-a]",
    b"a\\",
    b"*\xff*",
    b"[^",
    b"[a-",
]

WRONG_TIMEOUTS = [b"x", b"", b"-1", b"nan", b"a", b"1,5"]
PAST = [b"0", b"1", b"-1", b"-100"]
OVER = [b"0", b"-1", b"-100"]  # no short time: it might have passed on one server and not on the other
SECONDS = [b"1000", b"5000", b"100000", b"9223372036854775", b"9223372036854775807"] * 2 + OVER + NOT_INTEGERS
MILLISECONDS = (
    [b"1000000", b"5000000", b"9223372036854775807", b"9223370000000000000"] * 2 + OVER + NOT_INTEGERS
)
FAR_SECONDS = [b"99999999999", b"4000000000", b"9223372036854775807"] * 2 + PAST + NOT_INTEGERS
FAR_MILLISECONDS = [b"9999999999999", b"4000000000000", b"9223372036854775807"] * 2 + PAST + NOT_INTEGERS

GOOD_STREAM_IDS = [
    b"1-1",
    b"1-2",
    b"2-1",
    b"3",
    b"4-1",
    b"5-0",
    b"7-7",
    b"0",
    b"0-0",
    b"10-1",
    b"-",
    b"+",
    b">",
]
STREAM_IDS = GOOD_STREAM_IDS * 6 + [
    b"5-*", b"9-*", b"12-3", b"$", b"18446744073709551615-18446744073709551615", b"18446744073709551616",
    b"x", b"1-", b"-1", b"1-x", b"", b"(1-1",
    b"(2", b"1-18446744073709551615", b"1-01", b"*-1",
]  # fmt: skip
# These ids grow from one command to the next, since XADD accepts nothing else.
NEW_STREAM_IDS = [b"%d-%d" % (ms, seq) for ms in range(1, 40) for seq in (1, 2)] * 4 + STREAM_IDS
LENGTHS = [b"0", b"1", b"100", b"200", b"1000", b"5000", b"20000", b"1e9"] * 3 + [b"-1", b"x", b"nan"]

BY_TYPE: dict[str, Values] = {
    "key": [b"a", b"a", b"a", b"b", b"b", b"c", b"d"],
    "integer": INTEGERS,
    "double": DOUBLES,
    "pattern": PATTERNS,
    "string": WORDS,
}
BY_NAME: dict[str, Values] = {
    "value": TEXTS,
    "db": [b"0", b"1", b"1", b"15", b"16", b"-1", b"x", b"9223372036854775808"],
    "destination-db": [b"0", b"1", b"1", b"15", b"16", b"-1", b"x"],
    "index1": [b"0", b"1", b"16", b"-1", b"x"],
    "index2": [b"0", b"1", b"16", b"-1", b"x"],
    "type": [b"string", b"list", b"set", b"zset", b"hash", b"stream", b"SET", b"x"],
    "seconds": SECONDS,
    "milliseconds": MILLISECONDS,
    "timeout": [b"0.001"] * 9 + WRONG_TIMEOUTS,
    "unix-time-seconds": FAR_SECONDS,
    "unix-time-milliseconds": FAR_MILLISECONDS,
    "min": SCORE_ENDS,
    "max": SCORE_ENDS,
    "score": DOUBLES,
    "increment": INTEGERS,
    "weight": [b"1", b"2", b"0.5", b"1e300", b"inf", b"x", b"nan", b""],  # none that produces -0
    "id": STREAM_IDS,
    "last-id": STREAM_IDS,
    "lastid": STREAM_IDS,
    "max_deleted_entry_id": STREAM_IDS,
    "threshold": SMALL_INTEGERS + STREAM_IDS,
    "group": [b"g", b"g", b"h"],
    "groupname": [b"g", b"g", b"h"],
    "consumer": [b"ann", b"bob", b"ann"],
    "consumername": [b"ann", b"bob", b"ann"],
    "min-idle-time": [b"0", b"0", b"0", b"-1", b"x", b"1000000"],
    "ms": [b"0", b"1000000", b"x", b"-1"],
    "longitude": [b"13.361389", b"15.087269", b"0", b"-180", b"180", b"179.9999", b"2.35"] * 4
    + [b"181", b"x", b"nan"],
    "latitude": [b"38.115556", b"37.502669", b"0", b"-85.05112878", b"85.05112878", b"48.85"] * 4
    + [b"86", b"x", b"nan"],
    "radius": LENGTHS,
    "width": LENGTHS,
    "height": LENGTHS,
    "encoding": [b"u8", b"i8", b"u1", b"u63", b"i64", b"i5", b"u64", b"i65", b"u0", b"x8", b"u", b"i16"],
    "operation": [b"AND", b"or", b"XOR", b"NOT", b"NOT", b"x"],
    "bit": [b"0", b"1", b"0", b"1", b"2", b"x", b"-1"],
}
BY_COMMAND: dict[tuple[str, str], Values] = {
    ("HINCRBYFLOAT", "increment"): [*DOUBLES, b"-0"],
    ("INCRBYFLOAT", "increment"): [*DOUBLES, b"-0"],
    ("ZINCRBY", "increment"): DOUBLES,
    ("GETBIT", "offset"): BIT_OFFSETS,
    ("SETBIT", "offset"): BIT_OFFSETS,
    ("SELECT", "index"): [b"0", b"1", b"1", b"16", b"-1", b"x"],
    ("SETBIT", "value"): [b"0", b"1", b"1", b"2", b"x", b"-1"],
    ("BITFIELD", "offset"): BIT_OFFSETS,
    ("BITFIELD", "value"): [*COUNTS, b"9223372036854775807"],  # near the lowest, Redis itself overflows
    ("BITFIELD_RO", "offset"): BIT_OFFSETS,
    ("SETRANGE", "offset"): [b"0", b"1", b"3", b"10", b"100", b"-1", b"536870912", *EXTREME_INTEGERS, b"x"],
    ("SRANDMEMBER", "count"): COUNTS,
    ("HRANDFIELD", "count"): COUNTS,
    ("ZRANDMEMBER", "count"): COUNTS,
    ("XADD", "id"): NEW_STREAM_IDS,
    ("ZRANGE", "start"): INDEXES_OR_ENDS,
    ("ZRANGE", "stop"): INDEXES_OR_ENDS,
    ("ZRANGESTORE", "min"): INDEXES_OR_ENDS,
    ("ZRANGESTORE", "max"): INDEXES_OR_ENDS,
} | {
    (name, end): LEX_ENDS
    for name in ("ZRANGEBYLEX", "ZREVRANGEBYLEX", "ZLEXCOUNT", "ZREMRANGEBYLEX")
    for end in ("min", "max")
} | {
    (name, argument): STREAM_IDS
    for name in ("XRANGE", "XREVRANGE", "XPENDING", "XAUTOCLAIM")
    for argument in ("start", "end")
} | {
    # Only scans of one call: the order in several calls depends on the server.
    (name, argument): values
    for name in ("SCAN", "SSCAN", "HSCAN", "ZSCAN")
    for argument, values in {"cursor": [b"0"] * 5 + [b"x"], "count": [b"1000"] * 5 + [b"0", b"x"]}.items()
}  # fmt: skip
# For an argument in a wrong position.
ANYTHING = WORDS + COUNTS + [b"WITHSCORES", b"LIMIT", b"COUNT", b"NX", b"GET", b"(1"]
# For several arguments at once.
WRONG = [b"x", b"", b"-1", b"1.5", b"nan", b"9223372036854775808", b"a", b"c", b"d"]


def values_of(command: str, argument: Argument) -> Values:
    return (
        BY_COMMAND.get((command, argument.name))
        or BY_NAME.get(argument.name)
        or BY_TYPE.get(argument.type, WORDS)
    )
