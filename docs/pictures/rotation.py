"""Draws how rotations balance an AVL tree: the simple case, and the one that takes two rotations.

The nodes, and the rotations, are those of redis_clone/structures/avl_tree.py.
"""

from typing import Any

from redis_clone.benchmark.svg import BLUE, FAINT, INK, PAPER, RED, Drawing
from redis_clone.structures import avl_tree
from redis_clone.structures.avl_tree import AvlTree

KEYS = [40, 20, 60, 10, 30]
OUTSIDE, INSIDE = 5, 25  # a key on the outer side of 20, and one on the side to the middle
STEP, LEVEL, RADIUS = 48, 58, 17
LEFT, COLUMN, ROW, TOP = 40, 340, 280, 40  # where the trees stand

Node = Any  # a node of avl_tree, or the one that stands for none


def draw() -> str:
    drawing = Drawing(LEFT + 2 * COLUMN, TOP + 3 * ROW - 50)
    drawing.text(
        20, 28, "A node leans when the heights (h) of its two sides differ by 2", INK, 15, "font-weight:bold"
    )
    tree = leaning(OUTSIDE)
    _draw_tree(drawing, 0, 0, f"{OUTSIDE} was added: 40 leans to the left", tree)
    _draw_tree(drawing, 0, 1, "40 is rotated to the right", avl_tree._rotated_right(tree))
    tree = leaning(INSIDE)
    _draw_tree(drawing, 1, 0, f"{INSIDE} was added: 20 is deeper on its right", tree)
    tree.left = avl_tree._rotated_left(tree.left)
    tree.measure()
    _draw_tree(drawing, 1, 1, "first 20 is rotated to the left,", tree)
    _draw_tree(drawing, 2, 0, "then 40 to the right", avl_tree._rotated_right(tree))
    return drawing.finished()


def leaning(new_key: int) -> Node:
    """The root of a tree that has got one key more, and is not balanced yet."""
    tree: AvlTree[int] = AvlTree()
    for key in KEYS:
        tree.add(key)
    path = tree._path_to(new_key)[:-1]
    tree._hang(avl_tree._Node(new_key, avl_tree._EMPTY, avl_tree._EMPTY), new_key, path)
    for node in reversed(path):
        node.measure()
    return tree._root


def leans(node: Node) -> bool:
    return bool(abs(node.left.height - node.right.height) > 1)


def _draw_tree(drawing: Drawing, row: int, column: int, title: str, root: Node) -> None:
    x, y = LEFT + COLUMN * column, TOP + ROW * row
    drawing.text(x, y + 26, title, INK, 13)
    _draw_node(drawing, root, 0, x, y + 66, is_left=False)


def _draw_node(drawing: Drawing, node: Node, index: int, x: int, y: int, is_left: bool) -> None:
    """Draw a subtree whose first key is number `index` in order."""
    centre = x + RADIUS + STEP * (index + node.left.size)
    for child, first in ((node.left, index), (node.right, index + node.left.size + 1)):
        if child.size:
            child_centre = x + RADIUS + STEP * (first + child.left.size)
            drawing.line(centre, y, child_centre, y + LEVEL)
            _draw_node(drawing, child, first, x, y + LEVEL, is_left=child is node.left)
    drawing.circle(centre, y, RADIUS, RED if leans(node) else BLUE)
    drawing.text(centre, y + 5, str(node.key), PAPER, 14, "text-anchor:middle")
    edge, anchor = (centre - RADIUS - 3, "text-anchor:end") if is_left else (centre + RADIUS + 3, "")
    height = f"leans h{node.height}" if leans(node) and is_left else f"h{node.height}"
    drawing.text(edge, y - 6, f"{height} leans" if leans(node) and not is_left else height, FAINT, 12, anchor)
