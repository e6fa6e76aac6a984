"""Numbers as Redis reads and formats them, compared with a server where commands show them."""

import struct
from fractions import Fraction
from math import copysign, isfinite, isnan
from random import Random

import pytest
from tables import for_each

from redis_clone.protocol.errors import RedisError
from redis_clone.structures.numbers import (
    INT64_MAX,
    INT64_MIN,
    format_double,
    format_long_double,
    parse_double,
    parse_integer,
    parse_long_double,
    round_long_double,
    strtod,
)


@pytest.mark.parametrize("number", [0, 7, -7, 10, INT64_MAX, INT64_MIN])
def test_an_integer_is_read_in_its_one_format(number):
    assert parse_integer(b"%d" % number) == number


@for_each(
    "text",
    [
        b"", b"-", b"+1", b" 1", b"1 ", b"1\n", b"01", b"-0", b"-01", b"1_0", b"1.0", b"1e3", b"0x1", b"--1",
        b"\xb2",
        b"9223372036854775808", b"-9223372036854775809", b"1" * 21, b"1" * 5000, b"a", b"\x00",
        b"\xef\xbc\x91",
    ],
)  # fmt: skip
def test_no_other_format_is_an_integer(text):
    with pytest.raises(ValueError):
        parse_integer(text)


@for_each(
    "text, number",
    [
        (b"0", 0.0), (b"-0", -0.0), (b"+1", 1.0), (b"007", 7.0), (b"1.", 1.0), (b".5", 0.5), (b"-.5e1", -5.0),
        (b"1E3", 1000.0), (b"1e+3", 1000.0), (b"1e-3", 0.001), (b"0e999", 0.0),
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (b"4.9e-324", 5e-324), (b"0x10", 16.0), (b"-0XaP-1", -5.0), (b"0x.8", 0.5), (b"0x1p-1074", 5e-324),
        (b"0x0p-9999", 0.0),
        (b"inf", float("inf")), (b"+Inf", float("inf")), (b"-INFINITY", float("-inf")),
    ],
)  # fmt: skip
def test_a_double_is_read_as_strtod_reads_it(text, number):
    assert str(parse_double(text)) == str(number)  # as text, for 0.0 == -0.0


@for_each(
    "text",
    [
        b"", b".", b"-", b"+", b"e5", b"1e", b"1e+", b" 1", b"1 ", b"\t1", b"1\n", b"1\x00", b"1,5", b"1_0",
        b"--1", b"nan",
        b"-nan", b"infi", b"infinite", b"0x", b"0x.", b"0xg", b"0x1p", b"1e309", b"-1e309", b"1e-330",
        b"2e-324",
        b"0x1p1024", b"0x1p-1080", b"1e99999", b"\xef\xbc\x91", b"a",
    ],
)  # fmt: skip
def test_no_other_format_is_a_double(text):
    with pytest.raises(ValueError):
        parse_double(text)


@pytest.mark.parametrize(
    "text, number",
    [
        (b"1e309", "inf"),
        (b"-1e309", "-inf"),
        (b"-0x1p1024", "-inf"),
        (b"1e-330", "0.0"),
        (b"-0x1p-1080", "-0.0"),
    ],
)
def test_strtod_itself_knows_no_number_that_is_too_large_or_too_small(text, number):
    assert str(strtod(text)) == number


@pytest.mark.parametrize("seed", range(2))
def test_a_random_text_is_a_double_for_us_when_it_is_a_score_for_zadd(redis, seed):
    random = Random(seed)
    for _ in range(500):
        text = random_number(random)
        redis("DEL scores")
        accepted = redis("ZADD", "scores", text, "member") == 1
        try:
            number = parse_double(text)
        except ValueError:
            assert not accepted, text
        else:
            assert accepted, text
            assert float(redis("ZSCORE scores member")) == number


def random_number(random):
    """Something that is a number in one syntax or another, or nearly one."""
    if random.random() < 0.3:
        return "".join(random.choices("0123456789.eE+-xap in", k=random.randint(0, 6))).encode()
    sign = random.choice(["", "-", "+"])
    if random.random() < 0.3:
        digits, exponents = hex(random.getrandbits(random.randint(1, 80))), ["p5", "P-7", "p1100", "p-1100"]
    else:
        digits, exponents = some_digits(random, 25), ["e5", "E-7", "e+300", "e400", "e-400"]
    fraction = random.choice(["", ".", "." + some_digits(random, 20)])
    return (sign + digits + fraction + random.choice(["", "", *exponents])).encode()


def some_digits(random, most):
    return str(random.randrange(10 ** random.randint(1, most)))


