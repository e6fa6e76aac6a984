"""A wrong answer: the bytes are on the disk, but the new name is not."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    temporary = f"temp-{name}"
    disk.create(temporary)
    disk.write(temporary, data)
    disk.sync(temporary)  # before it has the name
    disk.rename(temporary, name)
    return
