"""Draws an AVL tree before and after a rotation: the same keys in the same order, one level less deep."""

from typing import Any, NamedTuple

from redis_clone.benchmark.svg import BLUE, FAINT, PAPER, RED, Drawing
from redis_clone.structures.avl_tree import AvlTree

KEYS, NEW = [40, 20, 60, 10, 30], 5
STEP, LEVEL, RADIUS = 46, 62, 17


class Node(NamedTuple):
    key: int
    left: "Node | None"
    right: "Node | None"

    @property
    def height(self) -> int:
        return 1 + max(child.height if child else 0 for child in (self.left, self.right))


def draw() -> str:
    tree: AvlTree[int] = AvlTree()
    careless: Node | None = None
    for key in [*KEYS, NEW]:
        tree.add(key)
        careless = _added(careless, key)
    assert careless is not None
    drawing = Drawing(760, 300)
    drawing.text(40, 34, f"{NEW} was added below {min(KEYS)}: at {KEYS[0]} the tree leans by 2", size=14)
    _draw_node(drawing, careless, 0, 40, 80, leaning=KEYS[0])
    drawing.text(360, 170, "-->", size=22, style="font-weight:bold")
    drawing.text(450, 34, "one rotation to the right", size=14)
    _draw_node(drawing, _read(tree._root), 0, 450, 80, leaning=None)
    return drawing.finished()


def _added(node: Node | None, key: int) -> Node:
    """The tree with one key more, not balanced."""
    if node is None:
        return Node(key, None, None)
    if key < node.key:
        return node._replace(left=_added(node.left, key))
    return node._replace(right=_added(node.right, key))


def _read(node: Any) -> Node | None:
    return Node(node.key, _read(node.left), _read(node.right)) if node.size else None


def _draw_node(drawing: Drawing, node: Node | None, index: int, x: int, y: int, leaning: int | None) -> int:
    """Draw a subtree whose first key is number `index` in order; returns how many keys it has."""
    if node is None:
        return 0
    before = _size(node.left)
    centre = x + RADIUS + STEP * (index + before)
    for child, first in ((node.left, index), (node.right, index + before + 1)):
        if child is not None:
            child_centre = x + RADIUS + STEP * (first + _size(child.left))
            drawing.line(centre, y, child_centre, y + LEVEL)
    _draw_node(drawing, node.left, index, x, y + LEVEL, leaning)
    _draw_node(drawing, node.right, index + before + 1, x, y + LEVEL, leaning)
    drawing.circle(centre, y, RADIUS, RED if node.key == leaning else BLUE)
    drawing.text(centre, y + 5, str(node.key), PAPER, 14, "text-anchor:middle")
    drawing.text(centre + RADIUS + 4, y + 4, f"h{node.height}", FAINT, 11)
    return _size(node)


def _size(node: Node | None) -> int:
    return 0 if node is None else 1 + _size(node.left) + _size(node.right)
