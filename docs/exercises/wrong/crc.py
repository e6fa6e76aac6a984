"""Wrong answers to `crc`.  Each function is one mistake, and takes the place of `_divided`."""


def from_the_other_end(byte: int) -> int:
    """The highest bit is looked at first."""
    crc = byte
    for _ in range(8):
        crc = ((crc << 1) ^ (JONES if crc >> 63 & 1 else 0)) & (2**64 - 1)
    return crc


def the_bit_after_the_shift(byte: int) -> int:
    """The bit is looked at after the shift, so it is the next one."""
    crc = byte
    for _ in range(8):
        crc >>= 1
        crc ^= JONES if crc & 1 else 0
    return crc


def seven_bits(byte: int) -> int:
    """A byte has eight bits."""
    crc = byte
    for _ in range(7):
        crc = (crc >> 1) ^ (JONES if crc & 1 else 0)
    return crc
