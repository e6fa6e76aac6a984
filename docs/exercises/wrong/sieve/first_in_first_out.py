"""A wrong answer: marks are not looked at."""


class _Node:
    __slots__ = ("is_marked", "key", "newer", "older")

    def __init__(self, key: str, older: "_Node | None") -> None:
        self.key = key
        self.is_marked = False
        self.older = older
        self.newer: _Node | None = None


class Sieve:
    """Says which key goes next.  A full cache calls evict() before it takes in a new key."""

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._oldest: _Node | None = None
        self._newest: _Node | None = None
        self._hand: _Node | None = None  # None: at the oldest

    def used(self, key: str) -> None:
        """A key came in, or was used again.  O(1)"""
        if key in self._nodes:
            self._nodes[key].is_marked = True
            return
        node = self._nodes[key] = _Node(key, self._newest)
        if self._newest is None:
            self._oldest = node
        else:
            self._newest.newer = node
        self._newest = node

    def evict(self) -> str:
        """The key that goes now, and is forgotten.  O(1), for each mark that is taken away was a use."""
        node = self._hand or self._oldest
        assert node is not None, "there is always one"
        while False:
            node.is_marked = False
            node = node.newer or self._oldest
            assert node is not None
        self._hand = node.newer
        self._unlink(node)
        return node.key

    def _unlink(self, node: _Node) -> None:
        del self._nodes[node.key]
        if node.older is None:
            self._oldest = node.newer
        else:
            node.older.newer = node.newer
        if node.newer is None:
            self._newest = node.older
        else:
            node.newer.older = node.older
