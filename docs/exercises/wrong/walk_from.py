"""Wrong answers to `walk_from`.  Each function is one mistake, and takes the place of `AvlTree._ascending`."""


def the_key_itself_is_left_out(self, key: Key) -> Iterator[Key]:
    """It begins behind the key, not at it."""
    waiting = []
    node = self._root
    while node is not _EMPTY:
        if node.key <= key:
            node = node.right
        else:
            waiting.append(node)
            node = node.left
    while waiting:
        node = waiting.pop()
        yield node.key
        node = node.right
        while node is not _EMPTY:
            waiting.append(node)
            node = node.left


def from_the_beginning(self, key: Key) -> Iterator[Key]:
    """All keys are walked over and the small ones left out: a million steps for the last ten."""
    for each in self:
        if not each < key:
            yield each


def only_one_on_the_right(self, key: Key) -> Iterator[Key]:
    """Of a right side only its top is taken, and what hangs on its left is missed."""
    waiting = []
    node = self._root
    while node is not _EMPTY:
        if node.key < key:
            node = node.right
        else:
            waiting.append(node)
            node = node.left
    while waiting:
        node = waiting.pop()
        yield node.key
        node = node.right
        if node is not _EMPTY:
            waiting.append(node)


def down_the_right_only(self, key: Key) -> Iterator[Key]:
    """Only the path down is yielded; the right sides are forgotten."""
    waiting = []
    node = self._root
    while node is not _EMPTY:
        if node.key < key:
            node = node.right
        else:
            waiting.append(node)
            node = node.left
    while waiting:
        yield waiting.pop().key
