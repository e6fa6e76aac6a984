"""Servers that follow each other, without sockets: writes, cuts and promotions at random.

What must hold: two servers with the same replication ID and the same offset have the same data, whatever
happened before.  The bytes between them are carried by hand, so a cut may come anywhere, even in a command.
"""

import io
import random
import shutil
from collections import deque
from contextlib import suppress
from types import SimpleNamespace

import pytest
from fake_master import file_of
from harness import run, wait_until

from redis_clone import commands
from redis_clone.features.persistence.aof_reader import CutShort
from redis_clone.features.replication.failover import WAITING
from redis_clone.features.replication.handshake import PARTIAL, REJECTED, Handshake, Introduction
from redis_clone.features.replication.transfer import IncomingFile
from redis_clone.protocol.replies import encode_command
from redis_clone.server import following as replica
from redis_clone.server.clients import accept_client, free_client
from redis_clone.server.failover import abort_failover, end_failover
from redis_clone.server.full_load import begin_full_load, end_full_load
from redis_clone.server.locking import execute, locked
from redis_clone.server.state import Client, Server

WRITES = ("SET k{0} {1}", "INCR n{0}", "RPUSH l{0} {1}", "LPOP l{0}", "SADD s{0} {1}", "SPOP s{0}",
          "DEL k{0}", "MSET a{0} {1} b{0} {1}", "SELECT {2}", "APPEND k{0} {1}")  # fmt: skip


OTHER_DATA = file_of("SET k0 other", "RPUSH l1 other", values=3)


class Node:
    """A server, its connection to the master that it follows, and a client that writes."""

    def __init__(self, folder, draw, number):
        folder.mkdir()
        commands.load()
        self.folder, self.draw = folder, draw
        self.server = Server()
        self.server.port = 6379 + number
        parameters = {"dir": str(folder), "save": "", "repl-diskless-sync-delay": "0"}
        self.server.config.set_all({**parameters, "enable-debug-command": "yes"}, starting=True)
        self.writer = Client(self.server)
        self.master = self.at_master = self.link = None
        self.unread = b""

    def write(self):
        queued = [self._line() for _ in range(self.draw.randrange(1, 4))]
        if self.draw.random() < 0.3:
            queued = ["MULTI", *queued, "EXEC"]
        for line in queued:
            run(self.writer, line)

    def _line(self):
        number, value, db = self.draw.randrange(5), self.draw.randrange(100), self.draw.randrange(3)
        return self.draw.choice(WRITES).format(number, value, db)

    def follow(self, master):
        self.cut()
        with locked(self.server):
            replica.follow(self.server, "127.0.0.1", master.server.port)
        self.connect(master)

    def connect(self, master):
        """Make the link to the master that this server follows, as network/master_link.py does it."""
        self.master, server = master, self.server
        with locked(server):
            following, is_failover = server.following, server.failover.is_in_progress
            position = replica.position(server, following)
            handshake = Handshake(Introduction(server.port), position, is_failover)
        self.at_master = Client(master.server, address="127.0.0.1:1")
        accept_client(self.at_master)
        sent = handshake.begin()
        while handshake.outcome is None:
            reply = self._sent_by_master(sent)
            sent = b""
            while handshake.outcome is None and b"\n" in reply:
                line, _, reply = reply.partition(b"\n")
                sent += handshake.receive(line.rstrip(b"\r"))
        self.unread = reply
        with locked(server):
            if handshake.outcome.kind == REJECTED:
                abort_failover(server, "rejected")
                return
            if is_failover:
                end_failover(server)
        if handshake.outcome.kind == PARTIAL:
            with locked(self.server):
                replica.go_on_under(self.server, handshake.outcome.replid)
        else:
            self._receive_all(handshake.outcome)
        with locked(self.server):
            replica.set_state(self.server, following, replica.CONNECTED)
            self.link = replica.new_link_client(self.server, following, "master")
        self.acknowledge()

    def _sent_by_master(self, sent):
        """Give the master what is sent to it; returns what it has for us by then."""
        replies = b""
        for argv in complete_transactions(sent):
            for command in argv.commands:
                replies += execute(self.at_master, command)
        with locked(self.master.server):
            return replies + self.at_master.output_buffer.drain()

    def _receive_all(self, outcome):
        server, following = self.server, self.server.following
        file = IncomingFile(self._receive_some)
        file.begin()
        wanted = self.draw.choice(["disabled", "swapdb"])
        server.config.set_all({"repl-diskless-load": wanted})
        if wanted == "swapdb":
            self._load_half(outcome)
        with locked(server):
            job = begin_full_load(server, following, outcome.replid, file.length, wanted == "swapdb")
        loaded = job.load(file, pause=bool)
        self.unread = file.rest + self.unread
        wait_until(lambda: self.master.server.full_sync is None)
        with locked(server):
            end_full_load(server, following, job, loaded, outcome)

    def _load_half(self, outcome):
        """A transfer that breaks leaves the data, and their place in the history, as they were."""
        server, following, before = self.server, self.server.following, (self.place(), self.digest())
        pieces = [b"$1000000\r\n", OTHER_DATA[: self.draw.randrange(1, len(OTHER_DATA))]]

        def receive():
            if not pieces:
                raise ConnectionError
            return pieces.pop(0)

        with locked(server):
            job = begin_full_load(server, following, outcome.replid, 0, from_socket=True)
        with pytest.raises(ConnectionError):
            job.load(IncomingFile(receive), pause=bool)
        with locked(server):
            end_full_load(server, following, job, None, outcome)
        assert (self.place(), self.digest()) == before

    def _receive_some(self):
        """What the master has sent, at most so many bytes of it as a socket would give."""
        if not self.unread:
            self.unread = wait_until(lambda: self._sent_by_master(b""))
        most = self.draw.randrange(1, 500)
        data, self.unread = self.unread[:most], self.unread[most:]
        return data

    def receive(self, most=None):
        """Take some bytes of the stream, and do what has come as a whole."""
        if self.link is None:
            return
        data = self._sent_by_master(b"")
        self.unread += data
        taken = self.unread if most is None else self.unread[:most]
        transactions = complete_transactions(taken)
        self.unread = self.unread[sum(len(each.data) for each in transactions) :]
        while transactions:
            with locked(self.server):
                replica.apply(self.link, transactions)

    def acknowledge(self):
        if self.link is not None:
            acknowledgement = encode_command([b"REPLCONF", b"ACK", b"%d" % self.place()[1]])
            self.unread += self._sent_by_master(acknowledgement)

    def cut(self):
        """What is on its way is lost."""
        if self.at_master is not None:
            free_client(self.at_master)
            with locked(self.server):
                if self.server.following is not None:
                    replica.forget_link(self.server, self.server.following)
        self.master = self.at_master = self.link = None
        self.unread = b""

    def promote(self):
        self.cut()
        with locked(self.server):
            replica.follow_nobody(self.server)

    def place(self):
        history = self.server.replication.history
        return history.replid, history.offset

    def digest(self):
        digest = run(self.writer, "DEBUG DIGEST")
        assert len(digest) == len(b"+") + 40 + len(b"\r\n"), digest
        return digest


