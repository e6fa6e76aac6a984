"""Walk over a tree in order, from any key on.

ZRANGE answers ten members from rank 500,000 on. To find each of them from the root would be ten long walks.
Here is one walk: find the first, and then go from each key to the next one in almost no time.

`_ascending(key)` yields the keys that are `>= key`, in order. It is a generator. Nodes do not know their
parents, so the walk keeps a list of the nodes that are still to come: those at which it went to the left.
That list is never longer than the tree is high. After a node's own key come those of its right subtree,
the leftmost first, and then the next node of the list. Do not walk ahead: a caller that takes three keys
out of a million must not pay for the others.

Its mirror image, `_descending`, stands below. You learn more if you do not look.
"""

from itertools import islice

from exercises.machinery.trial import calling, expect
from redis_clone.structures.avl_tree import AvlTree

CHAPTER = 7
LEVEL = 4
CONCEPT = "a walk with a stack of what is still to come"
HOLE = "redis_clone/structures/avl_tree.py:AvlTree._ascending"
HINTS = (
    "First go down to `key`: where node.key < key go right and remember nothing; else the node "
    "comes later: append it to the list, and go left.",
    "Then, while the list is not empty: pop a node and yield its key.",
    "And before the next round go into its right subtree: append that node, go left, append that one,"
    " and so on until _EMPTY.",
)


def walked(tree: AvlTree[int], key: int) -> list[int]:
    return list(tree._ascending(key))


def test_all_of_a_small_tree() -> None:
    tree = AvlTree.from_sorted([10, 20, 30, 40, 50])
    calling(
        lambda key: list(tree._ascending(key)), 0, given="10 20 30 40 50", shown="list(_ascending(0))"
    ).gives([10, 20, 30, 40, 50])


def test_from_a_key_on() -> None:
    tree = AvlTree.from_sorted([10, 20, 30, 40, 50])
    for key, expected in ((30, [30, 40, 50]), (35, [40, 50]), (50, [50]), (51, [])):
        calling(
            lambda key: list(tree._ascending(key)),
            key,
            given="10 20 30 40 50",
            shown=f"list(_ascending({key}))",
        ).gives(expected)


def test_an_empty_tree() -> None:
    calling(walked, AvlTree(), 1, given="an empty tree", shown="list(_ascending(1))").gives([])


def test_trees_of_every_size() -> None:
    for size in (*range(12), 40):
        tree = AvlTree.from_sorted(range(size))
        for key in range(size + 1):
            calling(walked, tree, key, given=f"0 to {size - 1}", shown=f"list(_ascending({key}))").gives(
                list(range(key, size))
            )


def test_a_caller_that_takes_three_pays_for_three() -> None:
    class Counted:
        compared = 0

        def __init__(self, number: int) -> None:
            self.number = number

        def __lt__(self, other: "Counted") -> bool:
            Counted.compared += 1
            return self.number < other.number

    tree = AvlTree.from_sorted([Counted(number) for number in range(20_000)])
    Counted.compared = 0
    three = calling(
        lambda: [key.number for key in islice(tree._ascending(Counted(12_345)), 3)],
        shown="the first three from 12345 on",
    ).gives([12_345, 12_346, 12_347])
    expect(
        three and Counted.compared <= 40, "one walk down, some 15 comparisons", f"{Counted.compared} of them"
    )
