"""A wrong answer: the new file gets its name before its bytes are on the disk."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    temporary = f"temp-{name}"
    disk.create(temporary)
    disk.write(temporary, data)
    disk.rename(temporary, name)
    disk.sync_names()
