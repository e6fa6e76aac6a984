"""A rotation balances a tree.

When the left side of a node has become two levels deeper than its right side, a rotation helps: the left
child comes to the top, and the node goes down to its right.

          node                  top
         /    \\                /   \\
       top     c      -->     a    node
      /   \\                       /    \\
     a     b                     b      c

The order stays (a < top < b < node < c), and only two nodes have other children than before: which?
Each node also knows its height and its size; `measure()` works both out again from those of its two
children. `_rotated_right(node)` answers the new top.
"""

from typing import Any

from exercises.machinery.trial import calling
from redis_clone.structures import avl_tree

CHAPTER = 7
LEVEL = 1
CONCEPT = "a rotation keeps the order"
HOLE = "redis_clone/structures/avl_tree.py:_rotated_right"
HINTS = (
    "Three assignments: top is node.left; what was on top's right (b) becomes node's left; node "
    "becomes top's right.",
    "Mind the order of the assignments: node.left must be read before it is overwritten.",
    "Both must be measured again, and the lower one first, for the height of the upper one depends on it.",
)

EMPTY = avl_tree._EMPTY
Node = avl_tree._Node[Any]


def node(key: object, left: Node = EMPTY, right: Node = EMPTY) -> Node:
    return avl_tree._Node(key, left, right)


def drawn(tree: Node) -> str:
    """key(left right); a dot where there is nothing."""
    if tree is EMPTY:
        return "."
    if tree.left is EMPTY and tree.right is EMPTY:
        return str(tree.key)
    return f"{tree.key}({drawn(tree.left)} {drawn(tree.right)})"


def rotated(tree: Node) -> Node:
    return avl_tree._rotated_right(tree)


def test_the_drawing() -> None:
    tree = node("node", node("top", node("a"), node("b")), node("c"))
    calling(lambda: drawn(rotated(tree)), given=drawn(tree), shown="_rotated_right(node)").gives(
        "top(a node(b c))"
    )


def test_where_there_is_nothing_between() -> None:
    tree = node(3, node(2, node(1)))
    calling(lambda: drawn(rotated(tree)), given=drawn(tree), shown="_rotated_right(node)").gives("2(1 3)")


def test_heights_and_sizes_are_right_again() -> None:
    tree = node(5, node(3, node(2, node(1)), node(4)), node(6))
    top = calling(rotated, tree, given=drawn(tree), shown="_rotated_right(node)").passes(bool, "a node")
    calling(lambda: (top.size, top.height), shown="size and height of the top").gives((6, 3))
    calling(lambda: (top.right.size, top.right.height), shown="size and height of its right").gives((3, 2))


def test_a_tree_that_is_filled_backwards_stays_flat() -> None:
    tree: avl_tree.AvlTree[int] = avl_tree.AvlTree()
    for number in range(1000, 0, -1):
        tree.add(number)
    calling(tree.check, shown="check(), after 1000, 999, 998, ... were added").gives(None)
    calling(lambda: tree._root.height, shown="its height").gives(10)
