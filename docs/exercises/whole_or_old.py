"""The old file or the new one, whatever happens.

A dump is written over the one of yesterday, and in the middle the power fails. Then there must be the old
file or the new one, whole, and never half of one. The operating system makes it hard: what was written is
in its memory first, and comes to the disk some time later, *in any order*; a new name may be there before
the bytes are. Only when `sync` has returned are a file's bytes on the disk, and only after `sync_names`
are the names.

Write `save(disk, name, data)`. It has these verbs, and the power may fail before or after each of them:

    disk.create(name)         a new and empty file; one of that name is gone
    disk.write(name, data)    appends
    disk.sync(name)           waits until the bytes of this file are on the disk
    disk.rename(old, new)     a file of the new name is replaced, in one step
    disk.sync_names()         waits until all names are on the disk

When save has returned, the new file must be there for good.
"""

from collections.abc import Iterator
from types import ModuleType

from exercises.machinery.trial import NotYet, expect

CHAPTER = 12
LEVEL = 2
CONCEPT = "crash consistency: write, sync, rename, sync"
FILE = "docs/exercises/yours/whole_or_old.py"
HINTS = (
    "Never write to the file of that name: write another one beside it, such as temp-dump, and rename"
    " it at the end.",
    "If you rename before the bytes are on the disk, the power may fail when the name is there and "
    "the bytes are not.",
    "And the rename itself is only in the memory of the system until sync_names().",
)


class PowerFailure(Exception):
    pass


class File:
    def __init__(self) -> None:
        self.data = self.on_disk = b""


class Disk:
    """What the system shows, and what would be left if the power failed now."""

    def __init__(self, fails_at: int) -> None:
        old = File()
        old.data = old.on_disk = b"the old dump"
        self.names: dict[str, File] = {"dump": old}
        self._possible_names = [
            dict(self.names)
        ]  # since the last sync_names: any of these may be on the disk
        self._fails_at = fails_at
        self.done: list[str] = []

    def create(self, name: str) -> None:
        self._record(f"create({name!r})")
        self._rename_to({**self.names, name: File()})

    def write(self, name: str, data: bytes) -> None:
        self._record(f"write({name!r}, {data!r})")
        self._find(name).data += data

    def sync(self, name: str) -> None:
        self._record(f"sync({name!r})")
        file = self._find(name)
        file.on_disk = file.data

    def rename(self, old: str, new: str) -> None:
        self._record(f"rename({old!r}, {new!r})")
        file = self._find(old)
        self._rename_to({**{name: kept for name, kept in self.names.items() if name != old}, new: file})

    def sync_names(self) -> None:
        self._record("sync_names()")
        self._possible_names = [dict(self.names)]

    def _rename_to(self, names: dict[str, File]) -> None:
        self.names = names
        self._possible_names.append(dict(names))

    def _find(self, name: str) -> File:
        if name not in self.names:
            raise NotYet("\n".join([*self.done, f"came      there is no file {name!r}"]))
        return self.names[name]

    def _record(self, what: str) -> None:
        if len(self.done) == self._fails_at:
            raise PowerFailure
        self.done.append(what)

    def left(self, name: str) -> Iterator[bytes | None]:
        """All that may be found under that name after a failure; None: nothing."""
        for names in self._possible_names:
            if name not in names:
                yield None
                continue
            file = names[name]
            yield file.on_disk
            yield file.data
            yield file.on_disk + file.data[len(file.on_disk) : (len(file.on_disk) + len(file.data)) // 2]


OLD, NEW = b"the old dump", b"a new and longer dump"


def saved(yours: ModuleType, fails_at: int) -> Disk:
    disk = Disk(fails_at)
    try:
        yours.save(disk, "dump", NEW)
    except PowerFailure:
        disk.done.append("the power fails")
    return disk


def test_without_a_failure_the_new_file_is_there(yours: ModuleType) -> None:
    disk = saved(yours, 1000)
    expect(
        "dump" in disk.names and disk.names["dump"].data == NEW,
        "after save the file is there, with the new data",
    )


def test_whenever_the_power_fails_it_is_one_or_the_other(yours: ModuleType) -> None:
    for fails_at in range(len(saved(yours, 1000).done) + 1):
        disk = saved(yours, fails_at)
        for found in disk.left("dump"):
            if found not in (OLD, NEW):
                raise NotYet(
                    "\n".join(
                        [*disk.done, "expected  the old dump or the new one", f"came      perhaps {found!r}"]
                    )
                )


def test_when_save_has_returned_it_is_the_new_one(yours: ModuleType) -> None:
    disk = saved(yours, 1000)
    for found in disk.left("dump"):
        if found != NEW:
            lines = [*disk.done, "save returns, and then the power fails", "expected  the new dump"]
            raise NotYet("\n".join([*lines, f"came      perhaps {found!r}"]))


def test_no_other_file_is_left(yours: ModuleType) -> None:
    expect(set(saved(yours, 1000).names) == {"dump"}, "after save there is no other file")
