"""This server as a node of a cluster: its view (features/cluster/), and what follows for data and clients.

    join         at the start: reads nodes.conf, or begins one
    begin        after loading: claims the slots of the data, and follows the master
    hear         the bus has received messages
    tick         a tenth of a second has passed
    perform      a command of an administrator

Each ends in carry_out: what concerns the data is done at once, under the lock.  To save, to send, to connect
is left to the bus (network/cluster_bus.py), in its order, for nothing may wait under the lock.  The caller
holds the lock.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import Any

from redis_clone import logging
from redis_clone.config.parameters import CLUSTER
from redis_clone.features.blocking import Blocked
from redis_clone.features.cluster import administration, description, failures, machine, sending
from redis_clone.features.cluster.actions import (
    Action,
    Close,
    Connect,
    DeleteKeys,
    EmptyData,
    Follow,
    FollowNobody,
    Link,
    Log,
    LoseSlots,
    PauseWrites,
    Publish,
    ResumeWrites,
    Save,
    Send,
)
from redis_clone.features.cluster.messages import Message
from redis_clone.features.cluster.nodes_file import load_text
from redis_clone.features.cluster.slots import key_slot
from redis_clone.features.cluster.state import Cluster, Settings
from redis_clone.features.pause import BY_FAILOVER
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.protocol.replies import Reply
from redis_clone.server import redirection
from redis_clone.server.dispatch import propagate
from redis_clone.server.following import CONNECTED, follow, follow_nobody
from redis_clone.server.scheduling import Scheduler
from redis_clone.server.state import Server

NEVER_MS = 2**62
ForBus = Save | Send | Connect | Close


class Clustering:
    """What a server keeps because it is a node of a cluster.

    Others reach the modules that know the view through here: few servers are nodes, and the others should not
    spend their start on importing them.
    """

    administration, description, failures = administration, description, failures
    redirection = redirection

    def __init__(self, server: Server) -> None:
        self.settings = Settings()
        self.view = Cluster(
            f"{server.random.getrandbits(160):040x}", self.settings, ThisServer(server), server.random,
            server.clock.now_ms,
        )  # fmt: skip
        self.bus_port = 0  # where the bus listens
        self.for_bus: deque[ForBus] = deque()  # what the bus is to do, in this order
        self.ring: Callable[[], object] = bool  # wakes the bus; set by network/
        self.saves_begun = self.saves_done = 0  # how often nodes.conf was to be saved, and was
        self.scheduler: Scheduler | None = None  # of a lesson, which steps through what the bus does
        self._server = server

    def publish(self, channel: bytes, message: bytes, is_sharded: bool) -> None:
        """A client of ours publishes a message: bring it to the nodes whose clients may subscribe to it."""
        perform(self._server, sending.publish, channel, message, is_sharded)


class ThisServer:
    """What the view asks of the server (features/cluster/state.Instance)."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def replication_offset(self) -> int:
        self._server.propagation.flush()
        return self._server.replication.history.offset

    def data_age_ms(self, now_ms: int) -> int:
        following = self._server.following
        if following is None:
            return 0
        since_ms = following.heard_ms if following.state == CONNECTED else following.lost_ms
        return now_ms - since_ms if since_ms is not None else NEVER_MS

    def count_keys(self, slot: int) -> int:
        return len(keys_in_slot(self._server, slot))

    def keys_in_slot(self, slot: int) -> Iterable[bytes]:
        return keys_in_slot(self._server, slot)

    def has_keys(self) -> bool:
        return any(len(database) for database in self._server.databases)


def keys_in_slot(server: Server, slot: int) -> Collection[bytes]:
    """The keys of a slot, expired ones too."""
    return server.databases[0].slots(key_slot).keys_in(slot)


# At the start.


def join(server: Server, text: str) -> None:
    """Be a node with the view of its file, or, if the file is empty, a new one.  BadNodesFile."""
    server.cluster = Clustering(server)
    server.restrictions.add("cluster")
    server.databases[0].slots(key_slot)  # made while no key is there
    view = server.cluster.view
    if text:
        load_text(view, text, server.clock.now_ms)
        logging.notice(f"Node configuration loaded, I'm {view.myself.id}")
    else:
        logging.notice(f"No cluster configuration found, I'm {view.myself.id}")
    view.must_save = view.must_judge = True


