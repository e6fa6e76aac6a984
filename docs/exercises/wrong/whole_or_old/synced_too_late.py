"""A wrong answer: the bytes are synced after the rename."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    temporary = f"temp-{name}"
    disk.create(temporary)
    disk.write(temporary, data)
    disk.rename(temporary, name)
    disk.sync(name)
    disk.sync_names()
