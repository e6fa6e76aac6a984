"""Who owns a slot? The higher epoch.

Each message of a master claims slots: *these are mine, since this config epoch*. A node that hears it
compares the claim with what it believes. So two masters that both claim a slot are told apart, and in
the end all nodes agree, in whatever order the messages come.

`_won(cluster, claimant, config_epoch, slots)` gets a claim, and answers those of the slots that go to
the claimant. Sets of slots are integers, bit s for slot s; `&`, `|` and `& ~` are the operations. A
claimed slot goes to the claimant unless

- it is the claimant's already (`claimant.slots`);
- another master owns it with the same config epoch or a higher one. `cluster.masters_with_slots()` are
  all masters, with `owner.slots` and `owner.config_epoch`. But if its owner has stopped to claim it
  (`cluster.unclaimed` has these slots), its epoch does not protect it;
- this node is importing it (`cluster.importing`, a dict by slot): an administrator is moving it, and
  decides.

A slot that nobody owns goes to whoever claims it.
"""

from random import Random

from exercises.machinery.trial import calling
from redis_clone.features.cluster import claims
from redis_clone.features.cluster.node import MASTER, Node
from redis_clone.features.cluster.slots import slot_set, slots_of
from redis_clone.features.cluster.state import Cluster, Settings

CHAPTER = 21
LEVEL = 2
CONCEPT = "the last writer wins, by a number and not by a clock"
HOLE = "redis_clone/features/cluster/claims.py:_won"
HINTS = (
    "Gather in one integer the slots that stay where they are: kept.",
    "It begins as slot_set(cluster.importing). For each master with slots whose config_epoch is at least "
    "that of the claim, add owner.slots & ~cluster.unclaimed.",
    "The answer is slots & ~claimant.slots & ~kept.",
)


class Nobody:
    """A server without data."""


def won(
    own: dict[str, tuple[int, list[int]]], epoch: int, claimed: list[int], **more: list[int]
) -> list[int]:
    """`own`: the epoch and the slots of each master.  The claim is a's."""
    cluster = Cluster("f" * 40, Settings(), Nobody(), Random(1), 0)  # type: ignore[arg-type]
    masters = {name: Node(name, MASTER, 0) for name in {"a": None, **own}}
    for name, node in masters.items():
        cluster.add_node(node)
        node.config_epoch, slots = own.get(name, (0, []))
        cluster.give_slots(slot_set(slots), node)
    cluster.unclaimed = slot_set(more.get("unclaimed", []))
    cluster.importing = dict.fromkeys(more.get("importing", []), masters["a"])
    return list(slots_of(claims._won(cluster, masters["a"], epoch, slot_set(claimed))))


def claiming(
    own: dict[str, tuple[int, list[int]]], epoch: int, claimed: list[int], **more: list[int]
) -> calling:
    owners = [f"{name} owns {slots} with epoch {its}" for name, (its, slots) in own.items()]
    given = "; ".join(
        [*(owners or ["no slot is owned"]), *(f"{name} is {slots}" for name, slots in more.items())]
    )
    return calling(
        lambda: won(own, epoch, claimed, **more), given=given, shown=f"a claims {claimed} with epoch {epoch}"
    )


def test_slots_that_nobody_owns() -> None:
    claiming({}, 1, [1, 2, 3]).gives([1, 2, 3])


def test_a_higher_epoch_wins() -> None:
    claiming({"b": (1, [1, 2])}, 2, [1, 2]).gives([1, 2])


def test_a_lower_epoch_loses() -> None:
    claiming({"b": (5, [1, 2])}, 2, [1, 2, 3]).gives([3])


def test_the_same_epoch_changes_nothing() -> None:
    claiming({"b": (2, [1, 2])}, 2, [1, 2]).gives([])


def test_each_owner_is_compared_for_itself() -> None:
    claiming({"b": (1, [1]), "c": (9, [2])}, 5, [1, 2]).gives([1])


def test_what_it_owns_already_is_not_won() -> None:
    claiming({"a": (2, [1])}, 3, [1, 2]).gives([2])


def test_an_owner_that_does_not_claim_it_any_more() -> None:
    claiming({"b": (5, [1, 2])}, 2, [1, 2], unclaimed=[2]).gives([2])


def test_a_slot_that_is_being_imported() -> None:
    claiming({"b": (1, [1, 2])}, 2, [1, 2], importing=[1]).gives([2])
    claiming({"b": (5, [1])}, 2, [1], importing=[1]).gives([])
    claiming({"b": (5, [1])}, 2, [1], importing=[1], unclaimed=[1]).gives([])
