"""Saving a file so that a power failure leaves the old one or the new one."""

from typing import Any


def save(disk: Any, name: str, data: bytes) -> None:
    """Put `data` in the file of that name."""
    # Too simple: the power may fail between these two lines, or after them.
    disk.create(name)
    disk.write(name, data)
