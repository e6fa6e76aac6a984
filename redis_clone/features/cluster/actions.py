"""What follows from an event of the cluster, for the caller of machine.py to carry out.

The caller carries out the actions in their order, and Save before all others: what a node has promised must
be on its disk before anybody hears of it.
"""

from typing import NamedTuple

from redis_clone.features.cluster.messages import Message
from redis_clone.features.cluster.node import Node


class Link:
    """A connection with another node.  We send PING on those that we made, and PONG on those made to us."""

    def __init__(self, node: Node | None, now_ms: int, address: str = "") -> None:
        self.node = node  # None: somebody has connected to us and has not said who it is
        self.is_inbound = node is None
        self.created_ms = now_ms
        self.address = address  # where its other end is
        self.own_address = ""  # and where this one is
        self.is_open = False  # we may send
        self.unsent_bytes = 0  # of messages that wait for room in the connection


class Send(NamedTuple):
    """Send a message on this connection, if it is still open."""

    link: Link
    message: Message


class Connect(NamedTuple):
    """Connect to the node of this link, at its address, and tell how it went."""

    link: Link


class Close(NamedTuple):
    link: Link


class Save(NamedTuple):
    """Write nodes.conf, and be sure that it is on the disk."""

    text: str


class Follow(NamedTuple):
    """Replicate this node."""

    ip: str
    port: int


class FollowNobody(NamedTuple):
    """Be a master; the history of the data branches off."""


class DeleteKeys(NamedTuple):
    """Delete all keys of these slots: they belong to another node now."""

    slots: list[int]


class LoseSlots(NamedTuple):
    """Unsubscribe the subscribers of the shard channels of these slots: they belong to another node now."""

    slots: list[int]


class PauseWrites(NamedTuple):
    until_ms: int


class ResumeWrites(NamedTuple):
    pass


class Publish(NamedTuple):
    """Deliver a message of another node to our subscribers."""

    channel: bytes
    payload: bytes
    is_sharded: bool


class EmptyData(NamedTuple):
    """Delete all keys (CLUSTER RESET of a replica)."""


class Log(NamedTuple):
    level: str
    text: str


Action = (
    Send | Connect | Close | Save | Follow | FollowNobody | DeleteKeys | LoseSlots | PauseWrites
    | ResumeWrites | Publish | EmptyData | Log
)  # fmt: skip
