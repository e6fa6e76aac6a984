"""The link to a master: the thread "master" connects, introduces itself, receives all data and the stream.

    connect ─> handshake ─┬─ FULL ──┬─> onto the disk ─> load the file ─┐
       ^                  │         └─> load it while it comes ─────────┤
       │                  └─ PARTIAL ───────────────────────────────────┴─> the stream
       └── at once when the stream breaks off, a second later when it had not begun

It tells the master once a second how far it is, and at once if it is asked: REPLCONF ACK, and with an
append-only file FACK, which is how far that is synced (since 7.2); while it loads, a newline must do.  What
is done with the data is in server/full_load.py, and with the stream in server/following.py; this thread takes
the lock for it.
"""

import contextlib
import os
import socket
import time
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any

from redis_clone import logging
from redis_clone.features.persistence.aof_reader import BadFormat
from redis_clone.features.persistence.progress import File
from redis_clone.features.persistence.rdb_file import pause
from redis_clone.features.persistence.rdb_reader import BadRdb
from redis_clone.features.persistence.whole_file import WholeFile
from redis_clone.features.replication.handshake import (
    FULL,
    LONGEST_LINE,
    REJECTED,
    Handshake,
    HandshakeFailed,
    Outcome,
)
from redis_clone.features.replication.transfer import BadTransfer, IncomingFile
from redis_clone.network import tls
from redis_clone.network.command_trace import show_command, shown_command
from redis_clone.network.connection import format_address
from redis_clone.protocol.replies import encode_command
from redis_clone.protocol.stream import CHUNK, LineTooLong
from redis_clone.server import following as replica
from redis_clone.server.failover import abort_failover, end_failover
from redis_clone.server.following import Following, Received
from redis_clone.server.full_load import begin_full_load, end_full_load, parses_from_socket
from redis_clone.server.locking import locked, locked_outside_scripts
from redis_clone.server.state import Client, Server

