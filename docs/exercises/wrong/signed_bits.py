"""Wrong answers to `signed_bits`.  Each function is one mistake, and takes the place of `signed`."""


def without_a_sign(bits: int) -> int:
    """The highest bit is a bit like any other."""
    return bits & WORD


def not_cut_off(bits: int) -> int:
    """Bits above the thirty-second are kept."""
    return (bits ^ 0x80000000) - 0x80000000


def one_too_much(bits: int) -> int:
    """What is taken away for the sign is one too little."""
    return ((bits & WORD) ^ 0x80000000) - 0x7FFFFFFF


def one_bit_later(bits: int) -> int:
    """2**31 itself is taken for a positive number."""
    bits &= WORD
    return bits - 2**32 if bits > 2**31 else bits
