"""SIEVE: an eviction policy that marks what is used, and moves nothing."""


class Sieve:
    """Which key goes next.  Who uses it asks for one to go before a new one comes, when the cache is full."""

    def used(self, key: str) -> None:
        """A key came in, or was used again.  O(1)"""
        raise NotImplementedError("used is yours to write")

    def evict(self) -> str:
        """The key that goes now, and is forgotten.  There is always one."""
        raise NotImplementedError("evict is yours to write")
