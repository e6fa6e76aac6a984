"""Numbers as text: what Redis reads as a number, and how it formats one.

An integer has one format only (string2ll in util.c): no '+', no spaces, no '-0', no '007'.
Doubles are read as C's strtod reads them, with nothing before or behind (no spaces, no NaN).
INCRBYFLOAT computes in x86's 80-bit long double, so 0.1 + 0.2 is 0.3 there: we compute the same sums with
exact fractions that are rounded to 64 significant bits.

Imports nothing of ours.
"""

import re
from decimal import Decimal
from fractions import Fraction

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1

ZERO = ord("0")
_DECIMAL = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_HEXADECIMAL = re.compile(rb"[+-]?0x([0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(p[+-]?\d+)?", re.IGNORECASE)
_LEADING_DIGITS = re.compile(rb"[ \t\n\v\f\r]*([+-]?)0*(\d*)")
_INFINITE = re.compile(rb"[+-]?inf(inity)?", re.IGNORECASE)

LONG_DOUBLE_BITS = 64  # of its mantissa
LONG_DOUBLE_LIMIT = 2**16384  # from here on a number is infinite
LONG_DOUBLE_SMALLEST = Fraction(1, 2**16445)
LONG_DOUBLE_TEXT = 5 * 1024  # bytes; a longer text is no number (MAX_LONG_DOUBLE_CHARS in util.h)


def parse_integer(text: bytes) -> int:
    """A signed 64-bit integer; ValueError when the text is not one in Redis's format.

    >>> parse_integer(b"-7")
    -7
    >>> parse_integer(b"+7")
    Traceback (most recent call last):
    ValueError: not in Redis's spelling
    """
    length = len(text)
    if length < 19 and text.isdigit() and text[0] != ZERO:  # the usual case, a third quicker
        return int(text)
    if length > 20:
        raise ValueError("too long")
    number = int(text)
    if b"%d" % number != text:  # int() is lenient, so write it back and compare
        raise ValueError("not in Redis's spelling")
    if length > 18 and not INT64_MIN <= number <= INT64_MAX:
        raise ValueError("out of range")
    return number


def is_integer(text: bytes) -> bool:
    """Whether parse_integer() accepts the text.

    >>> is_integer(b"-7"), is_integer(b"007"), is_integer(b"apple")
    (True, False, False)
    """
    if not text.isdigit() and text[:1] != b"-":  # the usual case, without an exception
        return False
    try:
        parse_integer(text)
    except ValueError:
        return False
    return True


def atoi(text: bytes) -> int:
    """A C int as atoi() reads it: the digits in front of any other byte, and of those the lowest 32 bits.

    >>> atoi(b" +12a"), atoi(b"x"), atoi(b"-07"), atoi(b"4294967297"), atoi(b"9" * 99)
    (12, 0, -7, 1, -1)
    """
    sign, digits = _LEADING_DIGITS.match(text).groups()  # type: ignore[union-attr]  # it matches all texts
    size = int(digits[:20] or b"0")
    number = max(INT64_MIN, -size) if sign == b"-" else min(size, INT64_MAX)
    return ((number & 0xFFFFFFFF) ^ 0x80000000) - 0x80000000


def parse_double(text: bytes) -> float:
    """A double; ValueError for NaN, spaces, overflow, or anything behind the number.

    >>> parse_double(b"1e3"), parse_double(b"-inf"), parse_double(b"0x10")
    (1000.0, -inf, 16.0)
    """
    if text.isdigit() and len(text) < 300:  # the usual case: a whole number that fits
        return float(text)
    number = strtod(text)
    if (abs(number) == float("inf") and not _INFINITE.fullmatch(text)) or (
        number == 0 and not _is_zero(text)
    ):
        raise ValueError("out of range")
    return number


def strtod(text: bytes) -> float:
    """A double; a number too great for it is infinite, one too small is 0; ValueError for anything else.

    >>> strtod(b"-1e400"), strtod(b"1e-400")
    (-inf, 0.0)
    """
    if _DECIMAL.fullmatch(text) or _INFINITE.fullmatch(text):
        return float(text)
    if not _HEXADECIMAL.fullmatch(text):
        raise ValueError("not a double")
    try:
        return float.fromhex(text.decode())
    except OverflowError:
        return float("-inf") if text.startswith(b"-") else float("inf")


def format_double(number: float) -> bytes:
    """A double as replies show it: a whole number with all its digits (d2string in util.c of Redis 7.2).

    >>> [format_double(n) for n in (3.0, 3.1, 1e17, 1e21, 1.5e-9, float("-inf"))]
    [b'3', b'3.1', b'100000000000000000', b'1e+21', b'1.5e-9', b'-inf']
    """
    if 0 < abs(number) <= 2**62 and number == int(number):
        return b"%d" % int(number)
    return format_shortest(number)


