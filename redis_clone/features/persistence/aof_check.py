"""Checks an append-only file as redis-check-aof does, and cuts off a damaged end.

    python server.py --check-aof appendonlydir/appendonly.aof.manifest
    python server.py --check-aof --fix appendonlydir/appendonly.aof.manifest

Takes a manifest, with all the files that it names, or a single file.  Only the end of the last file can be
cut: damage before it cannot be repaired by a program.  Prints its findings; the exit code is 1 when something
is wrong and was left so.
"""

import os
from collections.abc import Callable
from typing import BinaryIO

from redis_clone.features.persistence import aof_manifest
from redis_clone.features.persistence.aof_manifest import BadManifest
from redis_clone.features.persistence.aof_reader import BadFormat, CutShort, read_transactions
from redis_clone.features.persistence.rdb_reader import BadRdb, RdbReader, Source

USAGE = "Usage: python server.py --check-aof [--fix] <file.manifest|file.aof>"
RDB_MAGIC = b"REDIS"


class Unsound(Exception):
    """A file is damaged and was not repaired; the text says how."""


def main(arguments: list[str], ask: Callable[[str], str] = input) -> int:
    """Run the check with the arguments after --check-aof; returns the exit code."""
    fixes = arguments[:1] == ["--fix"]
    if fixes:
        arguments = arguments[1:]
    if len(arguments) != 1 or arguments[0].startswith("--"):
        print(USAGE)
        return 1
    try:
        _check(arguments[0], _Fixer(ask) if fixes else None)
    except (Unsound, BadManifest) as problem:
        print(problem.message() if isinstance(problem, BadManifest) else problem)
        return 1
    except OSError as problem:
        print(f"Cannot open file {problem.filename}: {problem.strerror}")
        return 1
    return 0


def _check(path: str, fixer: "_Fixer | None") -> None:
    if not path.endswith(".manifest"):
        print("Start checking Old-Style AOF")
        _check_file(path, f"AOF {path}", True, fixer)
        return
    print("Start checking Multi Part AOF")
    with open(path, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        manifest = aof_manifest.parse(file.read())
    for each in manifest.files:
        if each is manifest.base:
            print(f"Start to check BASE AOF ({'RDB' if each.name.endswith('.rdb') else 'RESP'} format).")
        elif each is manifest.increments[0]:
            print("Start to check INCR files.")
        whole = os.path.join(os.path.dirname(path), each.name)
        label = f"{'BASE' if each is manifest.base else 'INCR'} AOF {each.name}"
        _check_file(whole, label, each is manifest.files[-1], fixer)
    print("All AOF files and manifest are valid")


def _check_file(path: str, label: str, is_last: bool, fixer: "_Fixer | None") -> None:
    size = os.path.getsize(path)
    if not size:
        print(f"{label} is empty")
        return
    name = os.path.basename(path)
    with open(path, "rb") as file:
        good = _good_up_to(file, size)
        file.seek(0)
        lines = 1 + file.read(good).count(b"\n")
    print(
        f"AOF analyzed: filename={name}, size={size}, ok_up_to={good}, ok_up_to_line={lines}, "
        f"diff={size - good}"
    )
    if good == size:
        print(f"{label} is valid")
    elif fixer is None:
        raise Unsound(f"AOF {name} is not valid. Use the --fix option to try fixing it.")
    elif not is_last:
        raise Unsound(f"Failed to truncate AOF {name} because it is not the last file")
    else:
        fixer.cut(path, size, good)


def _good_up_to(file: BinaryIO, size: int) -> int:
    """Returns the offset up to which the file is sound; prints what is wrong behind it."""
    good = _check_preamble(file)
    file.seek(good)
    try:
        for transaction in read_transactions(file.read, good):
            good = transaction.end
    except CutShort as problem:
        reason = "Reached EOF before reading EXEC for MULTI" if problem.in_transaction else "Unexpected EOF"
        print(f"0x{size:16x}: {reason}")
        return problem.offset
    except BadFormat as problem:
        print(f"0x{problem.offset:16x}: AOF format error: {problem.reason}")
        return good
    return size  # comments behind the last command are good too


def _check_preamble(file: BinaryIO) -> int:
    """Returns the length of the RDB file that the file may begin with; 0 for none."""
    begins_with = file.read(len(RDB_MAGIC))
    file.seek(0)
    if begins_with != RDB_MAGIC:
        return 0
    source = Source(file.read)
    try:
        for _ in RdbReader(source, skips_modules=True).events():
            pass
    except BadRdb as problem:
        print(f"[offset {problem.offset}] {problem.reason}")
        raise Unsound("RDB preamble of AOF file is not sane, aborting.") from None
    print("RDB preamble is OK, proceeding with AOF tail...")
    return source.offset


class _Fixer:
    """Cuts a file when the user confirms it."""

    def __init__(self, ask: Callable[[str], str]) -> None:
        self._ask = ask

    def cut(self, path: str, size: int, good: int) -> None:
        name = os.path.basename(path)
        print(f"This will shrink the AOF {name} from {size} bytes, with {size - good} bytes, to {good} bytes")
        if self._ask("Continue? [y/N]: ").strip().lower() != "y":
            raise Unsound("Aborting...")
        os.truncate(path, good)
        print(f"Successfully truncated AOF {name}")
