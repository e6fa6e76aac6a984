"""Wrong answers to `integers`.  Each function is one mistake, and takes the place of `parse_integer`."""


def whatever_int_takes(text: bytes) -> int:
    """Python's int() takes +7, 007, 1_000 and spaces; Redis does not."""
    return int(text)


def without_a_range(text: bytes) -> int:
    """Nobody asks whether the number has room in 64 bits."""
    length = len(text)
    if length < 19 and text.isdigit() and text[0] != ZERO:  # the usual case, a third quicker
        return int(text)
    if length > 20:
        raise ValueError("too long")
    number = int(text)
    if b"%d" % number != text:  # int() is lenient, so write it back and compare
        raise ValueError("not in Redis's spelling")
    return number


def one_too_few(text: bytes) -> int:
    """The smallest number, -2^63, is refused."""
    length = len(text)
    if length < 19 and text.isdigit() and text[0] != ZERO:  # the usual case, a third quicker
        return int(text)
    if length > 20:
        raise ValueError("too long")
    number = int(text)
    if b"%d" % number != text:  # int() is lenient, so write it back and compare
        raise ValueError("not in Redis's spelling")
    if length > 18 and not INT64_MIN < number <= INT64_MAX:
        raise ValueError("out of range")
    return number


def zero_is_forgotten(text: bytes) -> int:
    """A text that begins with 0 is refused, 0 itself as well."""
    length = len(text)
    if length < 19 and text.isdigit() and text[0] != ZERO:  # the usual case, a third quicker
        return int(text)
    if length > 20:
        raise ValueError("too long")
    if text[:1] == b"0":
        raise ValueError("not in Redis's spelling")
    number = int(text)
    if b"%d" % number != text:  # int() is lenient, so write it back and compare
        raise ValueError("not in Redis's spelling")
    if length > 18 and not INT64_MIN <= number <= INT64_MAX:
        raise ValueError("out of range")
    return number
