"""Wrong answers to `three_digits`.  Each function is one mistake, and takes the place of `_three_digits`."""


def rounded_up(number: int) -> int:
    """It is rounded, not cut."""
    step: int = 10 ** max(len(str(number)) - 3, 0)
    return (number + step // 2) // step * step


def always_thousands(number: int) -> int:
    """Small numbers are cut as well."""
    step: int = 1000
    return number // step * step


def two_digits(number: int) -> int:
    """Two digits are kept."""
    step: int = 10 ** max(len(str(number)) - 2, 0)
    return number // step * step
