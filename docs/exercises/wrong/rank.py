"""Wrong answers to `rank`.  Each function is one mistake, and takes the place of `AvlTree.rank`."""


def without_itself(self, key: Key) -> int:
    """A node that is left behind on the left is not counted itself."""
    smaller = 0
    node = self._root
    while node is not _EMPTY:
        if node.key < key:
            smaller += node.left.size
            node = node.right
        else:
            node = node.left
    return smaller


def itself_counts(self, key: Key) -> int:
    """The key itself is counted as smaller than it is."""
    smaller = 0
    node = self._root
    while node is not _EMPTY:
        if node.key <= key:
            smaller += node.left.size + 1
            node = node.right
        else:
            node = node.left
    return smaller


def one_by_one(self, key: Key) -> int:
    """The keys are counted one after the other: right, and a million times too slow."""
    return sum(1 for each in self if each < key)


def it_must_be_there(self, key: Key) -> int:
    """For a key that is not in the tree it gives nothing."""
    smaller = 0
    node = self._root
    while node is not _EMPTY:
        if node.key < key:
            smaller += node.left.size + 1
            node = node.right
        else:
            node = node.left
    return smaller if key in list(self) else 0
