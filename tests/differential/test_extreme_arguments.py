"""Every command with extreme numbers, texts and keys; those that do not fit are an error, as in Redis.

A few hundred calls run with every test run, and thousands with --slow.  For more:

    python -m pytest tests/differential/test_extreme_arguments.py -s --examples 5000 --seed 7
"""

import contextlib
import re
from contextlib import closing
from random import Random

import argument_grammar
import pytest
from argument_values import values_of
from command_groups import GROUPS, is_compared
from harness import Client
from mangled_input import SPECS
from runner import Comparison

from redis_clone.protocol.replies import encode_command

DEFAULT_EXAMPLES = {False: 10, True: 60}  # conversations; True: with --slow
LONGEST = 10  # commands in one

KEYS = [b"text", b"number", b"list", b"hash", b"set", b"zset", b"stream", b"geo", b"none", b"", b"\xff"]
BEFORE = [
    "SET text hello", "SET number 9223372036854775807", "RPUSH list a b c 1 2",
    "HSET hash a 1 b x c 9223372036854775807 d 1e308", "SADD set a b 1", "ZADD zset 1 a inf b -inf c 0 d",
    "XADD stream 1-1 a b", "XADD stream 18446744073709551615-18446744073709551615 a b",
    "XGROUP CREATE stream g 0", "XREADGROUP GROUP g ann COUNT 1 STREAMS stream >",
    "GEOADD geo 0 0 a 180 85 b -180 -85 c",
]  # fmt: skip
EDGES = [0, 2**31, 2**32, 2**53, 2**60, 2**62, 2**63, 2**64, 10**30]
INTEGERS = [b"%d" % (sign * edge + off) for edge in EDGES for sign in (1, -1) for off in (-1, 0, 1)]
WORDS = [
    b"9" * 5000, b"", b"nan", b"-nan", b"inf", b"-inf", b"1e308", b"-1e308", b"1e309", b"1e-320", b"0x10",
    b"1.5", b"01", b"+1", b" 1", b"1 ", b"1_000", b"1e99999999", b"." + b"1" * 400, b"1" * 400,
    b"\xff\xfe", b"a\r\nb", b"x" * 70_000, b"*", b"[", b"(", b"-", b"+", b"$", b">", b"(1", b"[a", b"#5",
    b"1-1", b"1-*", b"18446744073709551615-18446744073709551615", b"u63", b"i64", b"u64",
    b"GET", b"COUNT", b"LIMIT", b"WITHSCORES", b"NX",
]  # fmt: skip
AT_MOST = {b"ZRANK": 3, b"ZREVRANK": 3}  # length of the argv: 7.0 lacks the WITHSCORE of 7.2
COUNTED = {b"SRANDMEMBER", b"HRANDFIELD", b"ZRANDMEMBER"}
GROWING = {b"SETRANGE", b"SETBIT", b"BITFIELD"}


@pytest.fixture
def extreme_call(monkeypatch, request):
    """A function that makes a call with extreme values, by its syntax or its arity; [] for one left out."""
    random = Random(request.config.getoption("--seed"))

    def value(command, argument):
        if argument.type == "key":
            return KEYS
        return values_of(command, argument) if random.random() < 0.4 else INTEGERS + WORDS

    def make(spec):
        if random.random() < 0.6:
            argv = argument_grammar.make(random.choice, spec)
        else:
            least = abs(spec.arity) - spec.words
            more = random.choice([0, 0, 1, 2, 3, 4]) if spec.arity < 0 else 0
            argv = [word.encode() for word in spec.name.split("|")]
            argv += [random.choice(KEYS if at == 0 else INTEGERS + WORDS) for at in range(least + more)]
        argv = argument_grammar.defined(argv)
        is_of_7_2 = len(argv) > AT_MOST.get(argv[0], len(argv))
        return [] if is_of_7_2 or is_too_much(argv) else argv

    monkeypatch.setattr(argument_grammar, "values_of", value)
    monkeypatch.setattr(argument_grammar, "ANYTHING", INTEGERS + WORDS)
    make.random = random
    return make


def is_too_much(argv):
    """Whether one of the servers would block, reply for hours, take half a gigabyte, or use the time."""
    name, numbers = argv[0].upper(), [word for word in argv if re.fullmatch(rb"-?#?\d{4,4000}", word)]
    if name in COUNTED:
        return any(number.startswith(b"-") for number in numbers)
    if name in GROWING:
        return any(10**6 < int(number.strip(b"#")) < 2**33 for number in numbers)
    return b"BLOCK" in [word.upper() for word in argv] or (name == b"XADD" and b"*" in argv)


@pytest.fixture
def examples(request):
    """How many conversations are to be tried."""
    return request.config.getoption("--examples") or DEFAULT_EXAMPLES[request.config.getoption("--slow")]


def test_no_command_ends_in_an_internal_error(our_address, extreme_call, examples):
    specs = [spec for spec in SPECS if "blocking" not in spec.flags]
    for number in range(examples * LONGEST):
        argv = extreme_call(specs[number % len(specs)])
        client = Client(our_address)
        client.send_bytes(b"".join(line.encode() + b"\r\n" for line in BEFORE))
        client.send_bytes(encode_command(argv or [b"PING"]))
        with contextlib.suppress(EOFError):  # of QUIT
            assert all("internal error" not in str(client.read()) for _ in range(len(BEFORE) + 1)), argv
        client.close()


@pytest.mark.parametrize("group", sorted({*GROUPS} - {"lex", "sort", "transactions"}))
def test_we_reject_what_redis_rejects(our_address, real_address, extreme_call, group, examples, request):
    before = [line.encode().split() for line in BEFORE]
    specs = [spec for spec in SPECS if spec.group == group and is_compared(spec)]
    sent = 0
    with closing(Comparison(our_address, real_address)) as comparison:
        for _ in range(examples // 2):
            calls = [extreme_call(extreme_call.random.choice(specs)) for _ in range(LONGEST)]
            commands = before + [argv for argv in calls if argv]
            sent += len(commands)
            report = comparison.report(commands, 2)
            assert not report, report
    print(f"{group}: {sent} commands with seed {request.config.getoption('--seed')}")
