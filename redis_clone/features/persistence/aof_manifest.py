"""The manifest of an append-only file: which files it consists of, in the order in which they are read.

    file appendonly.aof.2.base.rdb seq 2 type b       the base: the dataset at one moment
    file appendonly.aof.1.incr.aof seq 1 type h       history: not read any more, about to be deleted
    file appendonly.aof.2.incr.aof seq 2 type i       increments: the commands that came since, one file
    file appendonly.aof.3.incr.aof seq 3 type i       after another; only the last one is written to

A rewrite makes a new base.  Only the files that the manifest names count.  So the manifest is always replaced
as a whole, and a file is on the disk before it is named.

Pure: text in, text out.  The texts of the errors are those of aof.c.
"""

import io
from typing import NamedTuple

from redis_clone.protocol.inline import UnbalancedQuotes, quote, split_words
from redis_clone.structures.numbers import parse_integer

BASE, HISTORY, INCREMENT = "b", "h", "i"
LONGEST_LINE = 1024  # bytes, its end included


class BadManifest(ValueError):
    """A damaged manifest; `line` is 0 where no single line is to blame."""

    def __init__(self, problem: str, line: int = 0, text: str = "") -> None:
        super().__init__(problem)
        self.line = line
        self.text = text

    def message(self) -> str:
        """For the log."""
        where = f"Reading the manifest file, at line {self.line}\n>>> '{self.text}'\n" if self.line else ""
        return f"\n*** FATAL AOF MANIFEST FILE ERROR ***\n{where}{self}"


class File(NamedTuple):
    name: str
    number: int  # seq: bases and increments are counted apart
    kind: str

    def format(self) -> str:
        name = quote(self.name.encode()).decode() if " " in self.name else self.name
        return f"file {name} seq {self.number} type {self.kind}\n"


class Manifest(NamedTuple):
    """
    >>> manifest = Manifest().with_base("appendonly.aof", ".rdb").with_increment("appendonly.aof")
    >>> print(manifest.format(), end="")
    file appendonly.aof.1.base.rdb seq 1 type b
    file appendonly.aof.1.incr.aof seq 1 type i
    >>> parse(manifest.format()) == manifest
    True
    """

    base: File | None = None
    increments: tuple[File, ...] = ()
    history: tuple[File, ...] = ()

    @property
    def files(self) -> tuple[File, ...]:
        """The files to be read, in order."""
        return ((self.base,) if self.base else ()) + self.increments

    def format(self) -> str:
        base = (self.base,) if self.base else ()
        return "".join([file.format() for file in base + self.history + self.increments])

    def with_increment(self, name: str) -> "Manifest":
        """One more increment, which is written to from now on."""
        return self._replace(increments=(*self.increments, self._next_increment(name)))

    def with_base(self, name: str, suffix: str, keeps: int = 0) -> "Manifest":
        """A new base; it stands for all files but the last `keeps` increments, which came after it."""
        number = self._highest(BASE) + 1
        base = File(f"{name}.{number}.base{suffix}", number, BASE)
        first_kept = len(self.increments) - keeps
        old = [file._replace(kind=HISTORY) for file in self.increments[:first_kept]]
        if self.base:
            old.append(self.base._replace(kind=HISTORY))
        return Manifest(base, self.increments[first_kept:], (*self.history, *old))

    def names_only(self, name: str) -> bool:
        """Whether the base, of this name, is the only file to be read."""
        return [file.name for file in self.files] == [name] and self.base is not None

    def _next_increment(self, name: str) -> File:
        number = self._highest(INCREMENT) + 1
        return File(f"{name}.{number}.incr.aof", number, INCREMENT)

    def _highest(self, kind: str) -> int:
        return max([file.number for file in self.files if file.kind == kind], default=0)


def of_old(name: str) -> Manifest:
    """The manifest of the single file of Redis 6, which was base and increment at once."""
    return Manifest(File(name, 1, BASE))


def parse(text: str) -> Manifest:
    """BadManifest when the text is no manifest."""
    if not text:
        raise BadManifest("Found an empty AOF manifest")
    manifest = Manifest()
    for number, line in enumerate(io.StringIO(text, newline="\n"), 1):
        try:
            manifest = _with_line(manifest, line)
        except BadManifest as problem:
            raise BadManifest(str(problem), number, line.rstrip("\n")) from None
    return manifest


def _with_line(manifest: Manifest, line: str) -> Manifest:
    if line.startswith("#"):
        return manifest
    if not line.endswith("\n") or len(line) > LONGEST_LINE:
        raise BadManifest("The AOF manifest file contains too long line")
    file = _read_file(line)
    if file.kind == HISTORY:
        return manifest._replace(history=(*manifest.history, file))
    if file.kind == BASE:
        if manifest.base:
            raise BadManifest("Found duplicate base file information")
        return manifest._replace(base=file)
    if manifest.increments and file.number <= manifest.increments[-1].number:
        raise BadManifest("Found a non-monotonic sequence number")
    return manifest._replace(increments=(*manifest.increments, file))


def _read_file(line: str) -> File:
    try:
        words = [word.decode() for word in split_words(line.strip().encode())]
        known = dict(zip(words[::2], words[1::2], strict=True))
        file = File(known["file"], parse_integer(known["seq"].encode()), known["type"])
    except (KeyError, ValueError, UnbalancedQuotes):
        raise BadManifest("Invalid AOF manifest file format") from None
    if "/" in file.name or "\\" in file.name:
        raise BadManifest("File can't be a path, just a filename")
    if file.kind not in (BASE, HISTORY, INCREMENT):
        raise BadManifest("Unknown AOF file type")
    return file
