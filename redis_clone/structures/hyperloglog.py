r"""HyperLogLog: about how many different elements were seen, a million or a billion, in 12 KB.

**Why it works.**  Toss coins: a player whose longest run of tails was ten has surely tossed some thousand
times.  Here an element's hash is a series of tosses.  Its lowest 14 bits choose one of 16384 registers, which
evens out luck.  The register keeps the longest run seen so far: the zeros at the end of the other 50 bits,
plus one.  An element that comes again has the same hash and changes nothing, so only different elements
count.  estimate() makes a number of the registers; its standard error is 0.81 %.

**Merging** is free: the union of two sets has in each register the greater of the two.

**A value is a string,** byte for byte the one that Redis keeps, so that GET, SET and RDB files carry it:

    "HYLL"  encoding  3 unused  8 bytes: the last estimate, low byte first; its highest bit says "out of date"
    registers, in one of two encodings:

    0 dense     6 bits each, the lowest bits first: 12288 bytes
    1 sparse    runs of equal registers, as opcodes:
                00xxxxxx            ZERO    x + 1 registers are 0
                01xxxxxx yyyyyyyy   XZERO   the 14 bits xy, plus 1, are 0
                1vvvvvxx            VAL     x + 1 registers are v + 1

A new value is sparse, a single XZERO.  It becomes dense when a register exceeds 32, for which VAL has no
bits, or when the string would become longer than a limit; it is never sparse again.

Always true of a valid value: the header is as above, and its opcodes make exactly 16384 registers.  A client
may SET anything, so functions that read opcodes may raise CorruptedValue.  In the costs m is the length of a
sparse value.  Imports nothing of ours.
"""

import math
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

INDEX_BITS = 14
REGISTERS = 1 << INDEX_BITS
HASH_BITS = 64 - INDEX_BITS
MURMUR_SEED = 0xADC83B19
WORD = 2**64 - 1

MAGIC = b"HYLL"
DENSE, SPARSE = 0, 1
HEADER_BYTES = 16
DENSE_BYTES = HEADER_BYTES + REGISTERS * 6 // 8
OUT_OF_DATE = 0x80  # in the last byte of the header

SPARSE_MAX_BYTES = 3000  # as hll-sparse-max-bytes
LONGEST_ZERO, LONGEST_VALUE_RUN = 64, 4  # registers that one byte can stand for
GREATEST_SPARSE = 32


Bytes = bytes | bytearray  # a string as the keyspace has it


class CorruptedValue(ValueError):
    """Opcodes that do not make 16384 registers."""


# Values.


def new() -> bytearray:
    """A value without elements, which is sparse.  O(1)"""
    return bytearray(MAGIC + bytes([SPARSE]) + bytes(11) + _zeros(REGISTERS))


def is_hyperloglog(value: Bytes) -> bool:
    """Whether the header and the length are right; the opcodes may still be wrong.  O(1)

    >>> is_hyperloglog(new()), is_hyperloglog(b"hello")
    (True, False)
    """
    if len(value) < HEADER_BYTES or value[:4] != MAGIC:
        return False
    return value[4] == SPARSE or (value[4] == DENSE and len(value) == DENSE_BYTES)


def is_sparse(value: Bytes) -> bool:
    return value[4] == SPARSE


def add(value: bytearray, element: bytes, sparse_limit: int = SPARSE_MAX_BYTES) -> bool:
    """Count an element; True when a register changed.  O(1), sparse O(m)

    >>> add(value := new(), b"tulip"), add(value, b"tulip"), count(value)
    (True, False, 1)
    """
    index, run = pattern(element)
    return _raise_register(value, _Cursor(value), index, run, sparse_limit)


def count(value: Bytes) -> int:
    """The estimate, computed anew.  O(registers)"""
    return estimate(registers(value))


def cached_count(value: Bytes) -> int | None:
    """The last estimate; None when it is out of date.  O(1)"""
    if value[HEADER_BYTES - 1] & OUT_OF_DATE:
        return None
    return int.from_bytes(value[HEADER_BYTES - 8 : HEADER_BYTES], "little")


def cache_count(value: bytearray, estimated: int) -> None:
    """Keep an estimate in the header.  O(1)"""
    value[HEADER_BYTES - 8 : HEADER_BYTES] = estimated.to_bytes(8, "little")


def forget_count(value: bytearray) -> None:
    """Mark the estimate in the header as out of date.  O(1)"""
    value[HEADER_BYTES - 1] |= OUT_OF_DATE


def registers(value: Bytes) -> bytes:
    """Each register as a byte.  O(registers)"""
    if not is_sparse(value):
        return _unpacked(value[HEADER_BYTES:])
    unpacked = b"".join([bytes([register]) * length for register, length in opcodes(value)])
    if len(unpacked) != REGISTERS:
        raise CorruptedValue
    return unpacked


def greatest(of_one: bytes, of_other: bytes) -> bytes:
    """The registers of a union.  O(registers)"""
    return bytes(map(max, of_one, of_other))


