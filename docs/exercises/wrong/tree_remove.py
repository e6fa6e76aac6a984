"""Wrong answers to `tree_remove`.  Each function is one mistake, and takes the place of `AvlTree.remove`."""


def the_size_stays(self, key: Key) -> None:
    """The nodes above are balanced, but their sizes still count the key."""
    path = self._path_to(key)
    node = path[-1]
    if node is _EMPTY:
        raise KeyError(key)
    if node.left is not _EMPTY and node.right is not _EMPTY:
        # Two subtrees cannot hang in one place.  So the next greater key moves in here, and its own node,
        # which has nothing on its left, is the one that goes.
        path.append(node.right)
        while path[-1].left is not _EMPTY:
            path.append(path[-1].left)
        node.key = path[-1].key
    gone = path.pop()
    self._hang(gone.right if gone.left is _EMPTY else gone.left, gone.key, path)
    self._settle(path, change=0)


def no_balance(self, key: Key) -> None:
    """Nothing above the key is balanced or counted again."""
    path = self._path_to(key)
    node = path[-1]
    if node is _EMPTY:
        raise KeyError(key)
    if node.left is not _EMPTY and node.right is not _EMPTY:
        # Two subtrees cannot hang in one place.  So the next greater key moves in here, and its own node,
        # which has nothing on its left, is the one that goes.
        path.append(node.right)
        while path[-1].left is not _EMPTY:
            path.append(path[-1].left)
        node.key = path[-1].key
    gone = path.pop()
    self._hang(gone.right if gone.left is _EMPTY else gone.left, gone.key, path)


def a_side_is_lost(self, key: Key) -> None:
    """When there are two sides, one of them is thrown away."""
    path = self._path_to(key)
    node = path[-1]
    if node is _EMPTY:
        raise KeyError(key)
    if False:
        # Two subtrees cannot hang in one place.  So the next greater key moves in here, and its own node,
        # which has nothing on its left, is the one that goes.
        path.append(node.right)
        while path[-1].left is not _EMPTY:
            path.append(path[-1].left)
        node.key = path[-1].key
    gone = path.pop()
    self._hang(gone.right if gone.left is _EMPTY else gone.left, gone.key, path)
    self._settle(path, change=-1)


def not_there_is_no_error(self, key: Key) -> None:
    """A key that is not there is passed over in silence."""
    path = self._path_to(key)
    node = path[-1]
    if node is _EMPTY:
        return
    if node.left is not _EMPTY and node.right is not _EMPTY:
        # Two subtrees cannot hang in one place.  So the next greater key moves in here, and its own node,
        # which has nothing on its left, is the one that goes.
        path.append(node.right)
        while path[-1].left is not _EMPTY:
            path.append(path[-1].left)
        node.key = path[-1].key
    gone = path.pop()
    self._hang(gone.right if gone.left is _EMPTY else gone.left, gone.key, path)
    self._settle(path, change=-1)
