"""Checks an append-only file as redis-check-aof does, and cuts off a damaged end, or what came after a time.

    python server.py --check-aof appendonlydir/appendonly.aof.manifest
    python server.py --check-aof --fix appendonlydir/appendonly.aof.manifest
    python server.py --check-aof --truncate-to-timestamp 1700000000 appendonlydir/appendonly.aof.manifest

Takes a manifest, with all the files that it names, or a single file.  Only the end of the last file can be
cut: damage before it cannot be repaired by a program.  A file has timestamps if `aof-timestamp-enabled` was
on.  Prints its findings; the exit code is 1 when something is wrong and was left so.
"""

import os
from collections.abc import Callable

from redis_clone.features.persistence import aof_manifest
from redis_clone.features.persistence.aof_manifest import BadManifest
from redis_clone.features.persistence.aof_reader import (
    BadFormat,
    CutShort,
    offset_after_time,
    read_transactions,
)
from redis_clone.features.persistence.rdb_reader import BadRdb, RdbReader, Source

USAGE = (
    "Usage: python server.py --check-aof [--fix|--truncate-to-timestamp $timestamp] <file.manifest|file.aof>"
)
RDB_MAGIC = b"REDIS"


class Unsound(Exception):
    """A file is damaged and was not repaired; the text says how."""


def main(arguments: list[str], ask: Callable[[str], str] = input) -> int:
    """Run the check with the arguments after --check-aof; returns the exit code."""
    cutter: _Cutter | None = None
    if arguments[:1] == ["--fix"]:
        cutter, arguments = _Fixer(ask), arguments[1:]
    elif arguments[:1] == ["--truncate-to-timestamp"] and len(arguments) == 3:
        if not arguments[1].isdigit():
            print("Invalid timestamp, aborting...")
            return 1
        cutter, arguments = _TimeMachine(int(arguments[1])), arguments[2:]
    if len(arguments) != 1 or arguments[0].startswith("--"):
        print(USAGE)
        return 1
    try:
        _check(arguments[0], cutter)
    except (Unsound, BadManifest) as problem:
        print(problem.message() if isinstance(problem, BadManifest) else problem)
        return 1
    except OSError as problem:
        print(f"Cannot open file {problem.filename}: {problem.strerror}")
        return 1
    return 0


def _check(path: str, cutter: "_Cutter | None") -> None:
    if not path.endswith(".manifest"):
        print("Start checking Old-Style AOF")
        _check_file(path, f"AOF {path}", True, cutter)
        return
    print("Start checking Multi Part AOF")
    with open(path, encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        manifest = aof_manifest.parse(file.read())
    for each in manifest.files:
        whole = os.path.join(os.path.dirname(path), each.name)
        if each is manifest.base:
            print(f"Start to check BASE AOF ({'RDB' if _has_preamble(whole) else 'RESP'} format).")
        elif each is manifest.increments[0]:
            print("Start to check INCR files.")
        label = f"{'BASE' if each is manifest.base else 'INCR'} AOF {each.name}"
        _check_file(whole, label, each is manifest.files[-1], cutter)
    print("All AOF files and manifest are valid")


def _has_preamble(path: str) -> bool:
    with open(path, "rb") as file:
        return file.read(len(RDB_MAGIC)) == RDB_MAGIC


def _check_file(path: str, label: str, is_last: bool, cutter: "_Cutter | None") -> None:
    size = os.path.getsize(path)
    if not size:
        print(f"{label} is empty")
        return
    preamble = _check_preamble(path) if _has_preamble(path) else 0
    if isinstance(cutter, _TimeMachine) and cutter.cut(path, preamble, is_last):
        return
    good = _good_up_to(path, size, preamble)
    if good == size and isinstance(cutter, _TimeMachine):
        print(f"Truncate nothing in AOF {os.path.basename(path)} to timestamp {cutter.latest_s}")
    else:
        _analyze(path, preamble, good)
    if good == size:
        print(f"{label} is valid")
    else:
        _repair(path, good, is_last, cutter)


def _good_up_to(path: str, size: int, preamble: int) -> int:
    """Returns the offset up to which the file is sound; prints what is wrong behind it."""
    good = preamble
    with open(path, "rb") as file:
        file.seek(good)
        try:
            for transaction in read_transactions(file.read, good):
                good = transaction.end
        except CutShort as problem:
            is_open = problem.in_transaction
            reason = "Reached EOF before reading EXEC for MULTI" if is_open else "Unexpected EOF"
            print(f"0x{size:16x}: {reason}")
            return problem.offset
        except BadFormat as problem:
            print(f"0x{problem.offset:16x}: AOF format error: {problem.reason}")
            return good
    return size  # comments behind the last command are good too


def _check_preamble(path: str) -> int:
    """Returns the length of the RDB file that the file begins with."""
    with open(path, "rb") as file:
        source = Source(file.read)
        try:
            for _ in RdbReader(source, skips_modules=True).events():
                pass
        except BadRdb as problem:
            print(f"[offset {problem.offset}] {problem.reason}")
            raise Unsound("RDB preamble of AOF file is not sane, aborting.") from None
        print("RDB preamble is OK, proceeding with AOF tail...")
        return source.offset


def _analyze(path: str, preamble: int, good: int) -> None:
    """Print how much of the file is good; the preamble and comments count as no lines."""
    with open(path, "rb") as file:
        file.seek(preamble)
        commands = file.read(good - preamble)
    lines = 1 + commands.count(b"\n") - commands.count(b"\n#TS:") - commands.startswith(b"#TS:")
    size = os.path.getsize(path)
    print(
        f"AOF analyzed: filename={os.path.basename(path)}, size={size}, ok_up_to={good}, "
        f"ok_up_to_line={lines}, diff={size - good}"
    )


def _repair(path: str, good: int, is_last: bool, cutter: "_Cutter | None") -> None:
    """Cut off the end that is not good; Unsound when that is not wanted, or not possible."""
    name = os.path.basename(path)
    if not isinstance(cutter, _Fixer):
        raise Unsound(f"AOF {name} is not valid. Use the --fix option to try fixing it.")
    if not is_last:
        raise Unsound(f"Failed to truncate AOF {name} because it is not the last file")
    cutter.cut(path, os.path.getsize(path), good)


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


class _TimeMachine:
    """Cuts off what was logged after a time."""

    def __init__(self, latest_s: int) -> None:
        self.latest_s = latest_s

    def cut(self, path: str, preamble: int, is_last: bool) -> bool:
        """Whether there was something to cut; Unsound when it must not be."""
        with open(path, "rb") as file:
            file.seek(preamble)
            at = offset_after_time(file.read, preamble, self.latest_s)
        name, time = os.path.basename(path), f"timestamp {self.latest_s}"
        if at is None:
            return False
        if not at:
            raise Unsound(f"AOF {path} has nothing before {time}, aborting...")
        if not is_last:
            raise Unsound(
                f"Failed to truncate AOF {path} to {time} to offset {at} because it is not the last file.\n"
                "If you insist, please delete all files after this file according to the manifest file and "
                "delete the corresponding records in manifest file manually. Then re-run redis-check-aof."
            )
        os.truncate(path, at)
        print(f"Successfully truncated AOF {name} to {time}")
        return True


_Cutter = _Fixer | _TimeMachine
