"""SIEVE: an eviction policy that marks what is used, and moves nothing."""


class Sieve:
    """Says which key goes next.  A full cache calls evict() before it takes in a new key."""

    def used(self, key: str) -> None:
        """A key came in, or was used again.  O(1)"""
        raise NotImplementedError("used is yours to write")

    def evict(self) -> str:
        """The key that goes now, and is forgotten.  There is always one."""
        raise NotImplementedError("evict is yours to write")
