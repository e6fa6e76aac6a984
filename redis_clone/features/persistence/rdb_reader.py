"""Reads RDB files of every version, as a stream of events.  rdb_format.py says what they consist of.

    "REDIS0010" AUX redis-ver 7.2.4 SELECTDB 0 ...  ->  AuxField("redis-ver", "7.2.4") Selected(0) Entry(...)

The file may be damaged, or made by an attacker.  So no length is believed before the bytes are there, every
fault is a BadRdb that says where and what, and Ended comes only when the checksum was right: a caller that
wants all or nothing waits for it.

May import: checksums, storage.
"""

import io
from collections.abc import Callable, Iterator
from typing import NamedTuple

from redis_clone.features.persistence import rdb_format as form
from redis_clone.features.persistence.rdb_primitives import CutShort, Reader
from redis_clone.features.persistence.rdb_values import READERS as VALUE_TYPES
from redis_clone.features.persistence.rdb_values import EmptyValue, read_value
from redis_clone.features.persistence.snapshot import Entry
from redis_clone.structures.checksums import crc64

CHUNK = 256 * 1024  # bytes read at once
MODULE_PRE_GA, MODULE_2 = 6, 7  # the types of values that a module made


class BadRdb(ValueError):
    """The file is damaged, or of no form that we can read; `offset` is the byte at which that was found."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Unreadable(BadRdb):
    """The file may well be sound, but this server cannot read it; `why` follows the name of the file."""

    def __init__(self, reason: str, offset: int, why: str) -> None:
        super().__init__(reason, offset)
        self.why = why


class AuxField(NamedTuple):
    name: str
    value: str


class Selected(NamedTuple):
    db: int


class Library(NamedTuple):
    """The code of a library of functions."""

    code: bytes


class Skipped(NamedTuple):
    """A key whose value is empty, which Redis would not have written."""

    key: bytes


class Contradiction(NamedTuple):
    """A value was read although it contradicts itself; the text says how."""

    key: bytes
    text: str


class ModuleAux(NamedTuple):
    """What a module has written besides keys; it was passed over, from `offset` on."""

    module: str
    offset: int


class Ended(NamedTuple):
    """The last event.  `checked` is False when the file has no checksum."""

    checked: bool


Event = AuxField | Selected | Library | Entry | Skipped | Contradiction | ModuleAux | Ended


class Source:
    """The bytes of a file, read in pieces, with the offset and the checksum of all before it.

    When the events are over, the caller may go on reading what follows the RDB file.
    """

    def __init__(self, read: Callable[[int], bytes], skips_checksum: bool = False) -> None:
        """`read` may return fewer bytes than asked for, and none only at the end."""
        self.skips_checksum = skips_checksum  # a wrong checksum is not an error
        self._raw = _Pieces(read)
        self._buffer = io.BufferedReader(self._raw, CHUNK)
        self.read = self._buffer.read

    @property
    def offset(self) -> int:
        return self._buffer.tell()

    def checksum(self) -> int:
        """The checksum of all that was read.  O(CHUNK), for the rest was done while reading."""
        return self._raw.checksum_at(self.offset)


class _Pieces(io.RawIOBase):
    """BufferedReader reads from it.  The checksum of a piece is made when the next one is read."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._piece = b""
        self._start = 0  # where it begins in the file
        self._crc = 0  # of all before it

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True  # BufferedReader.tell() asks for it

    def seek(self, offset: int, whence: int = 0) -> int:
        raise io.UnsupportedOperation("an RDB file is read forwards")

    def tell(self) -> int:
        return self._start + len(self._piece)

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        self._crc = crc64(self._piece, self._crc)
        self._start += len(self._piece)
        self._piece = self._read(len(buffer))
        buffer[: len(self._piece)] = self._piece
        return len(self._piece)

    def checksum_at(self, offset: int) -> int:
        return crc64(self._piece[: offset - self._start], self._crc)