def complete_transactions(data):
    """The transactions at the beginning of `data` that have come as a whole."""
    found = deque()
    with suppress(CutShort, EOFError):
        for each in replica.read_stream(io.BytesIO(data).read):
            found.append(each)
    return found


def hand_over(master, nodes, draw):
    """A failover with cuts, and with bytes on their way; returns who is the master afterwards.

    It may be aborted, and the replica may refuse, for it follows another master or has become one.
    """
    run(master.writer, "FAILOVER")
    before, failover = master.digest(), master.server.failover
    while failover.state == WAITING:
        step, node = draw.random(), draw.choice(nodes)
        if step < 0.02:
            run(master.writer, "FAILOVER ABORT")
        elif step < 0.05:
            node.cut()
        elif step < 0.5:
            node.receive(most=draw.choice([None, draw.randrange(1, 200)]))
        elif node.master is master:
            node.acknowledge()
        if failover.is_on:
            reply = run(Client(master.server), "SET k late")
            assert reply == b"" if failover.state == WAITING else reply.startswith(b"-READONLY")
            assert master.digest() == before
    if not failover.is_in_progress:
        return master
    [target] = [node for node in nodes if node.server.port == failover.target.port]
    if draw.random() < 0.2:
        target.promote()  # so it will refuse
    master.connect(target)
    assert not failover.is_on
    if master.server.following is None:
        master.cut()
        return master
    target.cut()
    assert target.server.following is None and target.place() == master.place()
    assert target.digest() == master.digest() == before, "no write is lost"
    return target


def drop_orphans(nodes):
    """A server that changes its history cuts its replicas off."""
    for node in nodes:
        if node.at_master is not None and node.at_master.output_buffer.close_asap:
            node.cut()


def assert_same_place_means_same_data(nodes):
    found = {}
    for node in nodes:
        assert found.setdefault(node.place(), node.digest()) == node.digest(), node.place()


@pytest.mark.parametrize(
    "seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 60))]
)
def test_servers_at_the_same_place_of_a_history_have_the_same_data(tmp_path, seed):
    print(f"seed {seed}")
    draw = random.Random(seed)
    nodes = [Node(tmp_path / str(number), draw, number) for number in range(3)]
    world = SimpleNamespace(master=nodes[0])
    for node in nodes[1:]:
        node.follow(world.master)
    for _ in range(120):
        step, node = draw.random(), draw.choice(nodes)
        if step < 0.5:
            world.master.write()
        elif step < 0.85:
            node.receive(most=draw.choice([None, draw.randrange(1, 200)]))
        elif step < 0.91:
            node.cut()
        elif step < 0.94:
            world.master = hand_over(world.master, nodes, draw)
        elif step < 0.96 and node is not world.master:
            node.promote()
            world.master = node
            for other in nodes:
                if other is not node:
                    other.follow(node)
        elif node is not world.master and node.link is None:
            node.follow(world.master)
        drop_orphans(nodes)
        assert_same_place_means_same_data(nodes)
    for node in nodes:
        if node is not world.master:
            node.follow(world.master)
            node.receive()
    assert len({(node.place(), node.digest()) for node in nodes}) == 1
    shutil.rmtree(tmp_path)
