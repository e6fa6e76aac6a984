"""A wrong answer: the old file is moved away before the new one has its name."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    disk.create("temp")
    disk.write("temp", data)
    disk.sync("temp")
    disk.rename(name, "old")
    disk.rename("temp", name)
    disk.sync_names()