def listens(server: Server, port: int) -> None:
    """The bus listens at this port: what the node says of itself is complete, and follows the parameters."""
    server.cluster.bus_port = port
    others = ("repl-ping-replica-period", "tls-cluster", "tls-replication")
    for name in (*others, *(parameter.name for parameter in CLUSTER)):
        server.config.when_set(name, lambda _: _take_settings(server))


def _take_settings(server: Server) -> None:
    """The parameters, as the view needs them."""
    config, settings = server.config, server.cluster.settings
    port, tls_port = server.port, config["tls-port"]
    settings.node_timeout_ms = config["cluster-node-timeout"]
    settings.ping_interval_ms = config["cluster-ping-interval"]
    settings.require_full_coverage = config["cluster-require-full-coverage"]
    settings.allow_replica_migration = config["cluster-allow-replica-migration"]
    settings.migration_barrier = config["cluster-migration-barrier"]
    settings.replica_no_failover = config["cluster-replica-no-failover"]
    settings.replica_validity_factor = config["cluster-replica-validity-factor"]
    settings.repl_ping_period_ms = config["repl-ping-replica-period"] * 1000
    settings.allow_reads_when_down = config["cluster-allow-reads-when-down"]
    settings.allow_shard_channels_when_down = config["cluster-allow-pubsubshard-when-down"]
    settings.preferred_endpoint_type = config["cluster-preferred-endpoint-type"]
    settings.announced_ip = config["cluster-announce-ip"]
    settings.hostname = config["cluster-announce-hostname"]
    settings.nodename = config["cluster-announce-human-nodename"]
    plain = config["cluster-announce-port"] or port
    secure = config["cluster-announce-tls-port"] or tls_port
    settings.port, settings.other_port = (secure, plain) if config["tls-cluster"] else (plain, secure)
    settings.bus_uses_tls = config["tls-cluster"]
    settings.replication_uses_tls = config["tls-replication"]
    settings.bus_port = config["cluster-announce-bus-port"] or server.cluster.bus_port
    server.cluster.view.announce()
    server.cluster.view.must_judge = True


def begin(server: Server) -> None:
    """The data are loaded: claim their slots, and follow the master that we had.  CannotLoad."""
    view = server.cluster.view
    if any(len(database) for database in server.databases[1:]):
        raise CannotLoad("You can't have keys in a DB different than DB 0 when in Cluster mode. Exiting.")
    _claim_slots(server, view)
    if view.myself.master is not None:
        view.replicate(view.myself.master)
    carry_out(server, machine.take_actions(view, server.clock.now_ms))


def _claim_slots(server: Server, view: Cluster) -> None:
    """Keys of a slot that nobody has make it ours; those of another's slot are to be imported."""
    for slot in server.databases[0].slots(key_slot).in_use():
        owner = view.owners[slot]
        if owner is None:
            logging.notice(f"I have keys for unassigned slot {slot}. Taking responsibility for it.")
            view.give_slot(slot, view.myself)
            view.must_save = view.must_judge = True
        elif owner is not view.myself and view.myself.is_master and slot not in view.importing:
            logging.notice(f"I have keys for slot {slot}, but the slot is assigned to another node. "
                           "Setting it to importing state.")  # fmt: skip
            view.importing[slot] = owner
            view.must_save = view.must_judge = True


# Events.


def hear(server: Server, link: Link, messages: Iterable[Message]) -> None:
    """Messages have come on a connection of the bus."""
    scheduler = server.cluster.scheduler
    for message in messages:
        if scheduler is None or not scheduler.holds(server, link, message):
            receive(server, link, message)


def receive(server: Server, link: Link, message: Message) -> None:
    """A message is received: now is when the node learns of it."""
    carry_out(server, machine.receive(server.cluster.view, link, message, server.clock.now_ms))


