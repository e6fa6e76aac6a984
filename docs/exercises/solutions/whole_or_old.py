"""Saving a file so that a power failure leaves the old one or the new one."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    temporary = f"temp-{name}"
    disk.create(temporary)
    disk.write(temporary, data)
    disk.sync(temporary)  # before it has the name
    disk.rename(temporary, name)
    disk.sync_names()
