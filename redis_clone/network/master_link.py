"""The link to a master: the thread "master" connects, introduces itself, receives all data and the stream.

    connect ─> handshake ─┬─ FULL ──> the file, into a temporary one ──> adopt it ─┐
       ^                  └─ PARTIAL ──────────────────────────────────────────────┴─> the stream
       └── a second later, whenever anything goes wrong

It tells the master once a second how far it is, and at once if it is asked: REPLCONF ACK, and with an
append-only file FACK, which is how far that is synced (since 7.2).  What is done with the data and
the stream is in server/following.py; this thread takes the lock for it.
"""

import contextlib
import os
import selectors
import socket
import time
from collections import deque

from redis_clone import logging
from redis_clone.features.persistence.aof_reader import BadFormat
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.features.replication.handshake import (
    FULL,
    REJECTED,
    Handshake,
    HandshakeFailed,
    Outcome,
)
from redis_clone.features.replication.transfer import BadTransfer, Transfer
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.stream import CHUNK, LineTooLong
from redis_clone.server import following as replica
from redis_clone.server.failover import abort_failover, end_failover
from redis_clone.server.following import Following, Received, complete_transactions
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client, Server

ACK_SECONDS = 1.0


class LinkLost(Exception):
    """The master has closed the connection, says nothing any more, or is not our master any more."""