def is_connected(server: Server, link: Link) -> None:
    carry_out(server, machine.connected(server.cluster.view, link, server.clock.now_ms))


def is_closed(server: Server, link: Link) -> None:
    carry_out(server, machine.closed(server.cluster.view, link, server.clock.now_ms))


def tick(server: Server) -> None:
    """A tenth of a second may have passed."""
    scheduler = server.cluster.scheduler
    if scheduler is None or not scheduler.holds_tick(server):
        tick_at_once(server)


def tick_at_once(server: Server) -> None:
    carry_out(server, machine.tick(server.cluster.view, server.clock.now_ms))
    redirection.redirect_blocked_clients(server)


def when_saved(server: Server, reply: Reply) -> Reply:
    """The reply of a command that has changed the view: it waits until nodes.conf is on the disk."""
    clustering = server.cluster
    number = clustering.saves_begun

    def poll(time_is_up: bool) -> Reply | None:
        return reply if clustering.saves_done >= number else None

    return poll(False) or Blocked((), object, 0, reply_at_once=reply, poll=poll)


def perform(server: Server, function: Callable[..., Any], *args: Any) -> Any:
    """Let a function of administration.py change the view; returns what it returns.  RedisError."""
    view = server.cluster.view
    result = function(view, *args)
    carry_out(server, machine.take_actions(view, server.clock.now_ms))
    return result


# What follows.


def carry_out(server: Server, actions: Iterable[Action]) -> None:
    """Do what concerns the data and the clients, and leave the rest to the bus."""
    clustering = server.cluster
    for action in actions:
        if isinstance(action, (Save, Send, Connect, Close)):
            clustering.for_bus.append(action)
            clustering.saves_begun += isinstance(action, Save)
        else:
            HERE[type(action)](server, action)
    if clustering.for_bus:
        clustering.ring()


def _log(server: Server, action: Log) -> None:
    if server.cluster.scheduler is not None:
        server.cluster.scheduler.record(server, action.text)
    {"debug": logging.debug, "notice": logging.notice, "warning": logging.warning}[action.level](action.text)


def _follow(server: Server, action: Follow) -> None:
    if "loading" not in server.restrictions:  # else begin() does it
        follow(server, action.ip, action.port)


def _follow_nobody(server: Server, action: FollowNobody) -> None:
    follow_nobody(server)


def _delete_keys(server: Server, action: DeleteKeys) -> None:
    """Delete the keys of slots that are not ours any more; replicas and the file hear of it."""
    for slot in action.slots:
        keys = list(keys_in_slot(server, slot))
        for key in keys:
            server.databases[0].delete(key)
        propagate(server, None, [b"DEL", *keys])


def _empty_data(server: Server, action: EmptyData) -> None:
    server.propagation.replicate_as(b"FLUSHALL")  # CLUSTER RESET would reset whoever reads it
    for database in server.databases:
        database.clear()


def _lose_slots(server: Server, action: LoseSlots) -> None:
    """Shard channels of these slots have moved: who is subscribed to them must go there."""
    slots = set(action.slots)
    server.pubsub.end_shard_channels(lambda channel: key_slot(channel) in slots)


def _pause_writes(server: Server, action: PauseWrites) -> None:
    server.pause.begin(action.until_ms, everything=False, cause=BY_FAILOVER)


def _resume_writes(server: Server, action: ResumeWrites) -> None:
    server.pause.end(BY_FAILOVER)


def _publish(server: Server, action: Publish) -> None:
    deliver = server.pubsub.publish_to_shard if action.is_sharded else server.pubsub.publish
    deliver(action.channel, action.payload)


HERE: dict[type, Callable[[Server, Any], None]] = {
    Log: _log,
    Follow: _follow,
    FollowNobody: _follow_nobody,
    DeleteKeys: _delete_keys,
    EmptyData: _empty_data,
    LoseSlots: _lose_slots,
    PauseWrites: _pause_writes,
    ResumeWrites: _resume_writes,
    Publish: _publish,
}