class RdbReader:
    r"""Reads one file.  Its attributes say what is being read, for the report of an error.

    >>> file = io.BytesIO(b"REDIS0003\xfe\x05\x00\x01k\x01v\xff")
    >>> list(RdbReader(Source(file.read)).events())
    [Selected(db=5), Entry(db=5, key=b'k', value=b'v', expire_at_ms=None), Ended(checked=False)]
    """

    def __init__(self, source: Source, skips_modules: bool = False) -> None:
        """`skips_modules`: for a check; the data of modules are passed over, and the value is None."""
        self.source = source
        self._skips_modules = skips_modules
        self.doing = "start"
        self.key: bytes | None = None
        self.type_byte: int | None = 0  # until there is a key; redis-check-rdb begins with it too
        self._reader = Reader(source.read)
        self._db = 0
        self._expire_at_ms: int | None = None  # of the key to come

    def events(self) -> Iterator[Event]:
        """Yields what is in the file; BadRdb when it is damaged."""
        try:
            yield from self._events()
        except BadRdb:
            raise
        except CutShort:
            raise BadRdb("Unexpected EOF reading RDB file", self.source.offset) from None
        except ValueError as problem:
            raise BadRdb(str(problem), self.source.offset) from None

    def _events(self) -> Iterator[Event]:
        version = self._read_version()
        next_byte = self._reader.byte
        while (opcode := next_byte()) != form.EOF:
            part = PARTS.get(opcode)
            event = self._read_entry(opcode) if part is None else part(self, self._reader)
            if event is not None:
                yield event
            while self._reader.contradictions:
                yield Contradiction(self.key or b"", self._reader.contradictions.pop(0))
        self.doing, self.key, self.type_byte = "check-sum", None, None
        yield Ended(version >= form.CHECKSUM_FROM and self._verify())

    def _read_version(self) -> int:
        header = self._reader.exactly(len(form.MAGIC) + 4)
        if header.startswith(form.MAGIC_OF_VALKEY):
            raise self._unreadable("Wrong signature trying to load DB from file", "was written by Valkey")
        if not header.startswith(form.MAGIC):
            raise self._bad("Wrong signature trying to load DB from file")
        digits = header[len(form.MAGIC) :]
        version = int(digits) if digits.isdigit() else 0
        reason = f"Can't handle RDB format version {version}"
        if version > form.NEWEST_VERSION:
            limit = f"RDB {version}; this server reads up to {form.NEWEST_VERSION}"
            raise self._unreadable(reason, f"was written by a newer version ({limit})")
        if version < form.OLDEST_VERSION:
            raise self._bad(reason)
        return version

    def _read_entry(self, type_byte: int) -> Entry | Skipped:
        if type_byte not in VALUE_TYPES:
            self.doing = "read-type"
            raise self._bad(f"Invalid object type: {type_byte}")
        self.doing, self.key, self.type_byte = "read-key", None, type_byte
        key = self.key = self._reader.string()
        self.doing = "read-object-value"
        expire_at_ms, self._expire_at_ms = self._expire_at_ms, None
        try:
            return Entry(self._db, key, read_value(type_byte, self._reader), expire_at_ms)
        except EmptyValue:
            return Skipped(key)

    def _verify(self) -> bool:
        """Compare the checksum; False when none was made."""
        found = self.source.checksum()
        expected = int.from_bytes(self._reader.exactly(form.CHECKSUM_BYTES), "little")
        if expected not in (0, found) and not self.source.skips_checksum:
            raise self._bad(f"Wrong RDB checksum expected: ({found:x}) but got ({expected:x}): RDB CRC error")
        return expected != 0

    def _bad(self, reason: str) -> BadRdb:
        return BadRdb(reason, self.source.offset)

    def _unreadable(self, reason: str, why: str) -> Unreadable:
        return Unreadable(reason, self.source.offset, why)

    # The parts that are not keys.

    def _aux_field(self, reader: Reader) -> AuxField:
        self.doing = "read-aux"
        return AuxField(*[reader.string().decode("utf-8", "backslashreplace") for _ in range(2)])

    def _library(self, reader: Reader) -> Library:
        self.doing = "read-functions"
        return Library(reader.string())

    def _library_pre_ga(self, reader: Reader) -> None:
        self.doing = "read-functions"
        why = "holds functions as pre-releases of Redis 7.0 wrote them"
        raise self._unreadable("Pre-release function format not supported.", why)

    def _module_aux(self, reader: Reader) -> ModuleAux:
        self.doing = "read-aux"
        name = module_name(reader.length())
        if not self._skips_modules:
            reason = f"The RDB file contains AUX module data I can't load: no matching module '{name}'"
            raise self._unreadable(reason, f"holds data of the module '{name}'")
        reader.length(), reader.length()  # when it is to be loaded: before the keys, or after them
        event = ModuleAux(name, self.source.offset)
        _skip_module_data(reader)
        return event

    def _module_value(self, reader: Reader) -> Entry:
        self.doing, self.type_byte = "read-key", MODULE_2
        key = self.key = reader.string()
        self.doing = "read-object-value"
        name = module_name(reader.length())
        if not self._skips_modules:
            reason = f"The RDB file contains module data I can't load: no matching module type '{name}'"
            raise self._unreadable(reason, f"holds data of the module '{name}'")
        _skip_module_data(reader)
        expire_at_ms, self._expire_at_ms = self._expire_at_ms, None
        return Entry(self._db, key, None, expire_at_ms)

    def _module_value_pre_ga(self, reader: Reader) -> None:
        self.doing, self.type_byte, self.key = "read-object-value", MODULE_PRE_GA, reader.string()
        name = module_name(reader.length())
        reason = f"The RDB file contains module data I can't load: no matching module type '{name}'"
        raise self._unreadable(reason, f"holds data of the module '{name}'")

    def _select(self, reader: Reader) -> Selected:
        self.doing = "read-len"
        self._db = reader.length()
        return Selected(self._db)

    def _sizes(self, reader: Reader) -> None:
        """The numbers of keys, for which Python's dicts need not make room."""
        self.doing = "read-len"
        reader.length(), reader.length()

    def _expire_seconds(self, reader: Reader) -> None:
        self.doing = "read-expire"
        self._expire_at_ms = 1000 * int.from_bytes(reader.exactly(4), "little", signed=True)

    def _expire_milliseconds(self, reader: Reader) -> None:
        self.doing = "read-expire"
        self._expire_at_ms = reader.integer_64()

    def _idle(self, reader: Reader) -> None:
        """Seconds since the last access; not kept."""
        reader.length()

    def _frequency(self, reader: Reader) -> None:
        """The LFU counter; not kept."""
        reader.byte()