class MasterLink:
    """One link, from REPLICAOF until the next one."""

    def __init__(self, server: Server, following: Following) -> None:
        self._server = server
        self._following = following
        following.cut_link = self._cut
        self._socket: socket.socket  # once there was a connection
        self._unread = b""  # received, and of the next part
        self._ack_due_s = 0.0

    @property
    def is_over(self) -> bool:
        return self._following.is_over

    def end(self) -> None:
        """The server ends: cut the link, and do not try again."""
        self._following.is_over = True
        self._cut()

    def follow(self) -> bool:
        """Follow the master as long as it lasts; returns whether it lasted for a while."""
        was_connected = False
        try:
            self._follow()
        except (OSError, EOFError, LinkLost, HandshakeFailed, BadTransfer) as problem:
            if not self.is_over:
                logging.warning(str(problem) or "The master has closed the connection.")
        except (BadFormat, LineTooLong) as problem:
            logging.warning(f"The stream of the master cannot be read: {problem}")
            self._following.may_continue = False
        finally:
            was_connected = self._following.state == replica.CONNECTED
            with locked(self._server):
                replica.forget_link(self._server, self._following)
        return was_connected

    def _follow(self) -> None:
        server, mine = self._server, self._following
        logging.notice(f"Connecting to MASTER {mine.host}:{mine.port}")
        self._set_state(replica.CONNECTING)
        timeout_s = server.config["repl-timeout"]
        with socket.create_connection((mine.host, mine.port), timeout=timeout_s) as self._socket:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._unread = b""
            self._set_state(replica.HANDSHAKE)
            outcome = self._introduce()
            self._end_failover(outcome)
            if outcome.kind == FULL:
                self._set_state(replica.SYNC)
                self._receive_all(outcome)
            else:
                with locked(server):
                    self._check()
                    replica.go_on_under(server, outcome.replid)
            self._receive_stream()

    def _set_state(self, state: str) -> None:
        with locked(self._server):
            self._check()
            replica.set_state(self._server, self._following, state)

    def _check(self) -> None:
        """LinkLost when this server was told to follow another master; the caller holds the lock."""
        if self._following.is_over:
            raise LinkLost("")

    def _introduce(self) -> Outcome:
        server = self._server
        with locked(server):
            position = replica.position(server, self._following)
            handshake = Handshake(replica.introduction(server), position, server.failover.is_in_progress)
        self._socket.sendall(handshake.begin())
        while handshake.outcome is None:
            answer = handshake.receive(self._read_line())
            if answer:
                self._socket.sendall(answer)
        return handshake.outcome

    def _end_failover(self, outcome: Outcome) -> None:
        """In a failover the other server has answered, whether it is the master now."""
        server = self._server
        with locked(server):
            self._check()
            if outcome.kind == REJECTED:
                abort_failover(server, "Failover target rejected psync request")
            elif server.failover.is_in_progress:
                end_failover(server)
            self._check()

    def _read_line(self) -> bytes:
        while b"\n" not in self._unread:
            self._unread += self._receive()
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self) -> bytes:
        """The next bytes, whatever they are."""
        data = self._socket.recv(CHUNK)
        if not data:
            raise LinkLost("The master has closed the connection.")
        self._following.heard_ms = self._server.clock.now_ms
        return data

    def _receive_all(self, outcome: Outcome) -> None:
        """Receive the file with all data, and replace ours by it."""
        server, transfer = self._server, Transfer()
        logging.notice(f"Full resync from master: {outcome.replid}:{outcome.offset}")
        path = os.path.join(server.config["dir"], WholeFile.temporary_name() + ".sync")
        try:
            with open(path, "wb") as file:
                data, self._unread = self._unread, b""
                while not transfer.is_over:
                    file.write(transfer.receive(data or self._receive()))
                    data = b""
                    self._following.total_bytes, self._following.read_bytes = (
                        transfer.length,
                        transfer.received,
                    )
                    if self._following.is_over:
                        raise LinkLost("")
            self._unread = transfer.rest
            self._adopt(path, outcome)
        finally:
            if os.path.exists(path):
                os.unlink(path)

    def _adopt(self, path: str, outcome: Outcome) -> None:
        server = self._server
        with locked_outside_scripts(server):
            self._check()
            if not replica.adopt_file(server, self._following, path, outcome.replid, outcome.offset):
                raise LinkLost("The file of the master could not be loaded.")

    def _receive_stream(self) -> None:
        """Run the master's commands until the link is lost."""
        server, mine = self._server, self._following
        with locked(server):
            self._check()
            replica.set_state(server, mine, replica.CONNECTED)
            client = replica.new_link_client(server, mine, f"{mine.host}:{mine.port}")
            client.output_buffer.wake = self._cut  # for nothing else is ever put into the buffer
        self._acknowledge(server.replication.history.offset)
        data, enough = self._unread, 0
        while True:
            # A command ends with a newline.  Most pieces of a long one do not, and wait until what has come
            # has doubled: to look at each would take a time that grows with the square of the length.
            if data.endswith(b"\n") or len(data) >= enough:
                transactions = complete_transactions(data)
                data = data[sum(len(each.data) for each in transactions) :]
                self._apply(client, transactions)
                enough = 2 * len(data)
            data += self._receive_more()

    def _apply(self, client: Client, transactions: deque[Received]) -> None:
        """Run the transactions, for a time slice at a time."""
        while transactions:
            with locked_outside_scripts(self._server):
                self._check()
                asked = replica.apply(client, transactions)
            for offset in asked:
                self._acknowledge(offset)

    def _receive_more(self) -> bytes:
        """The next bytes of the stream; meanwhile the master hears of us once a second."""
        while True:
            if time.monotonic() >= self._ack_due_s:
                self._acknowledge(self._server.replication.history.offset)
            if self._may_read(self._ack_due_s - time.monotonic()):
                return self._receive()
            if self._is_silent():
                raise LinkLost("MASTER timeout: no data nor PING received...")

    def _may_read(self, seconds: float) -> bool:
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            return bool(selector.select(max(seconds, 0)))

    def _is_silent(self) -> bool:
        with locked(self._server):
            self._check()
            silent_ms = self._server.clock.now_ms - self._following.heard_ms
        return bool(silent_ms > self._server.config["repl-timeout"] * 1000)

    def _acknowledge(self, offset: int) -> None:
        """Tell the master that we have all of the stream up to here, and how much of it is on our disk.

        What is acknowledged is written to our own log first, as before a reply to any client.
        """
        self._ack_due_s = time.monotonic() + ACK_SECONDS
        server, log = self._server, self._server.log
        with locked(server):
            have, position = server.replication.history.offset, log.logged
        log.flush_before_reply(position)
        synced = self._following.synced.look(have, position, log.synced)
        words = [b"REPLCONF", b"ACK", b"%d" % offset]
        if log.is_on:
            words += [b"FACK", b"%d" % (synced if log.is_whole else 0)]
        self._socket.sendall(encode_command(words))

    def _cut(self) -> None:
        """End the wait for the master: CLIENT KILL, another REPLICAOF, the end."""
        with contextlib.suppress(OSError, AttributeError):  # it has ended already, or there was none
            self._socket.shutdown(socket.SHUT_RDWR)
