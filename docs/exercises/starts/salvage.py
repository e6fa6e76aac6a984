"""Whole commands out of a damaged append-only file."""


def salvage(data: bytes) -> list[list[bytes]]:
    """All commands that are whole, each as its argv, in their order."""
    raise NotImplementedError("salvage is yours to write")
