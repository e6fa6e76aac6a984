"""Makes the lines that `python server.py --check-rdb FILE` prints, in the form of redis-check-rdb.

May import: storage.
"""

import time
from collections.abc import Iterator

from redis_clone.features.persistence.rdb_reader import (
    AuxField,
    BadRdb,
    Contradiction,
    Ended,
    Event,
    ModuleAux,
    RdbReader,
    Selected,
    Source,
)
from redis_clone.features.persistence.snapshot import Entry

TYPE_NAMES = (
    "string", "list-linked", "set-hashtable", "zset-v1", "hash-hashtable", "zset-v2", "module-pre-release",
    "module-value", "", "hash-zipmap", "list-ziplist", "set-intset", "zset-ziplist", "hash-ziplist",
    "quicklist", "stream", "hash-listpack", "zset-listpack", "quicklist-v2", "stream-v2", "set-listpack",
    "stream-v3",
)  # fmt: skip


class _Counts:
    def __init__(self) -> None:
        self.keys = 0
        self.expires = 0
        self.expired = 0

    def add(self, entry: Entry, now_ms: float) -> None:
        self.keys += 1
        if entry.expire_at_ms is not None:
            self.expires += 1
            self.expired += entry.expire_at_ms < now_ms


def check(path: str) -> Iterator[tuple[str, bool]]:
    """Yields lines, each with whether the file is sound so far; the last one decides the exit code."""
    yield f"[offset 0] Checking RDB file {path}", True
    try:
        with open(path, "rb", buffering=0) as file:
            yield from _check(RdbReader(Source(file.read), skips_modules=True))
    except OSError as problem:
        yield f"Cannot open {path}: {problem.strerror}", False


def _check(reader: RdbReader) -> Iterator[tuple[str, bool]]:
    counts = _Counts()
    is_well = True
    try:
        for event in reader.events():
            if isinstance(event, Entry):
                counts.add(event, time.time() * 1000)
            offset = event.offset if isinstance(event, ModuleAux) else reader.source.offset
            for line in _lines(event):
                yield f"[offset {offset}] {line}", True
    except BadRdb as problem:
        is_well = False
        counts.keys += reader.doing == "read-object-value"  # its name was read
        for line in _error_lines(reader, problem):
            yield line, False
    for line in (
        f"{counts.keys} keys read",
        f"{counts.expires} expires",
        f"{counts.expired} already expired",
    ):
        yield f"[info] {line}", is_well


def _lines(event: Event) -> list[str]:
    match event:
        case AuxField(name, value):
            return [f"AUX FIELD {name} = '{value}'"]
        case Selected(db):
            return [f"Selecting DB ID {db}"]
        case ModuleAux(module, _):
            return [f"MODULE AUX for: {module}"]
        case Contradiction(key, text):
            return [
                f"The value of the key '{key.decode('utf-8', 'backslashreplace')}' contradicts itself: {text}"
            ]
        case Ended(True):
            return ["Checksum OK", r"\o/ RDB looks OK! \o/"]
        case Ended(False):
            no_checksum = "RDB file was saved with checksum disabled: no check performed."
            return [no_checksum, r"\o/ RDB looks OK! \o/"]
    return []


def _error_lines(reader: RdbReader, problem: BadRdb) -> list[str]:
    lines = [
        "--- RDB ERROR DETECTED ---",
        f"[offset {problem.offset}] {problem.reason}",
        f"[additional info] While doing: {reader.doing}",
    ]
    if reader.key is not None:
        lines.append(f"[additional info] Reading key '{reader.key.decode('utf-8', 'backslashreplace')}'")
    if reader.type_byte is not None:
        name = TYPE_NAMES[reader.type_byte]
        lines.append(f"[additional info] Reading type {reader.type_byte} ({name})")
    return lines
