"""Taking a key out of the middle of a tree.

A leaf is easily taken off, and so is a node with one subtree: the subtree hangs where the node was. But a
node with two has no place for both. So its key is replaced by the next greater one, which stands in a node
without a left subtree (why?), and that node is the one that goes.

    self._path_to(key)              the nodes from the root down to the key, or to the _EMPTY in its place
    self._hang(subtree, key, path)  puts a subtree where `key` belongs, right below the end of `path`
    self._settle(path, change)      sets all nodes of a path right: sizes, heights, and rotations

The path to settle ends above the node that was taken out, for there the change begins. KeyError if the
key is not there, and then the tree is as before.
"""

from random import Random

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.structures.avl_tree import AvlTree

CHAPTER = 7
LEVEL = 5
CONCEPT = "deleting from a balanced tree"
HOLE = "redis_clone/structures/avl_tree.py:AvlTree.remove"
HINTS = (
    "path = self._path_to(key); its last node is the one, or _EMPTY. Think of a node with two subtrees last.",
    "With one subtree or none: take the node off the path, and _hang() in its place what it has (its "
    "right one if the left one is empty, else the left one); then _settle(path, change=-1).",
    "With two: go on with the path, one step to the right and then left as far as it goes. Copy that "
    "last node's key into the node; then that last node is taken off the path, as in the second hint,"
    " hanging by *its* key.",
)


def emptied(keys: list[int], order: list[int]) -> None:
    tree: AvlTree[int] = AvlTree()
    for key in keys:
        tree.add(key)
    left = sorted(keys)
    for key in order:
        before = " ".join(map(str, left))
        calling(tree.remove, key, given=f"a tree of {before}").gives(None)
        left.remove(key)
        calling(list, tree, shown=f"the keys after remove({key})", given=f"a tree of {before}").gives(left)
        calling(tree.check, shown=f"check() after remove({key})", given=f"a tree of {before}").gives(None)


def test_a_leaf() -> None:
    emptied([2, 1, 3], [1])


def test_a_node_with_one_subtree() -> None:
    emptied([2, 1, 3, 4], [3])


def test_a_node_with_two_subtrees() -> None:
    emptied([4, 2, 6, 1, 3, 5, 7], [6, 4])


def test_the_root_alone() -> None:
    emptied([1], [1])


def test_a_key_that_is_not_there() -> None:
    tree = AvlTree.from_sorted([1, 2, 3])
    calling(tree.remove, 7, given="a tree of 1 2 3").raises(KeyError)
    calling(list, tree, shown="the keys after it").gives([1, 2, 3])


def test_in_every_order() -> None:
    emptied(list(range(12)), list(range(12)))
    emptied(list(range(12)), list(range(11, -1, -1)))
    for seed in range(8):
        chance = Random(seed)
        keys = chance.sample(range(100), 25)
        emptied(keys, chance.sample(keys, 25))


def test_the_command(server: LiveServer) -> None:
    client = server.client()
    client("ZADD players 1 ada 2 bob 3 cyd 4 dan")
    client.expect("ZREM players bob", 1)
    client.expect("ZRANGE players 0 -1", [b"ada", b"cyd", b"dan"])
    client.expect("ZRANK players dan", 2)
