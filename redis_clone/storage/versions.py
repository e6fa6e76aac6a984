"""How often each watched key was written, which is all that WATCH compares: a dict from key to number.

A version is kept only while a connection watches its key, so a million deleted keys leave nothing here.
No locks here: the caller holds the server's lock.
"""

from collections.abc import Collection


class Versions(dict[bytes, int]):
    """
    >>> versions = Versions()
    >>> versions.watch(b"a"); versions.raise_all([b"a", b"b"]); versions
    0
    {b'a': 1}
    """

    __slots__ = ("_watchers",)

    def __init__(self) -> None:
        self._watchers: dict[bytes, int] = {}  # how many connections watch a key

    def watch(self, key: bytes) -> int:
        """The version of `key`, kept from now on until unwatch()."""
        self._watchers[key] = self._watchers.get(key, 0) + 1
        return self.setdefault(key, 0)

    def unwatch(self, key: bytes) -> None:
        """Forget one watch() of `key`; with the last one the version goes."""
        self._watchers[key] -= 1
        if not self._watchers[key]:
            del self._watchers[key], self[key]

    def watchers(self, key: bytes) -> int:
        """How many connections watch a key."""
        return self._watchers.get(key, 0)

    def raise_all(self, keys: Collection[bytes]) -> None:
        """Raise the versions of many keys at once, for FLUSHDB.  O(watched keys)"""
        for key in self:
            if key in keys:
                self[key] += 1

    def check(self) -> None:
        """Asserts what is always true."""
        assert self.keys() == self._watchers.keys(), "versions are of watched keys only"
        assert all(self._watchers.values()), "each version has a watcher"