def format_shortest(number: float) -> bytes:
    """The shortest digits that read back as the same double (fpconv_dtoa, which came with Redis 7.2).

    >>> [format_shortest(n) for n in (3.0, 1e7, 1e17, -0.0)]
    [b'3', b'10000000', b'1e+17', b'-0']
    """
    if number != number:
        return b"nan"
    if number in (float("inf"), float("-inf")):
        return b"inf" if number > 0 else b"-inf"
    if number == 0:
        return b"-0" if str(number).startswith("-") else b"0"
    return _format_digits(number).encode()


def _format_digits(number: float) -> str:
    """The layout of fpconv_dtoa: plain while it is short, else with an exponent of no leading zeros."""
    sign = "-" if number < 0 else ""
    digits, point = _shortest(abs(number))
    exponent = len(digits) - 1 + point
    if point >= 0 and abs(exponent) < len(digits) + 7:
        return sign + digits + "0" * point
    if point < 0 and (point > -7 or abs(exponent) < 4):
        whole = len(digits) + point
        if whole <= 0:
            return sign + "0." + "0" * -whole + digits
        return sign + digits[:whole] + "." + digits[whole:]
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent)}"


def _shortest(number: float) -> tuple[str, int]:
    """Digits d and power p with number == int(d) * 10 ** p, d as short as repr() finds it."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    power = int(exponent or 0) - len(fraction)
    trimmed = digits.rstrip("0")
    return trimmed, power + len(digits) - len(trimmed)


def _is_zero(text: bytes) -> bool:
    """Whether all digits before the exponent are 0.

    >>> _is_zero(b"-0.00e7"), _is_zero(b"1e-400")
    (True, False)
    """
    mantissa = text.lower().removeprefix(b"-").removeprefix(b"0x").partition(b"p")[0]
    return not re.search(rb"[1-9a-df]", mantissa.partition(b"e")[0])


def parse_long_double(text: bytes) -> Fraction:
    """The 80-bit long double nearest to `text`; OverflowError for an infinity, ValueError for no number.

    >>> parse_long_double(b"0.1") == Fraction(1, 10)  # no binary float is a tenth
    False
    >>> parse_long_double(b"2.5e3")
    Fraction(2500, 1)
    """
    if _INFINITE.fullmatch(text):
        raise OverflowError("infinite")
    if len(text) >= LONG_DOUBLE_TEXT:
        raise ValueError("too long")
    exact = _exact(text)
    try:
        rounded = round_long_double(exact)
    except OverflowError:
        raise ValueError("out of range") from None
    if exact and not rounded:
        raise ValueError("out of range")
    return rounded


def _exact(text: bytes) -> Fraction:
    if _DECIMAL.fullmatch(text):
        exponent = int(text.lower().partition(b"e")[2] or 0)
        if _is_zero(text):
            return Fraction(0)
        if abs(exponent) > 20000:
            raise ValueError("out of range")
        return Fraction(Decimal(text.decode()))  # by Decimal, for it takes any number of digits
    if _HEXADECIMAL.fullmatch(text):
        return _hexadecimal(text.decode().lower())
    raise ValueError("not a number")


def _hexadecimal(text: str) -> Fraction:
    mantissa, _, exponent = text.partition("p")
    whole, _, fraction = mantissa.partition(".")
    if abs(int(exponent or 0)) > 20000:
        raise ValueError("out of range")
    return Fraction(int(whole + fraction, 16)) * Fraction(2) ** (int(exponent or 0) - 4 * len(fraction))


def round_long_double(exact: Fraction) -> Fraction:
    """Rounded to 64 significant bits, half to even, as the x87 unit does; OverflowError if too large.

    >>> round_long_double(Fraction(2**64 + 1)) == 2**64
    True
    """
    if not exact:
        return exact
    size = abs(exact.numerator).bit_length() - exact.denominator.bit_length()
    if abs(exact) < Fraction(2) ** size:
        size -= 1  # now 2**size <= |exact| < 2**(size + 1)
    unit = max(Fraction(2) ** (size + 1 - LONG_DOUBLE_BITS), LONG_DOUBLE_SMALLEST)
    rounded = round(exact / unit) * unit
    if abs(rounded) >= LONG_DOUBLE_LIMIT:
        raise OverflowError("infinite")
    return rounded


def format_long_double(number: Fraction) -> bytes:
    """The text of printf's %.17Lf, without the zeros at its end.

    >>> format_long_double(round_long_double(parse_long_double(b"0.1") + parse_long_double(b"0.2")))
    b'0.3'
    """
    scaled = abs(round(number * 10**17))
    whole, fraction = divmod(scaled, 10**17)
    text = f"{Decimal(whole)}.{fraction:017d}".rstrip("0").rstrip(".")  # by Decimal: str() has a limit
    return (("-" if number < 0 and scaled else "") + text).encode()
