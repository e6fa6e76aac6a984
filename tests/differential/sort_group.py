"""Commands for the group "sort": SORT over numbers in every form that C reads, and over other keys.

The replies must be defined, or two real servers would differ too.  Redis leaves open the order of equal texts
BY another key, and that of a set's members BY a pattern without a star.
"""

from argument_grammar import Argv, Choose

NUMBERS = [
    b"1", b"2", b"3", b"10", b"-5", b"0x10", b"1.5", b"1e3", b"inf", b"-inf", b"-0", b"0", b"+1", b".5",
    b"5.", b"1.0", b"01", b"0x1p3", b" 1", b"\t2", b"1e308", b"-1e308", b"9007199254740993",
] * 3 + [
    b"", b"1e400", b"-1e400", b"1e-310", b"1e-400", b"0x1p-1050", b"0x1p-1080", b"5e-324",
    b"2.2250738585072014e-308", b"1 ", b"x", b"nan", b"0x", b"infinity", b"--1", b"1,5", b"1\n",
]  # fmt: skip
LISTS = [b"a", b"b"]
SET = b"c"
SORTED_SET = b"d"
PATTERNS = [
    b"w_*",
    b"w_*",
    b"h_*->f",
    b"h_*->g",
    b"h_*->",
    b"w_*->f",
    b"*",
    b"none_*",
    b"w_**",
    b"*w_",
    b"->*",
    b"*->f",
]
WITHOUT_STAR = [b"nosort", b"", b"w_1", b"h_1->f", b"h_1->*"]
GETS = [*PATTERNS, b"#", b"#", b"w_1", b""]
LIMITS = [b"0", b"1", b"2", b"5", b"-1", b"-2", b"100", b"x", b"9223372036854775807", b"-9223372036854775808"]

BEGINNING = [
    "RPUSH a 3 1 2 0x10 1e3", "RPUSH b 1 1.0 01 +1", "SADD c 1 -5 10 x", "ZADD d 1 2 2 1 3 3",
    "SET w_1 10", "SET w_2 0x10", "SET w_3 10", "HSET h_1 f 5", "HSET h_2 f -inf", "HSET h_3 g 1",
]  # fmt: skip


def _sort(choose: Choose) -> Argv:
    key, options = choose([*LISTS, *LISTS, SET, SORTED_SET]), []
    stores = choose([False, False, True])
    alpha = choose([False, False, True])
    by = choose([b"", b"", *PATTERNS, *([] if key == SET and not stores else WITHOUT_STAR)])
    for _ in range(choose([0, 0, 1, 2])):
        options.append([b"GET", choose(GETS)])
    if choose([True, False]):
        options.append([choose([b"ASC", b"DESC", b"desc", b"ASCENDING"])])
    if alpha:
        options.append([choose([b"ALPHA", b"alpha"])])
    if by:
        options.append([b"BY", by])
    has_equals = alpha and by
    if choose([True, False, False]) and not has_equals:
        options.append([b"LIMIT", choose(LIMITS), choose(LIMITS)])
    if stores and not (has_equals and key not in LISTS):
        options.append([b"STORE", choose([b"b", b"b", b"a", b"w_1"])])
    name = choose([b"SORT", b"SORT", b"SORT_RO"])
    return [name, key, *[word for option in _shuffled(choose, options) for word in option]]


def _shuffled(choose: Choose, options: list[Argv]) -> list[Argv]:
    left, order = list(options), []
    while left:
        order.append(left.pop(choose(range(len(left)))))
    return order


def _push(choose: Choose) -> Argv:
    return [choose([b"RPUSH", b"LPUSH"]), choose(LISTS), *(choose(NUMBERS) for _ in range(choose([1, 2, 3])))]


def _add(choose: Choose) -> Argv:
    if choose([True, False]):
        return [b"SADD", SET, *(choose(NUMBERS) for _ in range(choose([1, 2, 3])))]
    return [b"ZADD", SORTED_SET, choose([b"1", b"1", b"2", b"-3"]), choose(NUMBERS)]


def _weigh(choose: Choose) -> Argv:
    if choose([True, False]):
        return [b"SET", b"w_" + choose(NUMBERS), choose(NUMBERS)]
    return [b"HSET", b"h_" + choose(NUMBERS), choose([b"f", b"g"]), choose(NUMBERS)]


def _remove(choose: Choose) -> Argv:
    return choose(
        [
            [b"DEL", choose([b"a", b"b", b"c", b"d", b"w_1"])],
            [b"LPOP", choose(LISTS)],
            [b"LTRIM", b"a", b"0", b"2"],
        ]
    )


MAKERS = [_sort] * 8 + [_push] * 2 + [_add] * 2 + [_weigh] * 3 + [_remove]