PARTS: dict[int, Callable[[RdbReader, Reader], Event | None]] = {
    form.AUX: RdbReader._aux_field,
    form.FUNCTION2: RdbReader._library,
    form.FUNCTION_PRE_GA: RdbReader._library_pre_ga,
    form.MODULE_AUX: RdbReader._module_aux,
    form.SELECTDB: RdbReader._select,
    form.RESIZEDB: RdbReader._sizes,
    form.EXPIRETIME: RdbReader._expire_seconds,
    form.EXPIRETIME_MS: RdbReader._expire_milliseconds,
    form.IDLE: RdbReader._idle,
    form.FREQ: RdbReader._frequency,
    MODULE_PRE_GA: RdbReader._module_value_pre_ga,
    MODULE_2: RdbReader._module_value,
}

MODULE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
MODULE_NAME = 9  # letters, of 6 bits each; 10 bits of a version follow


# How to pass over a part of a module's data, by its opcode; 0 ends them.
MODULE_PARTS: dict[int, Callable[[Reader], object]] = {
    1: Reader.length,  # an integer with a sign
    2: Reader.length,
    3: lambda reader: reader.exactly(4),  # a float
    4: lambda reader: reader.exactly(8),  # a double
    5: Reader.string,
}


def _skip_module_data(reader: Reader) -> None:
    while opcode := reader.length():
        if opcode not in MODULE_PARTS:
            raise ValueError("no part of a module's data begins so")
        MODULE_PARTS[opcode](reader)


def module_name(number: int) -> str:
    """
    >>> module_name(0x82b6a985d6ad6801)
    'graphdata'
    """
    letters = number >> 10
    return "".join(MODULE_LETTERS[letters >> 6 * place & 0x3F] for place in range(MODULE_NAME - 1, -1, -1))
