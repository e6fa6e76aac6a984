"""The link to a master: the thread "master" connects, introduces itself, receives all data and the stream.

    connect ─> handshake ─┬─ FULL ──> the file, into a temporary one ──> adopt it ─┐
       ^                  └─ PARTIAL ──────────────────────────────────────────────┴─> the stream
       └── a second later, whenever anything goes wrong

It tells the master once a second how far it is, and at once if it is asked.  What is done with the data and
the stream is in server/following.py; this thread takes the lock for it.
"""

import contextlib
import os
import socket
import time
from collections import deque
from typing import Any

from redis_clone import logging
from redis_clone.features.persistence.aof_reader import BadFormat
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.features.replication.handshake import (
    FULL,
    LONGEST_LINE,
    Handshake,
    HandshakeFailed,
    Outcome,
)
from redis_clone.features.replication.transfer import BadTransfer, Transfer
from redis_clone.network import tls
from redis_clone.network.connection import format_address
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.stream import CHUNK, LineTooLong
from redis_clone.server import following as replica
from redis_clone.server.following import Following, Received
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client, Server

ACK_SECONDS = 1.0
LEAST_WAIT_S = 0.001  # for the next bytes; with 0 the socket would not wait at all, and raise another error


TIMEOUTS = {  # what the log says, by the state of the link
    replica.CONNECTING: "Timeout connecting to the MASTER...",
    replica.HANDSHAKE: "Timeout connecting to the MASTER...",
    replica.SYNC: (
        "Timeout receiving bulk data from MASTER... If the problem persists try to set the 'repl-timeout' "
        "parameter in redis.conf to a larger value."
    ),
}


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
        except (OSError, LinkLost, HandshakeFailed, BadTransfer) as problem:
            if not self.is_over:
                logging.warning(self._explained(problem))
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
        with self._connect(timeout_s) as self._socket:
            self._unread = b""
            self._set_state(replica.HANDSHAKE)
            outcome = self._introduce()
            if outcome.kind == FULL:
                self._set_state(replica.SYNC)
                self._receive_all(outcome)
            else:
                with locked(server):
                    self._check()
                    replica.go_on_under(server, outcome.replid)
            self._receive_stream()

    def _connect(self, timeout_s: float) -> socket.socket:
        """A connection to the master, at the first of its addresses that answers.  OSError."""
        problem: OSError | None = None
        for family, address in self._addresses():
            self._socket = socket.socket(family)  # already here, so that _cut() ends the wait
            self._socket.settimeout(timeout_s)
            try:
                self._socket.connect(address)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._server.config["tls-replication"]:
                    return tls.secured_as_client(self._socket, self._server.config)
                return self._socket
            except OSError as error:
                self._socket.close()
                problem = error
        raise problem or OSError("the master's name has no address")

    def _addresses(self) -> list[tuple[int, Any]]:
        """Those of the host, each with its family.  OSError, also for a text that cannot be a name."""
        host, port = self._following.host, self._following.port
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except ValueError as problem:  # a zero byte, or a label that is too long
            raise OSError(f"no host has the name {host!r}: {problem}") from None
        return [(family, address) for family, _, _, _, address in found]

    def _explained(self, problem: Exception) -> str:
        """What the log says of it."""
        if isinstance(problem, TimeoutError):
            return TIMEOUTS.get(self._following.state, "MASTER timeout: it reads nothing any more")
        if isinstance(problem, OSError):
            return f"Error condition on socket for SYNC: {problem.strerror or problem}"
        return str(problem)

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
            handshake = Handshake(replica.introduction(server), position)
        self._socket.sendall(handshake.begin())
        while handshake.outcome is None:
            answer = handshake.receive(self._read_line())
            if answer:
                self._socket.sendall(answer)
        return handshake.outcome

    def _read_line(self) -> bytes:
        while b"\n" not in self._unread:
            if len(self._unread) > LONGEST_LINE:
                raise HandshakeFailed("The master answers by a line without an end.")
            self._unread += self._receive()
        line, _, self._unread = self._unread.partition(b"\n")
        return line.rstrip(b"\r")

    def _receive(self, at_most: int = CHUNK) -> bytes:
        """The next bytes, whatever they are."""
        data = self._socket.recv(at_most)
        if not data:
            raise LinkLost("The master has closed the connection.")
        self._following.heard_ms = self._server.clock.now_ms
        self._server.stats.replication_input += len(data)
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
            client = replica.new_link_client(server, mine, format_address(self._socket.getpeername()))
            client.local_address = format_address(self._socket.getsockname())
            client.descriptor = self._socket.fileno()
            client.output_buffer.wake = self._cut  # for nothing else is ever put into the buffer
        self._acknowledge()
        come: deque[Received] = deque()  # transactions that are to be run

        def receive(at_most: int) -> bytes:
            """The next bytes; what has come as a whole is run before more is waited for."""
            self._apply(client, come)
            data, self._unread = self._unread[:at_most], self._unread[at_most:]
            return data or self._receive_more(at_most)

        for transaction in replica.read_stream(receive):
            come.append(transaction)

    def _apply(self, client: Client, transactions: deque[Received]) -> None:
        """Run the transactions, for a time slice at a time."""
        is_asked = False
        while transactions:
            with locked_outside_scripts(self._server):
                self._check()
                is_asked = replica.apply(client, transactions) or is_asked
        if is_asked:
            self._acknowledge()

    def _receive_more(self, at_most: int) -> bytes:
        """The next bytes of the stream; meanwhile the master hears of us once a second."""
        while True:
            if time.monotonic() >= self._ack_due_s:
                self._acknowledge()
            self._socket.settimeout(max(self._ack_due_s - time.monotonic(), LEAST_WAIT_S))
            with contextlib.suppress(TimeoutError):
                return self._receive(at_most)
            if self._is_silent():
                raise LinkLost("MASTER timeout: no data nor PING received...")

    def _is_silent(self) -> bool:
        with locked(self._server):
            self._check()
            silent_ms = self._server.clock.now_ms - self._following.heard_ms
        return bool(silent_ms > self._server.config["repl-timeout"] * 1000)

    def _acknowledge(self) -> None:
        self._ack_due_s = time.monotonic() + ACK_SECONDS
        offset = self._server.replication.history.offset
        self._socket.settimeout(self._server.config["repl-timeout"])
        self._socket.sendall(encode_command([b"REPLCONF", b"ACK", b"%d" % offset]))

    def _cut(self) -> None:
        """End the wait for the master: CLIENT KILL, another REPLICAOF, the end."""
        with contextlib.suppress(OSError, AttributeError):  # it has ended already, or there was none
            tls.cut(self._socket)
