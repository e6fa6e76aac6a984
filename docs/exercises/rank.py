"""The place of a player in a list of a million.

ZRANK answers how many members come before one. To count them takes as long as there are members. But each
node of the tree knows how many keys there are in its subtree (`node.size`), so a walk from the root down
can count the keys on its left, and a million keys are some twenty steps.

`rank(key)` answers how many keys of the tree are smaller than `key`, whether the tree holds it or not. The
root is `self._root`; where there is no node stands `_EMPTY`, whose size is 0. Compare with `<` alone.
"""

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling, expect
from redis_clone.structures.avl_tree import AvlTree

CHAPTER = 7
LEVEL = 2
CONCEPT = "an order statistic: sizes in the nodes"
HOLE = "redis_clone/structures/avl_tree.py:AvlTree.rank"
HINTS = (
    "Walk down: node = self._root, and while node is not _EMPTY go to its left or to its right.",
    "If node.key < key, the node and all on its left are smaller: that is node.left.size + 1 keys. "
    "Then go right.",
    "Else nothing is certain yet: go left. At the end the sum is the answer.",
)


def test_the_keys_of_a_small_tree() -> None:
    tree = AvlTree.from_sorted([10, 20, 30, 40, 50])
    for place, key in enumerate([10, 20, 30, 40, 50]):
        calling(tree.rank, key, given="a tree of 10 20 30 40 50").gives(place)


def test_a_key_that_is_not_there() -> None:
    tree = AvlTree.from_sorted([10, 20, 30, 40, 50])
    for key, place in ((5, 0), (25, 2), (99, 5)):
        calling(tree.rank, key, given="a tree of 10 20 30 40 50").gives(place)


def test_an_empty_tree() -> None:
    calling(AvlTree().rank, 7, given="an empty tree").gives(0)


def test_in_a_large_tree_few_nodes_are_looked_at() -> None:
    class Counted:
        compared = 0

        def __init__(self, number: int) -> None:
            self.number = number

        def __lt__(self, other: "Counted") -> bool:
            Counted.compared += 1
            return self.number < other.number

    tree = AvlTree.from_sorted([Counted(number) for number in range(20_000)])
    Counted.compared = 0
    calling(tree.rank, Counted(12_345), given="a tree of 20,000", shown="rank(12345)").gives(12_345)
    expect(Counted.compared <= 40, "15 levels, so some 15 comparisons", f"{Counted.compared} of them")


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client("ZADD players 5 ada 7 bob 7 cyd 9 dan")
    client.expect("ZRANK players cyd", 2)
    client.expect("ZCOUNT players 6 8", 2)
    client.expect("ZRANGE players 1 2", [b"bob", b"cyd"])
