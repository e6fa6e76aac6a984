"""Who owns which slots: a claim with a higher config epoch wins.

Each header claims the slots of its sender, or those of the sender's master.  A claim is believed where the
slot has no owner, where its owner does not claim it any more, or where the owner's config epoch is lower.  So
all nodes come to the same view once all have heard of each other, whatever the order.
"""

from redis_clone.features.cluster.actions import DeleteKeys
from redis_clone.features.cluster.messages import Message, Owner
from redis_clone.features.cluster.node import Node
from redis_clone.features.cluster.roles import becomes_master, follow, move_slots
from redis_clone.features.cluster.sending import send_update
from redis_clone.features.cluster.slots import slot_set, slots_of
from redis_clone.features.cluster.state import Cluster


def hear_claim(cluster: Cluster, sender: Node, message: Message) -> None:
    """Compare the slots in a header with those that we know to be the sender's or its master's."""
    owner = sender.shard_master
    if owner is not None and (owner.slots != message.slots or owner.slots & cluster.unclaimed):
        if sender.is_master:
            believe(cluster, sender, message.config_epoch, message.slots)
        _correct(cluster, sender, message)
    myself = cluster.myself
    if sender.is_master and myself.is_master and message.config_epoch == myself.config_epoch:
        _part_epochs(cluster, sender)


def believe(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> None:
    """A master claims these slots: note which are its own now, and see what that means for us."""
    my_master = cluster.myself.shard_master or cluster.myself
    slots_before, mine_before = my_master.slots, cluster.myself.slots
    cluster.unclaimed &= ~(claimant.slots & slots)
    cluster.unclaimed |= claimant.slots & ~slots
    won = _won(cluster, claimant, config_epoch, slots)
    if not won:
        return
    move_slots(cluster, won, claimant)
    cluster.must_save = cluster.must_judge = True
    lost_by_master, lost = slots_before & won, mine_before & won
    settings = cluster.settings
    takes_all_from_us = slots.bit_count() == lost_by_master.bit_count()
    if lost_by_master and not my_master.slots and (settings.allow_replica_migration or takes_all_from_us):
        cluster.notice(f"Configuration change detected. Reconfiguring myself as a replica of {claimant.id}")
        follow(cluster, claimant)
    elif lost:
        _delete_keys_of(cluster, lost)


def _won(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> int:
    """Those of the claimed slots that go to the claimant."""
    kept = slot_set(cluster.importing)  # only an administrator decides about these
    for owner in cluster.masters_with_slots():
        if owner.config_epoch >= config_epoch:
            kept |= owner.slots & ~cluster.unclaimed
    return slots & ~claimant.slots & ~kept


def _delete_keys_of(cluster: Cluster, slots: int) -> None:
    """We stay a master, for other slots are still ours; nobody could reach keys in those that are not."""
    with_keys = [slot for slot in slots_of(slots) if cluster.instance.count_keys(slot)]
    if with_keys:
        cluster.do(DeleteKeys(with_keys))


def _correct(cluster: Cluster, sender: Node, message: Message) -> None:
    """Tell a sender that claims a slot with an old epoch who owns it."""
    claimed = message.slots & ~cluster.unclaimed
    for owner in cluster.masters_with_slots():
        is_contested = owner is not sender and owner.slots & claimed
        if is_contested and owner.config_epoch > message.config_epoch:
            cluster.debug(
                f"Node {sender.id} has old slots configuration, sending an UPDATE message about {owner.id}"
            )
            send_update(cluster, sender, owner)
            return


def hear_update(cluster: Cluster, news: Owner) -> None:
    """Somebody tells us that our view of another node is old."""
    node = cluster.nodes.get(news.id)
    if node in (None, cluster.myself) or node.config_epoch >= news.config_epoch:
        return
    becomes_master(cluster, node)
    node.config_epoch = news.config_epoch
    cluster.current_epoch = max(cluster.current_epoch, news.config_epoch)
    cluster.must_save = True
    believe(cluster, node, news.config_epoch, news.slots)


def _part_epochs(cluster: Cluster, sender: Node) -> None:
    """Two masters have the same config epoch: the one with the smaller ID takes a new one."""
    if sender.id <= cluster.myself.id:
        return
    cluster.raise_epoch()
    cluster.notice(
        f"WARNING: configEpoch collision with node {sender.id}. configEpoch set to {cluster.current_epoch}"
    )
