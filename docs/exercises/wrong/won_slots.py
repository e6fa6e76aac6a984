"""Wrong answers to `won_slots`.  Each function is one mistake, and takes the place of `_won`."""


def the_loudest(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> int:
    """Whoever claims gets the slots, whatever the epoch."""
    kept = slot_set(cluster.importing)  # only an administrator decides about these
    return slots & ~claimant.slots & ~kept


def a_tie_is_won(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> int:
    """With an equal epoch the claimant wins."""
    kept = slot_set(cluster.importing)  # only an administrator decides about these
    for owner in cluster.masters_with_slots():
        if owner.config_epoch > config_epoch:
            kept |= owner.slots & ~cluster.unclaimed
    return slots & ~claimant.slots & ~kept


def what_is_on_its_way(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> int:
    """A slot that is being imported is given away."""
    kept = 0  # only an administrator decides about these
    for owner in cluster.masters_with_slots():
        if owner.config_epoch >= config_epoch:
            kept |= owner.slots & ~cluster.unclaimed
    return slots & ~claimant.slots & ~kept


def its_own_again(cluster: Cluster, claimant: Node, config_epoch: int, slots: int) -> int:
    """The claimant is said to win what it has already."""
    kept = slot_set(cluster.importing)  # only an administrator decides about these
    for owner in cluster.masters_with_slots():
        if owner.config_epoch >= config_epoch:
            kept |= owner.slots & ~cluster.unclaimed
    return slots & ~kept
