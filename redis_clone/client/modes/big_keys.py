"""--bigkeys and --memkeys: the largest key of each type, by elements or by memory."""

from dataclasses import dataclass
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.dialing import complain
from redis_clone.client.modes.scanning import Progress, Refused, ask_each, rounds, say
from redis_clone.client.options import Options
from redis_clone.errors import RedisError
from redis_clone.protocol.inline import quote

HEADING = """
# Scanning the entire keyspace to find biggest keys as well as
# average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec
# per 100 SCAN commands (not usually needed).
"""


@dataclass
class Kind:
    """What is known of the keys of one type."""

    name: str
    size_command: bytes
    unit: str
    biggest: str = ""  # the key, as it is printed
    biggest_size: int = 0
    count: int = 0
    total_size: int = 0


def kinds() -> dict[str, Kind]:
    """The types of Redis, none of which has been met yet."""
    rows = [
        Kind("string", b"STRLEN", "bytes"),
        Kind("list", b"LLEN", "items"),
        Kind("set", b"SCARD", "members"),
        Kind("hash", b"HLEN", "fields"),
        Kind("zset", b"ZCARD", "members"),
        Kind("stream", b"XLEN", "entries"),
    ]
    return {row.name: row for row in rows}


def big_keys(connection: Connection, options: Options, output: BinaryIO) -> None:
    """Tell of each key that is larger than all before it, and sum up at the end."""
    by_memory = options.mode == "memkeys"
    found, length = kinds(), 0
    if by_memory:
        for kind in found.values():
            kind.unit = "bytes"
    progress = Progress(connection, options)
    say(HEADING)
    for keys in rounds(connection, options):
        progress.round(keys)
        length += sum(map(len, keys))
        for key, kind, size in _sized(connection, keys, found, options if by_memory else None):
            _count(kind, key, size, progress)
    _sum_up(found, progress.seen, length)


def _sized(
    connection: Connection, keys: list[bytes], found: dict[str, Kind], weighing: Options | None
) -> list[tuple[bytes, Kind, int]]:
    """Each key with its type and its size; a key that has gone meanwhile is left out."""
    names = ask_each(connection, [(b"TYPE", key) for key in keys])
    for name in names:
        if isinstance(name, RedisError):
            raise Refused(f"TYPE returned an error: {name}")
        if name != "none":
            found.setdefault(str(name), Kind(str(name), b"", "?"))  # of a module
    there = [(key, found[str(name)]) for key, name in zip(keys, names, strict=True) if name != "none"]
    there = [(key, kind) for key, kind in there if weighing or kind.size_command]
    sizes = ask_each(connection, [_size_command(key, kind, weighing) for key, kind in there])
    sized = []
    for (key, kind), size in zip(there, sizes, strict=True):
        if isinstance(size, RedisError):
            complain(f"Warning:  {_name_of(kind, weighing)} on '{quote(key).decode()}' failed: {size}")
        sized.append((key, kind, size if isinstance(size, int) else 0))
    return sized


def _size_command(key: bytes, kind: Kind, weighing: Options | None) -> tuple[bytes, ...]:
    if weighing is None:
        return kind.size_command, key
    samples = weighing.memory_samples
    return b"MEMORY", b"USAGE", key, *((b"SAMPLES", b"%d" % samples) if samples is not None else ())


def _name_of(kind: Kind, weighing: Options | None) -> str:
    return "MEMORY" if weighing else kind.size_command.decode()


def _count(kind: Kind, key: bytes, size: int, progress: Progress) -> None:
    kind.count += 1
    kind.total_size += size
    if size > kind.biggest_size:
        kind.biggest, kind.biggest_size = quote(key).decode(), size
        say(f"{progress} Biggest {kind.name:<6} found so far '{kind.biggest}' with {size} {kind.unit}")


def _sum_up(found: dict[str, Kind], seen: int, length: int) -> None:
    say("\n-------- summary -------\n")
    say(f"Sampled {seen} keys in the keyspace!")
    say(f"Total key length in bytes is {length} (avg len {_mean(length, seen):.2f})\n")
    for kind in found.values():
        if kind.biggest:
            say(f"Biggest {kind.name:>6} found '{kind.biggest}' has {kind.biggest_size} {kind.unit}")
    say()
    for kind in found.values():
        share, mean = 100 * _mean(kind.count, seen), _mean(kind.total_size, kind.count)
        size = f"{kind.total_size} {kind.unit}"
        say(f"{kind.count} {kind.name}s with {size} ({share:05.2f}% of keys, avg size {mean:.2f})")


def _mean(total: int, count: int) -> float:
    return total / count if count else 0.0
