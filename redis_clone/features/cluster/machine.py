"""The events of a node: each takes the time in milliseconds, and returns the actions that follow from it.

    receive     a message has come on a connection
    accepted, connected, closed   what became of connections
    tick        a tenth of a second has passed
    perform     a command of an administrator; what it does is in administration.py

The first action is to save, if there is anything to save: nobody may hear of a vote, or of an epoch, that a
restart could make us forget.
"""

from redis_clone.features.cluster import cron, election, health, manual_failover, receiving
from redis_clone.features.cluster.actions import Action, Link, LoseSlots, Save
from redis_clone.features.cluster.messages import Message
from redis_clone.features.cluster.nodes_file import to_text
from redis_clone.features.cluster.slots import slots_of
from redis_clone.features.cluster.state import Cluster


def receive(cluster: Cluster, link: Link, message: Message, now_ms: int) -> list[Action]:
    receiving.receive(cluster, link, message, now_ms)
    return take_actions(cluster, now_ms)


def accepted(address: str, own_address: str, now_ms: int) -> Link:
    """Somebody has connected to us; its first message tells who."""
    link = Link(None, now_ms, address)
    link.own_address, link.is_open = own_address, True
    return link


def connected(cluster: Cluster, link: Link, now_ms: int) -> list[Action]:
    cron.connected(cluster, link, now_ms)
    return take_actions(cluster, now_ms)


def closed(cluster: Cluster, link: Link, now_ms: int) -> list[Action]:
    """A connection has ended, or could not be made."""
    cluster.forget_link(link)
    return take_actions(cluster, now_ms)


def tick(cluster: Cluster, now_ms: int) -> list[Action]:
    cron.tick(cluster, now_ms)
    return take_actions(cluster, now_ms)


def take_actions(cluster: Cluster, now_ms: int) -> list[Action]:
    """End an event: draw the conclusions that wait for its end, and return what is to be done."""
    while cluster.must_elect:
        cluster.must_elect = False
        manual_failover.begin_if_complete(cluster)
        election.take_over_if_due(cluster, now_ms)
    if cluster.must_judge:
        cluster.must_judge = False
        health.judge(cluster, now_ms)
    _give_up_lost_slots(cluster)
    actions, cluster.actions = cluster.actions, []
    if cluster.must_save:
        cluster.must_save = False
        actions.insert(0, Save(to_text(cluster)))
    return actions


def _give_up_lost_slots(cluster: Cluster) -> None:
    """Slots may have left our shard by a claim, a command or a failover: what was served there is over."""
    owner = cluster.myself.shard_master
    before, cluster.served = cluster.served, owner.slots if owner is not None else 0
    lost = before & ~cluster.served
    if lost:
        cluster.do(LoseSlots(list(slots_of(lost))))
