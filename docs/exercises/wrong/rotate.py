"""Wrong answers to `rotate`.  Each function is one mistake, and takes the place of `_rotated_right`."""


def the_middle_is_lost(node: _Node[Key]) -> _Node[Key]:
    """What lies between the two nodes is thrown away."""
    top = node.left
    node.left = _EMPTY
    top.right = node
    node.measure()  # first, for it is a part of top now
    top.measure()
    return top


def measured_in_the_wrong_order(node: _Node[Key]) -> _Node[Key]:
    """The top is measured before the node below it, with an old height."""
    top = node.left
    node.left = top.right
    top.right = node
    top.measure()
    node.measure()
    return top


def not_measured(node: _Node[Key]) -> _Node[Key]:
    """Heights and sizes stay as they were."""
    top = node.left
    node.left = top.right
    top.right = node
    return top


def the_node_is_returned(node: _Node[Key]) -> _Node[Key]:
    """The old top is returned, so the new one is lost."""
    top = node.left
    node.left = top.right
    top.right = node
    node.measure()  # first, for it is a part of top now
    top.measure()
    return node
