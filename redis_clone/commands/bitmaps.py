"""The bitmap commands.  A string is read as bits; bit 0 is the highest bit of the first byte.

A bitmap that was changed in place is a `bytearray`, so SETBIT costs the same in a megabyte as in a byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import and_, or_, xor
from typing import TYPE_CHECKING, NamedTuple

from redis_clone.command_table.keyspecs import KeyAt, all_keys, one_key
from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.storage.strings import STRING
from redis_clone.structures.bits import (
    OVERFLOWS,
    Field,
    Overflow,
    combine,
    complement,
    count_ones,
    editable,
    find_bit,
    get_bit,
    grow,
    read_field,
    set_bit,
    write_field,
)

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("bitmap")

BAD_OFFSET = "ERR bit offset is not an integer or out of range"
NO_EVENT = (
    ""  # a string that grew by zeros only: the log needs it, keyspace notifications are silent about it
)
BAD_BIT = "ERR bit is not an integer or out of range"
BAD_FIELD_TYPE = (
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is."
)
UNITS = {b"BYTE": 8, b"BIT": 1}  # in bits
OPERATIONS: dict[bytes, Callable[[int, int], int] | None] = {
    b"AND": and_,
    b"OR": or_,
    b"XOR": xor,
    b"NOT": None,  # of one string only
}
WIDEST = {b"i": 64, b"u": 63}  # a reply is a signed 64-bit integer


@command("SETBIT", arity=4, flags="write denyoom", keys=one_key("RW access update"))
def setbit(client: Client, key: bytes, offset: bytes, value: bytes) -> int:
    """Sets a bit to 0 or 1, filling up with zero bytes, and returns what it was.

    SETBIT key offset value
    Since 2.2.0, O(1)
    """
    at = _bit_offset(client, offset)
    bit = integer(value, BAD_BIT)
    if bit not in (0, 1):
        raise RedisError(BAD_BIT)
    edited = editable(client.db.edit(key, STRING) or b"")
    grown = grow(edited, at // 8 + 1)
    old = get_bit(edited, at)
    if grown or old != bit:
        set_bit(edited, at, bit)
        client.db.update(key, edited, "setbit")
    else:
        client.db.convert(key, edited)  # a string of bits from now on, though no bit has changed
    return old


@command("GETBIT", arity=3, flags="readonly fast", keys=one_key("RO access"))
def getbit(client: Client, key: bytes, offset: bytes) -> int:
    """Returns a bit of a string; beyond the end all are 0.

    GETBIT key offset
    Since 2.2.0, O(1)
    """
    at = _bit_offset(client, offset)
    return get_bit(client.db.get(key, STRING) or b"", at)


@command("BITCOUNT", arity=-2, flags="readonly", keys=one_key("RO access"))
def bitcount(client: Client, key: bytes, *args: bytes) -> int:
    """Counts the ones in a string or in a part of it, both ends included; negative places count from the end.

    BITCOUNT key [start end [BYTE | BIT]]
    Since 2.6.0, O(N) where N is the length of the part.
    """
    stored = client.db.get(key, STRING)
    if stored is None:
        return 0  # before start and end are read, as in Redis up to 7.2
    if not args:
        return count_ones(stored, range(8 * len(stored)))
    if len(args) not in (2, 3):
        raise RedisError(SYNTAX)
    start, end = integer(args[0]), integer(args[1])
    if start < 0 and end < 0 and start > end:
        return 0
    return count_ones(stored, _bits(stored, start, end, _unit(args[2:])))


@command("BITPOS", arity=-3, flags="readonly", keys=one_key("RO access"))
def bitpos(client: Client, key: bytes, bit: bytes, *args: bytes) -> int:
    """Finds the first 0 or 1 in a string or in a part of it; -1 when there is none.

    BITPOS key bit [start [end [BYTE | BIT]]]
    Since 2.8.7, O(N) where N is the length of the part.
    """
    wanted = integer(bit)
    if wanted not in (0, 1):
        raise RedisError("ERR The bit argument must be 1 or 0.")
    stored = client.db.get(key, STRING)
    if stored is None:
        return -wanted
    if len(args) > 3:
        raise RedisError(SYNTAX)
    start = integer(args[0]) if args else 0
    unit = _unit(args[2:])
    end = integer(args[1]) if len(args) > 1 else -1
    bits = _bits(stored, start, end, unit)
    found = find_bit(stored, wanted, bits)
    if found is None and bits and wanted == 0 and len(args) < 2:
        return bits.stop  # without an end, the string counts as followed by zeros
    return -1 if found is None else found


@command(
    "BITOP",
    arity=-4,
    flags="write denyoom",
    keys=[one_key("OW update", at=2), all_keys("RO access", at=3)],
)
def bitop(client: Client, operation: bytes, destkey: bytes, *keys: bytes) -> int:
    """Combines strings bit by bit with AND, OR, XOR or NOT, stores the result and returns its length.

    BITOP operation destkey key [key ...]
    Since 2.6.0, O(N) where N is the length of all the strings.
    """
    if operation.upper() not in OPERATIONS:
        raise RedisError(SYNTAX)
    combining = OPERATIONS[operation.upper()]
    if combining is None and len(keys) != 1:
        raise RedisError("ERR BITOP NOT must be called with a single source key.")
    strings = [client.db.get(key, STRING) or b"" for key in keys]
    result = combine(combining, strings) if combining else complement(strings[0])
    if result:
        client.db.set_value(destkey, editable(result), "set")  # a bytearray, so that its encoding is "raw"
    else:
        client.db.delete(destkey)
    return len(result)


def _find_field_keys(argv: Sequence[bytes]) -> list[KeyAt]:
    """The key of BITFIELD, read-only if all subcommands are GET."""
    changes = any(word.upper() in (b"SET", b"INCRBY") for word in argv[2:])
    return [KeyAt(1, ("RW", "access", "update") if changes else ("RO", "access"))]


@command(
    "BITFIELD",
    arity=-2,
    flags="write denyoom",
    keys=one_key(
        "RW access update variable_flags",
        notes="This command allows both access and modification of the key",
    ),
    find_keys=_find_field_keys,
)
def bitfield(client: Client, key: bytes, *args: bytes) -> list[int | None]:
    """Reads, sets and counts up integers of any number of bits at any places of a string.

    BITFIELD key [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | INCRBY
        encoding offset increment>> [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding
        offset value | INCRBY encoding offset increment>> ...]]
    Since 3.2.0, O(1) for each of the subcommands.
    """
    steps = _read_steps(client, args)
    if _only_reads(steps):
        return _read_fields(client, key, steps)
    edited = editable(client.db.edit(key, STRING) or b"")
    grew = grow(edited, max(step.field.stop + 7 for step in steps if step.word != b"GET") // 8)
    written = 0
    replies = []
    for step in steps:
        old = read_field(edited, step.field)
        new, reply = _outcome(step, old)
        if new is not None and (grew or new != old):
            write_field(edited, step.field, new)
            written += 1
        replies.append(reply)
    if written or grew:  # also when the string only grew, because every step failed
        client.db.update(key, edited, "setbit" if written else NO_EVENT, written)
    else:
        client.db.convert(key, edited)
    return replies


@command("BITFIELD_RO", arity=-2, flags="readonly fast", keys=one_key("RO access"))
def bitfield_ro(client: Client, key: bytes, *args: bytes) -> list[int | None]:
    """Reads integers of any number of bits at any places of a string: BITFIELD, for replicas too.

    BITFIELD_RO key [GET encoding offset [GET encoding offset ...]]
    Since 6.0.0, O(1) for each of the subcommands.
    """
    steps = _read_steps(client, args)
    if not _only_reads(steps):
        raise RedisError("ERR BITFIELD_RO only supports the GET subcommand")
    return _read_fields(client, key, steps)


class Step(NamedTuple):
    """One subcommand of BITFIELD: GET, SET or INCRBY."""

    word: bytes
    field: Field
    number: int = 0
    overflow: Overflow = OVERFLOWS[b"WRAP"]


def _read_steps(client: Client, args: Sequence[bytes]) -> list[Step]:
    steps = []
    overflow = OVERFLOWS[b"WRAP"]
    options = Options(args)
    while options:
        match options.word():
            case b"GET" if options.left >= 2:
                steps.append(Step(b"GET", _field(client, options)))
            case (b"SET" | b"INCRBY") as word if options.left >= 3:
                field = _field(client, options)
                steps.append(Step(word, field, integer(options.value()), overflow))
            case b"OVERFLOW" if options.left:
                overflow = _overflow(options.word())
            case _:
                raise options.error()
    return steps


def _overflow(word: bytes) -> Overflow:
    if word not in OVERFLOWS:
        raise RedisError("ERR Invalid OVERFLOW type specified")
    return OVERFLOWS[word]


def _only_reads(steps: Sequence[Step]) -> bool:
    return all(step.word == b"GET" for step in steps)


def _read_fields(client: Client, key: bytes, steps: Sequence[Step]) -> list[int | None]:
    stored = client.db.get(key, STRING) or b""
    return [read_field(stored, step.field) for step in steps]


def _outcome(step: Step, old: int) -> tuple[int | None, int | None]:
    """The new number of the field and the reply, both None where the overflow is FAIL."""
    if step.word == b"GET":
        return None, old
    if step.word == b"INCRBY":
        total = step.overflow(old + step.number, step.field)
        return total, total
    # Redis takes a number for an unsigned field as 64 unsigned bits, so -1 is far too large, not too small.
    number = step.number if step.field.signed else step.number % 2**64
    new = step.overflow(number, step.field)
    return new, None if new is None else old


def _field(client: Client, options: Options) -> Field:
    """An encoding such as u8 or i16, and an offset; `#3` is the offset of the fourth integer of that size."""
    encoding, offset = options.value(), options.value()
    sign = encoding[:1]
    width = integer(encoding[1:], BAD_FIELD_TYPE) if sign in WIDEST else 0
    if not 1 <= width <= WIDEST.get(sign, 0):
        raise RedisError(BAD_FIELD_TYPE)
    if offset.startswith(b"#"):
        return Field(_bit_offset(client, offset[1:], width), width, sign == b"i")
    return Field(_bit_offset(client, offset), width, sign == b"i")


def _bit_offset(client: Client, argument: bytes, width: int = 1) -> int:
    """An offset in units of `width` bits.  Its byte must lie within the longest possible string."""
    offset = integer(argument, BAD_OFFSET) * width
    if not 0 <= offset < 8 * client.server.limits.bulk_bytes:
        raise RedisError(BAD_OFFSET)
    return offset


def _unit(args: Sequence[bytes]) -> int:
    """The bits of one unit of start and end: BYTE, or the unit that is given."""
    if not args:
        return UNITS[b"BYTE"]
    unit = UNITS.get(args[0].upper())
    if unit is None:
        raise RedisError(SYNTAX)
    return unit


def _bits(stored: bytes, start: int, end: int, unit: int) -> range:
    """The bits from start to end, both included; negative places count from the end.

    >>> _bits(b"abc", 1, -1, 8), _bits(b"abc", 2, 4, 1), _bits(b"abc", 0, -9, 8)
    (range(8, 24), range(2, 5), range(0, 8))
    """
    length = 8 * len(stored) // unit
    first = max(start + length, 0) if start < 0 else start
    last = min(max(end + length, 0) if end < 0 else end, length - 1)
    return range(first * unit, (last + 1) * unit)