def merge_registers(value: bytearray, merged: bytes, sparse_limit: int = SPARSE_MAX_BYTES) -> None:
    """Raise the registers of `value` to the greater ones of `merged`.  O(registers)"""
    current = registers(value)
    if not is_sparse(value):
        value[HEADER_BYTES:] = _packed(greatest(current, merged))
        return
    sparse = _Cursor(value)  # one cursor for all registers, which come in order
    for index, (old, register) in enumerate(zip(current, merged, strict=True)):
        if register > old:
            _raise_register(value, sparse, index, register, sparse_limit)


def make_dense(value: bytearray) -> None:
    """Change the encoding to dense.  O(registers)"""
    value[HEADER_BYTES:] = _packed(registers(value))
    value[4] = DENSE


# From elements to registers, from registers to a number.


def pattern(element: bytes) -> tuple[int, int]:
    """The register of an element, and the run that its hash ends in: 1 to 51.  O(length)"""
    hashed = murmur_hash(element)
    rest = hashed >> INDEX_BITS | 1 << HASH_BITS  # so that the run ends somewhere
    return hashed % REGISTERS, (rest & -rest).bit_length()


def murmur_hash(data: bytes, seed: int = MURMUR_SEED) -> int:
    """MurmurHash64A of Austin Appleby, as on a little-endian machine.  O(length)

    >>> hex(murmur_hash(b"hello"))
    '0xf656f01eecfe400'
    """
    multiplier = 0xC6A4A7935BD1E995
    hashed = seed ^ len(data) * multiplier & WORD
    words, rest = divmod(len(data), 8)
    for word in struct.unpack_from(f"<{words}Q", data):
        mixed = word * multiplier & WORD
        mixed = (mixed ^ mixed >> 47) * multiplier & WORD
        hashed = (hashed ^ mixed) * multiplier & WORD
    if rest:
        hashed = (hashed ^ int.from_bytes(data[-rest:], "little")) * multiplier & WORD
    hashed = (hashed ^ hashed >> 47) * multiplier & WORD
    return hashed ^ hashed >> 47


def estimate(of_all: Sequence[int]) -> int:
    """The number of elements that most likely left registers like these.  O(registers)

    Algorithm 6 of Otmar Ertl (arXiv:1702.01284).  It uses only how many registers hold 0, how many 1, and so
    on; sigma and tau correct the sum where nearly all registers are 0 or full.  So it needs neither the
    tables nor the other formula for small numbers of the first HyperLogLog.
    """
    amounts = [of_all.count(register) for register in range(HASH_BITS + 2)]
    z = REGISTERS * _tau(1 - amounts[HASH_BITS + 1] / REGISTERS)
    for amount in amounts[HASH_BITS:0:-1]:
        z = 0.5 * (z + amount)
    z += REGISTERS * _sigma(amounts[0] / REGISTERS)
    if z == 0:
        return 2**63  # no hash leaves such registers; Redis converts its infinity to this
    return _nearest(0.7213475204444817 * REGISTERS * REGISTERS / z)


def _sigma(x: float) -> float:
    if x == 1:
        return math.inf
    y, z, before = 1.0, x, -1.0
    while z != before:
        x *= x
        before = z
        z += x * y
        y += y
    return z


def _tau(x: float) -> float:
    if x in (0, 1):
        return 0.0
    y, z, before = 1.0, 1 - x, -1.0
    while z != before:
        x = math.sqrt(x)
        before = z
        y *= 0.5
        z -= (1 - x) ** 2 * y
    return z / 3


def _nearest(number: float) -> int:
    """Rounds halves away from zero, as C does; Python would round to the even number."""
    whole = math.floor(number)
    return whole + (number - whole >= 0.5)


# The dense encoding: four registers in three bytes, aaaaaabb bbbbcccc ccdddddd from the lowest bits on.
# Each of the three bytes, taken from all the groups at once, is one long integer of 8 bits a group.

GROUPS = REGISTERS // 4


def _each(byte: int) -> int:
    """The same byte in each group."""
    return int.from_bytes(bytes([byte]) * GROUPS, "little")


LOW_2, LOW_4, LOW_6 = _each(0b11), _each(0b1111), _each(0b111111)


def _unpacked(packed: Bytes) -> bytes:
    """The registers of a dense value, each as a byte.

    >>> _unpacked(_packed(bytes(range(64)) * 256)) == bytes(range(64)) * 256
    True
    """
    first, second, third = [int.from_bytes(packed[at::3], "little") for at in range(3)]
    columns = [
        first & LOW_6,
        first >> 6 & LOW_2 | (second & LOW_4) << 2,
        second >> 4 & LOW_4 | (third & LOW_2) << 4,
        third >> 2 & LOW_6,
    ]
    return _interleaved(columns)