@for_each(
    "number, text",
    [
        (0.0, b"0"), (-0.0, b"-0"), (1.0, b"1"), (-3.0, b"-3"), (0.1, b"0.1"), (3.14, b"3.14"),
        (-2.5, b"-2.5"),
        (0.1 + 0.2, b"0.30000000000000004"), (100.0, b"100"), (1234567.891, b"1234567.891"),
        # Integers up to 2^62 are written as such; beyond, the shortest digits and zeros behind them.
        (2.0**53, b"9007199254740992"), (1e17, b"100000000000000000"), (1e18, b"1000000000000000000"),
        (2.0**62, b"4611686018427387904"), (-(2.0**62), b"-4611686018427387904"),
        (2.0**63, b"9223372036854776000"),
        (2.0**64, b"18446744073709552000"), (1e19, b"1e+19"), (1e21, b"1e+21"), (1.5e20, b"1.5e+20"),
        (1.7976931348623157e308, b"1.7976931348623157e+308"), (-1e100, b"-1e+100"),
        (1.2345678901234566e25, b"1.2345678901234566e+25"),
        # Small ones: plain while few zeros are needed.
        (0.01, b"0.01"), (0.001, b"0.001"), (0.0001, b"0.0001"), (0.00001, b"0.00001"),
        (0.000001, b"0.000001"),
        (1e-7, b"1e-7"), (1.5e-5, b"0.000015"), (1.5e-6, b"1.5e-6"), (1.5e-7, b"1.5e-7"),
        (1.5e-9, b"1.5e-9"), (1.234e-3, b"0.001234"), (1.23456789e-3, b"0.00123456789"),
        (1.2345e-4, b"1.2345e-4"), (5e-324, b"5e-324"), (2.2250738585072014e-308, b"2.2250738585072014e-308"),
        (float("inf"), b"inf"), (float("-inf"), b"-inf"), (float("nan"), b"nan"),
    ],
)  # fmt: skip
def test_a_double_is_written_as_redis_7_2_writes_it(number, text):
    assert format_double(number) == text


def random_double(random):
    return struct.unpack("d", random.randbytes(8))[0]


@pytest.mark.parametrize("seed", range(2))
def test_any_double_is_read_back_as_itself(seed):
    random = Random(seed)
    numbers = [random_double(random) for _ in range(1000)]
    numbers += [round(random.uniform(-1e6, 1e6), random.randint(0, 8)) for _ in range(1000)]
    numbers += [random.choice([1, 5, 123]) * 10.0 ** random.randint(-20, 30) for _ in range(300)]
    for number in numbers:
        text = format_double(number)
        if isnan(number):
            assert text == b"nan"
        else:
            assert parse_double(text) == number, text
            assert copysign(1, parse_double(text)) == copysign(1, number)
            assert not isfinite(number) or float(text) == number  # Python agrees with strtod


@for_each("text", [b"", b"nan", b" 1", b"1 ", b"0x", b"1e", b"1e5000", b"1e-5000", b"1e99999999"])
def test_what_is_no_long_double(text):
    with pytest.raises((ValueError, OverflowError)):
        parse_long_double(text)


def test_an_infinite_long_double_is_an_overflow_of_its_own():
    for text in (b"inf", b"-Infinity"):
        with pytest.raises(OverflowError):
            parse_long_double(text)


def test_a_long_double_keeps_64_bits():
    assert round_long_double(Fraction(2**63 + 1)) == 2**63 + 1
    assert round_long_double(Fraction(2**64 + 1)) == 2**64  # half to even, down
    assert round_long_double(Fraction(2**64 + 3)) == 2**64 + 4  # half to even, up
    assert round_long_double(Fraction(-(2**64) - 3)) == -(2**64) - 4
    assert round_long_double(Fraction(0)) == 0
    third = round_long_double(Fraction(1, 3))
    assert third != Fraction(1, 3) and abs(third - Fraction(1, 3)) <= Fraction(1, 2**66)


@pytest.mark.parametrize(
    "number, text",
    [
        (Fraction(0), b"0"), (Fraction(3), b"3"), (Fraction(-5, 2), b"-2.5"),
        (Fraction(1, 10**17), b"0.00000000000000001"),
        (Fraction(1, 10**18), b"0"), (Fraction(-1, 10**18), b"0"), (Fraction(10**30), b"1" + b"0" * 30),
    ],
)  # fmt: skip
def test_a_long_double_is_written_with_17_decimals_and_no_zeros_at_the_end(number, text):
    assert format_long_double(number) == text


@pytest.mark.parametrize("seed", range(4))
def test_sums_of_random_long_doubles_are_those_of_incrbyfloat(redis, seed):
    random = Random(seed)
    for _ in range(150):
        augend, addend = random_number(random), random_number(random)
        redis("SET", "sum", augend)
        answer = redis("INCRBYFLOAT", "sum", addend)
        assert isinstance(answer, RedisError) == (sum_of(augend, addend) is None), (augend, addend)
        assert isinstance(answer, RedisError) or answer == sum_of(augend, addend), (augend, addend)


def sum_of(augend, addend):
    """The sum as INCRBYFLOAT formats it; None where it is an error."""
    try:
        total = round_long_double(parse_long_double(augend) + parse_long_double(addend))
    except (ValueError, OverflowError):
        return None
    return None if abs(total) >= 2**16384 else format_long_double(total)
