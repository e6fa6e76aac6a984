"""A wrong answer: the file is written under its own name."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    disk.create(name)
    disk.write(name, data)
    disk.sync(name)
    disk.sync_names()
