"""Writes an RDB file part by part, for any Redis from 7.0 on.  rdb_format.py describes the parts.

The bytes go to any function: that of a file, a socket, the base of an append-only file.  Each entry becomes
bytes when it is added, so there is never more than CHUNK of the file in memory, besides one value.

May import: checksums, storage.
"""

from collections.abc import Callable, Mapping

from redis_clone.features.persistence import rdb_format as form
from redis_clone.features.persistence.rdb_primitives import (
    ONE_BYTE,
    write_length,
    write_string,
    write_string_uncompressed,
)
from redis_clone.features.persistence.rdb_values import write_value
from redis_clone.features.persistence.snapshot import Entry, Sizes
from redis_clone.structures.checksums import crc64

CHUNK = 64 * 1024  # bytes written at once


class RdbWriter:
    r"""
    >>> import io
    >>> file = io.BytesIO()
    >>> writer = RdbWriter(file.write, {0: (1, 0)}, checksum=False)
    >>> writer.begin({"redis-bits": 64}); writer.add(Entry(0, b"answer", b"42", None)); writer.end()
    >>> file.getvalue()[:15]
    b'REDIS0010\xfa\nredi'
    """

    def __init__(
        self, write: Callable[[bytes], object], sizes: Sizes, compress: bool = True, checksum: bool = True
    ) -> None:
        """`sizes`: how many keys will be added for each database."""
        self._write = write
        self._sizes = sizes
        self._pack = write_string if compress else write_string_uncompressed
        self._checksum = checksum
        self._crc = 0
        self._parts: list[bytes] = []  # not written yet
        self._gathered = 0  # bytes in them
        self._db: int | None = None  # the one selected

    def begin(self, aux_fields: Mapping[str, str | int], libraries: "tuple[bytes, ...]" = ()) -> None:
        """Write what stands before the keys: the AUX fields and the code of function libraries."""
        self._put(form.MAGIC + b"%04d" % form.VERSION_WRITTEN)
        for name, value in aux_fields.items():
            self._put(b"\xfa" + write_string(name.encode()) + write_string(str(value).encode()))
        for code in libraries:
            self._put(bytes([form.FUNCTION2]) + self._pack(code))

    def add(self, entry: Entry) -> None:
        """Write one key.  The keys of one database must be added one after another."""
        db, key, value, expire_at_ms = entry
        if db != self._db:
            self._select(db)
        type_byte, data = write_value(value, self._pack)
        head = b"" if expire_at_ms is None else b"\xfc" + expire_at_ms.to_bytes(8, "little", signed=True)
        self._put(head + ONE_BYTE[type_byte] + self._pack(key) + data)

    def _select(self, db: int) -> None:
        keys, expiring = self._sizes.get(db, (0, 0))
        self._put(bytes([form.SELECTDB]) + write_length(db))
        self._put(bytes([form.RESIZEDB]) + write_length(keys) + write_length(expiring))
        self._db = db

    def end(self) -> None:
        self._put(bytes([form.EOF]))
        self._flush()
        self._write(self._crc.to_bytes(form.CHECKSUM_BYTES, "little"))

    def _put(self, part: bytes) -> None:
        self._parts.append(part)
        self._gathered += len(part)
        if self._gathered >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        data = b"".join(self._parts)
        self._parts.clear()
        self._gathered = 0
        if self._checksum:
            self._crc = crc64(data, self._crc)
        self._write(data)