def _packed(unpacked: bytes) -> bytes:
    a, b, c, d = [int.from_bytes(unpacked[at::4], "little") for at in range(4)]
    return _interleaved([a | (b & LOW_2) << 6, b >> 2 & LOW_4 | (c & LOW_4) << 4, c >> 4 & LOW_2 | d << 2])


def _interleaved(columns: Sequence[int]) -> bytes:
    rows = bytearray(GROUPS * len(columns))
    for at, column in enumerate(columns):
        rows[at :: len(columns)] = column.to_bytes(GROUPS, "little")
    return bytes(rows)


def _raise_dense(value: bytearray, index: int, run: int) -> bool:
    byte, shift = divmod(6 * index, 8)
    place = slice(HEADER_BYTES + byte, HEADER_BYTES + byte + 2)
    two = int.from_bytes(value[place], "little")  # the last register has but one
    if two >> shift & 0x3F >= run:
        return False
    two = two & ~(0x3F << shift) | run << shift
    value[place] = two.to_bytes(len(value[place]), "little")
    return True


# The sparse encoding.


class Opcode(NamedTuple):
    """What an opcode stands for: so many registers of this value."""

    register: int
    length: int


def opcodes(value: Bytes) -> Iterator[Opcode]:
    """The opcodes of a sparse value, in order.  O(m)"""
    at = HEADER_BYTES
    while at < len(value):
        size, opcode = _opcode_at(value, at)
        at += size
        yield opcode


def _opcode_at(value: Bytes, at: int) -> tuple[int, Opcode]:
    """The length in bytes of an opcode, and what it stands for.  O(1)"""
    byte = value[at]
    size, length = SHORT[byte] or _long_zeros(value, at)
    return size, Opcode((byte >> 2 & 0x1F) + 1 if byte & 0x80 else 0, length)


def _long_zeros(value: Bytes, at: int) -> tuple[int, int]:
    """The length in bytes of an XZERO, and how many registers it stands for."""
    if at + 1 == len(value):
        raise CorruptedValue
    return 2, ((value[at] & 0x3F) << 8 | value[at + 1]) + 1


# For each byte that is an opcode: its length (1), and how many registers it stands for; None for an XZERO.
# A table, because nearly all the time is spent here.
SHORT = [
    *((1, zero + 1) for zero in range(64)),
    *[None] * 64,
    *((1, (value & 3) + 1) for value in range(128)),
]


def _opcode(register: int, length: int) -> bytes:
    """The opcode for a run of `length` registers, or nothing for none."""
    if not length:
        return b""
    return bytes([0x80 | register - 1 << 2 | length - 1]) if register else _zeros(length)


def _zeros(length: int) -> bytes:
    if length <= LONGEST_ZERO:
        return bytes([length - 1])
    return bytes([0x40 | length - 1 >> 8, length - 1 & 0xFF])


class _Cursor:
    """A place among the opcodes of a sparse value, from which on registers are raised in their order."""

    def __init__(self, value: bytearray) -> None:
        self._value = value
        self._at = self._previous_at = HEADER_BYTES
        self._first = self._previous_first = 0  # the first register of the opcode

    def raise_register(self, index: int, run: int, limit: int) -> bool | None:
        """True when the register changed, None when it needs the dense encoding.  O(m)"""
        size, (old, length) = self._find(index)
        if old >= run:
            return False
        before = index - self._first
        parts = _opcode(old, before) + _opcode(run, 1) + _opcode(old, length - before - 1)
        if len(parts) > size and len(self._value) + len(parts) - size > limit:
            return None
        self._value[self._at : self._at + size] = parts
        self._at, self._first = self._previous_at, self._previous_first
        self._join_values()
        return True

    def _find(self, index: int) -> tuple[int, Opcode]:
        """Move to the opcode that holds a register."""
        value, at, first = self._value, self._at, self._first
        previous = self._previous_at, self._previous_first
        while at < len(value):
            size, length = SHORT[value[at]] or _long_zeros(value, at)
            if index < first + length:
                self._at, self._first = at, first
                self._previous_at, self._previous_first = previous
                return _opcode_at(value, at)
            previous = at, first
            at += size
            first += length
        raise CorruptedValue

    def _join_values(self) -> None:
        """Join neighbouring VALs of the same value, among the next five opcodes only, as Redis does."""
        value, at = self._value, self._at
        for _ in range(5):
            if at + 1 >= len(value):
                return
            byte, following = value[at], value[at + 1]
            length = (byte & 3) + (following & 3) + 2
            if not byte & 0x80:
                at += 2 if byte & 0x40 else 1
            elif byte >> 2 == following >> 2 and length <= LONGEST_VALUE_RUN:
                value[at : at + 2] = bytes([byte & ~3 | length - 1])
            else:
                at += 1


def _raise_register(value: bytearray, sparse: _Cursor, index: int, run: int, limit: int) -> bool:
    if is_sparse(value):
        changed = sparse.raise_register(index, run, limit) if run <= GREATEST_SPARSE else None
        if changed is not None:
            return changed
        make_dense(value)
    return _raise_dense(value, index, run)