ACK_SECONDS = 1.0
NAP_SECONDS = 0.005  # between two looks at whether a pause is over
LEAST_WAIT_SECONDS = 0.001  # for the next bytes; with 0 the socket would not wait, and raise another error


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
        self._socket: socket.socket  # once there was a connection
        self._unread = b""  # received, and of the next part
        self._ack_due_s = 0.0  # when the master is to hear of us
        following.cut = self._cut

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
            self._end_failover(outcome)
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
            handshake = Handshake(replica.introduction(server), position, server.failover.is_in_progress)
        self._say(handshake, handshake.begin())
        while handshake.outcome is None:
            line = self._read_line()
            logging.debug(f"From the master: {line.decode('latin-1')}")
            if answer := handshake.receive(line):
                self._say(handshake, answer)
        return handshake.outcome

    def _end_failover(self, outcome: Outcome) -> None:
        """End a failover, if there is one: the other server has become the master, or has refused."""
        server = self._server
        with locked(server):
            self._check()
            if outcome.kind == REJECTED:
                abort_failover(server, "Failover target rejected psync request")
            elif server.failover.is_in_progress:
                end_failover(server)
            self._check()

    def _say(self, handshake: Handshake, data: bytes) -> None:
        """Send the next commands of the handshake; the log tells what they ask for."""
        for argv in handshake.said:
            if argv[:2] == [b"PSYNC", b"?"]:
                logging.notice("Partial resynchronization not possible (no cached master)")
            elif argv[0] == b"PSYNC":
                request = b":".join(argv[1:3]).decode()
                logging.notice(f"Trying a partial resynchronization (request {request}).")
            logging.debug(f"To the master: {shown_command(argv)}")
        self._socket.sendall(data)

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
        """Replace all our data by those of the file that comes."""
        server, mine = self._server, self._following
        logging.notice(f"Full resync from master: {outcome.replid}:{outcome.offset}")
        file = IncomingFile(self._receive_unread)
        file.begin()
        mine.total_bytes, mine.read_bytes = file.length, 0
        with locked(server):
            self._check()
            from_socket = parses_from_socket(server)
        what = f"{file.length} bytes from master" if file.length else "streamed RDB from master with EOF"
        logging.notice(f"MASTER <-> REPLICA sync: receiving {what} to {'parser' if from_socket else 'disk'}")
        if from_socket:
            self._load(file, file.length, outcome)
        else:
            self._load_from_disk(file, outcome)
        self._unread = file.rest

    def _receive_unread(self) -> bytes:
        data, self._unread = self._unread, b""
        return data or self._receive()

    def _load_from_disk(self, incoming: IncomingFile, outcome: Outcome) -> None:
        """Receive the file as a whole; it takes the place of our RDB file, and is loaded."""
        folder = self._server.config["dir"]
        with _disk_errors_explained():
            whole = WholeFile(folder, self._server.config["dbfilename"])
        with whole:
            while piece := incoming.read(CHUNK):
                with _disk_errors_explained():
                    whole.write(piece)
                self._following.read_bytes = incoming.tell()
            with _disk_errors_explained():
                whole.finish()
            with open(os.path.join(folder, whole.temporary), "rb", buffering=0) as file:
                self._load(file, incoming.tell(), outcome, whole)

    def _load(self, file: File, total_bytes: int, outcome: Outcome, whole: WholeFile | None = None) -> None:
        """Load the file, from the socket unless it is on the disk as a whole."""
        server, mine = self._server, self._following
        with locked_outside_scripts(server):
            self._check()
            job = begin_full_load(server, mine, outcome.replid, total_bytes, from_socket=whole is None)
        loaded = None
        try:
            if whole is not None:
                with _disk_errors_explained():
                    whole.publish()  # nobody saves any more, so nothing replaces it
            loaded = job.load(file, self._pause_loading)
        except BadRdb as problem:
            where = "disk" if whole else "socket"
            raise LinkLost(
                f"Failed trying to load the MASTER synchronization DB from {where}: {problem}"
            ) from None
        finally:
            with locked_outside_scripts(server):
                end_full_load(server, mine, job, None if self.is_over else loaded, outcome)

    def _pause_loading(self, seconds: float) -> None:
        """Between two parts of the file: LinkLost when there is no use in going on."""
        if time.monotonic() >= self._ack_due_s:
            self._ack_due_s = time.monotonic() + ACK_SECONDS
            with contextlib.suppress(OSError):  # the master has gone; what came may be loaded all the same
                self._socket.sendall(b"\n")
        pause(seconds, lambda: self.is_over)
        if self.is_over:
            raise LinkLost("")

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
        offset = server.replication.history.offset
        logging.debug(f"To the master: REPLCONF ACK {offset}; the stream goes on from there")
        self._acknowledge(offset)
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
        if self._server.shows_commands:
            for argv in chain.from_iterable(each.commands for each in transactions):
                show_command(client, argv, b"")
        while transactions:
            with locked_outside_scripts(self._server):
                self._check()
                asked = replica.apply(client, transactions)
                is_paused = self._server.pause.is_on
            for offset in asked:
                self._acknowledge(offset)
            if is_paused:
                time.sleep(NAP_SECONDS)
                self._acknowledge_if_due()

    def _receive_more(self, at_most: int) -> bytes:
        """The next bytes of the stream; meanwhile the master hears of us once a second."""
        while True:
            self._acknowledge_if_due()
            self._socket.settimeout(max(self._ack_due_s - time.monotonic(), LEAST_WAIT_SECONDS))
            with contextlib.suppress(TimeoutError):
                return self._receive(at_most)
            if self._is_silent():
                raise LinkLost("MASTER timeout: no data nor PING received...")

    def _is_silent(self) -> bool:
        with locked(self._server):
            self._check()
            silent_ms = self._server.clock.now_ms - self._following.heard_ms
        return bool(silent_ms > self._server.config["repl-timeout"] * 1000)

    def _acknowledge_if_due(self) -> None:
        if time.monotonic() >= self._ack_due_s:
            self._acknowledge(self._server.replication.history.offset)

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
        self._socket.settimeout(server.config["repl-timeout"])
        self._socket.sendall(encode_command(words))

    def _cut(self) -> None:
        """End the wait for the master: CLIENT KILL, another REPLICAOF, the end."""
        with contextlib.suppress(OSError, AttributeError):  # it has ended already, or there was none
            tls.cut(self._socket)


@contextlib.contextmanager
def _disk_errors_explained() -> Iterator[None]:
    """LinkLost for an error of the disk, lest it be taken for one of the socket."""
    try:
        yield
    except OSError as problem:
        raise LinkLost(
            "Write error or short write writing to the DB dump file needed for MASTER <-> REPLICA "
            f"synchronization: {problem.strerror}"
        ) from None
