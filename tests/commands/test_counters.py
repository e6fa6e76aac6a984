"""The commands that count."""

import random

import pytest
from tables import for_each

from redis_clone.protocol.errors import (
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    OVERFLOW,
    RedisError,
)

NO_FINITE_SUM = "ERR increment would produce NaN or Infinity"
BIGGEST, SMALLEST = 2**63 - 1, -(2**63)


def test_a_count_goes_up_and_down_and_begins_at_zero(redis):
    assert redis("INCR n") == 1
    assert redis("INCRBY n 41") == 42
    assert redis("DECR n") == 41
    assert redis("DECRBY n 50") == -9
    assert redis("DECRBY n -10") == 1
    assert redis("INCRBY n -3") == -2
    assert redis("GET n") == b"-2"
    assert redis("DECR fresh") == -1
    assert redis("DECRBY another 5") == -5


def test_counting_keeps_the_time_to_live(redis):
    redis("SET n 10 EX 100")
    redis("INCR n")
    redis("INCRBYFLOAT n 1.5")
    assert 50 < redis("TTL n") <= 100


def test_a_count_stays_within_64_bits(redis):
    redis("SET", "n", BIGGEST)
    for command in ("INCR n", "INCRBY n 1", "DECRBY n -1", f"INCRBY n {BIGGEST}"):
        assert redis(command) == RedisError(OVERFLOW)
    assert redis("INCRBY n 0") == BIGGEST
    redis("SET", "n", SMALLEST)
    for command in ("DECR n", "DECRBY n 1", "INCRBY n -1", f"DECRBY n {BIGGEST}", f"INCRBY n {SMALLEST}"):
        assert redis(command) == RedisError(OVERFLOW)
    assert redis("GET n") == b"%d" % SMALLEST
    assert redis(f"INCRBY n {BIGGEST}") == -1
    assert redis(f"INCRBY fresh {SMALLEST}") == SMALLEST


def test_decrby_cannot_negate_the_smallest_number(redis):
    assert redis(f"DECRBY missing {SMALLEST}") == RedisError("ERR decrement would overflow")
    assert redis("EXISTS missing") == 0


@for_each(
    "text",
    [
        b"",
        b" 1",
        b"1 ",
        b"01",
        b"+1",
        b"-0",
        b"1.0",
        b"1e3",
        b"0x10",
        b"abc",
        b"1\x00",
        b"1\n",
        b"1_0",
        b"9" * 20,
    ],
)
def test_an_integer_has_one_format_only(redis, text):
    redis("SET", "n", text)
    assert redis("INCR n") == RedisError(NOT_AN_INTEGER)
    assert redis("GET n") == text
    assert redis("INCRBY", "fresh", text) == RedisError(NOT_AN_INTEGER)
    assert redis("DECRBY", "fresh", text) == RedisError(NOT_AN_INTEGER)
    assert redis("EXISTS fresh") == 0


@for_each(
    "old, increment, total",
    [
        ("0.1", "0.2", "0.3"), ("10.50", "0.1", "10.6"), ("5.0e3", "2.0e2", "5200"), ("3", "1.5", "4.5"),
        ("10", "-5", "5"), ("1.5", "-1.5", "0"), ("1", "0.00", "1"), ("0", "-0.0", "0"), ("10", "0x10", "26"),
        ("1", "0x.8p1", "2"), ("0x10", "1", "17"), ("1", ".5", "1.5"), ("1", "5.", "6"), ("+1", "+1", "2"),
        ("1", "-5e-1", "0.5"), ("1e17", "1", "100000000000000001"), ("1e22", "1", "10000000000000000000000"),
        ("17179869184", "1.5", "17179869185.5"), ("3.0", "1.000000000000000005", "4.00000000000000001"),
        ("1e-17", "0", "0.00000000000000001"), ("1e-18", "0", "0"), ("-1e-18", "0", "0"),
        ("1e-4940", "0", "0"),
        ("1.23456789012345678901234567890", "0", "1.23456789012345679"),
        ("1" * 40, "1", "1111111111111111111111671891239418986496"),
    ],
)  # fmt: skip
def test_incrbyfloat_computes_in_80_bits_and_writes_17_digits(redis, old, increment, total):
    redis("SET", "f", old)
    assert redis("INCRBYFLOAT", "f", increment) == total.encode()
    assert redis("GET f") == total.encode()


def test_incrbyfloat_begins_at_zero_and_answers_text_in_resp3_too(redis3):
    assert redis3("INCRBYFLOAT f 3.50") == b"3.5"


@for_each(
    "text",
    ["abc", "''", "' 1'", "'1 '", "nan", "1e", "e1", "1_0", "0x", "1.5.5", "1e5000", "1e-5000", "0x1p16384"],
)
def test_incrbyfloat_wants_two_numbers(redis, text):
    redis("SET f 1")
    assert redis(f"INCRBYFLOAT f {text}") == RedisError(NOT_A_FLOAT)
    assert redis(f"INCRBYFLOAT fresh {text}") == RedisError(NOT_A_FLOAT)
    assert redis("GET f") == b"1"
    assert redis("EXISTS fresh") == 0
    redis(f"SET f {text}")
    assert redis("INCRBYFLOAT f 1") == RedisError(NOT_A_FLOAT)


def test_incrbyfloat_never_becomes_infinite(redis):
    redis("SET f 1")
    for infinite in ("inf", "-inf", "+Infinity"):
        assert redis(f"INCRBYFLOAT f {infinite}") == RedisError(NO_FINITE_SUM)
    assert redis("GET f") == b"1"
    redis("SET f -inf")
    assert redis("INCRBYFLOAT f 1") == RedisError(NO_FINITE_SUM)
    assert redis("INCRBYFLOAT f inf") == RedisError(NO_FINITE_SUM)
    assert redis("INCRBYFLOAT f word") == RedisError(NOT_A_FLOAT)


def test_incrbyfloat_reaches_the_end_of_the_80_bits(redis):
    digits = redis("INCRBYFLOAT f 1e4932")
    assert len(digits) == 4933
    assert digits.startswith(b"1000000000000000000")
    assert redis("INCRBYFLOAT f 1e4932") == RedisError(NO_FINITE_SUM)
    assert redis("GET f") == digits
    assert redis("INCRBYFLOAT f 1") == digits


@pytest.mark.parametrize("kind", ["plain", "with a fraction", "with an exponent"])
def test_incrbyfloat_agrees_with_redis_on_random_numbers(both, kind):
    dice = random.Random(kind)
    spell = {
        "plain": lambda: f"{dice.randrange(-(10**20), 10**20)}",
        "with a fraction": lambda: f"{dice.uniform(-1000, 1000):.{dice.randrange(20)}f}",
        "with an exponent": lambda: f"{dice.uniform(-10, 10)}e{dice.randrange(-30, 30)}",
    }[kind]
    for _ in range(200):
        old, increment = spell(), spell()
        both("SET", "f", old)
        ours, real = both("INCRBYFLOAT", "f", increment)
        assert ours == real, f"{old} + {increment}"
