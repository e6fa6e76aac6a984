"""A connection and its thread: read a pipeline, run its commands, send their replies before waiting again.

Three rules:
  1. Only this thread reads and writes this socket.
  2. The replies to all commands of a pipeline are sent together, just before the thread waits for more
     bytes.  So a pipeline of sixteen commands costs one send, and no reply is held back by a wait.  When they
     are many, they are sent in parts, unless `client-output-buffer-limit` bounds what they may be together.
  3. A client that may get messages waits for its socket and for its wake-up pipe at once.  The pipe is a
     socketpair, made at first need; a thread that appends to the client's output buffer wakes it
     (protocol/output_buffer.py).  A blocked client waits like this too: its reply comes through the buffer.

A client that closes its connection, even in the middle of a command, is logged at the level verbose only.
"""

import contextlib
import selectors
import socket
import socketserver
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from redis_clone import logging
from redis_clone.features.persistence.disk import log_refusal
from redis_clone.network import tls
from redis_clone.network.command_trace import show_bytes, show_command
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.output_buffer import FREE_BYTES, OutputBufferFull
from redis_clone.protocol.pipelines import Pipeline, PipelineReader
from redis_clone.protocol.replies import encode
from redis_clone.protocol.resp import ProtocolError, QueryBufferFull
from redis_clone.protocol.stream import CHUNK, LineTooLong, Stream
from redis_clone.server.blocked_clients import encode_reply
from redis_clone.server.client_info import client_info_line
from redis_clone.server.clients import (
    close_if_overfull,
    end_wait_if_over,
    free_client,
    record_full_query_buffer,
    record_protocol_error,
    record_sent,
    take_output,
)
from redis_clone.server.locking import execute_pipeline, locked
from redis_clone.server.replicas import take_sign_of_life
from redis_clone.server.state import Client, Server

if TYPE_CHECKING:
    import ssl

LONGEST_WAIT = 3600.0  # seconds
# After each send to a replica, so that what many clients write meanwhile goes in one; without pipelines it
# would be one send for each command.  Redis sends once in each round of its event loop.
GATHER_SECONDS = 0.001
# The selector without a limit of sockets and without a file descriptor of its own.
POLLER = getattr(selectors, "PollSelector", selectors.DefaultSelector)
OUT_OF_MEMORY = RedisError("ERR out of memory: the system has no more for this command")
INTERNAL_ERROR = RedisError("ERR internal error: this is a bug in the server, see its log")


class NotLogged(Exception):
    """Changes of the client are not in the log, so they must not be acknowledged."""


class Connection(socketserver.BaseRequestHandler):
    """Serves one client; socketserver makes one in a thread of its own for each client."""

    request: socket.socket
    client_address: Client  # made by the Listener; socketserver takes it for an address
    server: "HasState"

    def handle(self) -> None:
        client = self.client = self.client_address
        self._state = self.server.state
        self._stream = Stream(self._receive)
        self._replies = bytearray()
        self._wake_up_pipe: WakeUpPipe | None = None
        self._waking = threading.Lock()  # held to wake this thread, and to end: see _end_waking()
        self._has_ended = False
        client.output_buffer.wake = self._wake
        client.output_buffer.has_hung_up = self._is_gone
        client.delay_sending = self._delay_sending
        client.thread = threading.current_thread()
        client.thread.name = f"client-{client.id}"
        try:
            self._set_options()
            if self.server.tls is not None:
                self.request = tls.secured(self.request, self.server.tls)
            self._serve()
        except QueryBufferFull:
            record_full_query_buffer(self._state)
            logging.warning(f"Closing client that reached max query buffer length: {self._info_line()}")
        except MemoryError:
            logging.warning(f"Out of memory for what client id={client.id} addr={client.address} sends")
        except (EOFError, OSError, OutputBufferFull, LineTooLong, NotLogged) as reason:
            logging.verbose(f"Client id={client.id} addr={client.address} closed: {reason or 'it left'}")
        finally:
            if client.output_buffer.overflowed:
                logging.warning(f"Client {self._info_line()} closed for overcoming of output buffer limits.")
            free_client(client)
            self._end_waking()
            if self.server.tls is not None:
                self.request.close()  # socketserver knows only the socket that it was made from

    def finish(self) -> None:
        """Drop the references back to us, or a closed connection would wait for the garbage collector."""
        self.client.output_buffer.disconnect()
        self.client.delay_sending = bool
        del self._stream

    def _serve(self) -> None:
        client, state = self.client, self._state
        reader = PipelineReader(self._stream, state.limits)
        try:
            while not client.output_buffer.close_after_reply:
                pipeline = reader.next(client.authenticated or state.users.default_lets_in)
                if pipeline is None:
                    break
                client.query_bytes = self._stream.unread
                if not pipeline:  # an empty line
                    with locked(state):
                        take_sign_of_life(client)
                while pipeline and not client.output_buffer.close_after_reply:
                    self._execute(pipeline)
                del pipeline  # frees its arguments while we wait for more
        except ProtocolError as error:
            logging.verbose(f"{error} from client id={client.id} addr={client.address}")
            record_protocol_error(client, error)
            self._replies += encode_reply(client, error)
        if self._replies:
            self._send(self._replies)

    def _info_line(self) -> str:
        """The line of the client in CLIENT LIST."""
        with locked(self._state):
            return client_info_line(self.client).decode("latin-1")

    def _execute(self, pipeline: Pipeline) -> None:
        """Run at least one command of the pipeline; if it blocks the client, wait until it is unblocked."""
        if self._state.shows_commands:
            is_blocked = self._run_and_show(pipeline.popleft())
        else:
            is_blocked = self._run(pipeline)
        limits = self._state.output_buffer_limits
        if len(self._replies) - FREE_BYTES >= limits.smallest and close_if_overfull(self.client):
            raise OutputBufferFull
        if len(self._replies) > CHUNK and not limits.holds_replies:
            self._send(self._replies)
        if is_blocked:
            self._wait_until_unblocked()

    def _run(self, pipeline: Pipeline) -> bool:
        """Run commands; returns whether the client is blocked now.  A bug is logged and replied to."""
        try:
            return execute_pipeline(self.client, pipeline, self._replies)
        except MemoryError:  # the real server would exit here
            logging.warning(f"Out of memory while running {self._last_command()}")
            self._replies += encode_reply(self.client, OUT_OF_MEMORY)
        except Exception:  # a bug; only here is everything caught, so that the client stays connected
            logging.bug(f"Error while running {self._last_command()}")
            self._replies += encode_reply(self.client, INTERNAL_ERROR)
        return False

    def _last_command(self) -> str:
        """The client's last command and its id, for the log."""
        command = self.client.last_command
        return f"{command and command.name} for client id={self.client.id}"

    def _run_and_show(self, argv: list[bytes]) -> bool:
        """Run one command, and log it with its reply, or have it recorded for the page."""
        begin = len(self._replies)
        with self._state.watch.recording(self.client, argv, self._replies):
            is_blocked = self._run(deque([argv]))
        if self._state.logs_commands:
            show_command(self.client, argv, bytes(self._replies[begin:]))
        return is_blocked

    def _receive(self, at_most: int) -> bytes:
        """The next bytes from the client.  The replies that have gathered are sent first."""
        client = self.client
        if self._replies:
            self._send(self._replies)
        elif client.logged > self._state.log.safe:
            self._flush_log()  # after CLIENT REPLY OFF
        if client.transaction.queued_bytes > self._state.limits.command_bytes:
            raise QueryBufferFull  # queued commands count too; in 7.0 they do not
        if client.output_buffer.takes_pushes:
            self._wait_for_either()
        received = self.request.recv(at_most)
        client.reads += 1
        client.query_bytes += len(received)
        client.input_bytes += len(received)
        if self._state.shows_bytes:
            show_bytes(client, "<", received)
        return received

    def _wait_for_either(self) -> None:
        """Return when the client has sent something; until then send the messages in its output buffer."""
        wake_up_pipe = self._get_wake_up_pipe()
        while True:
            if self.client.output_buffer:  # looked at first: it may be filled since before the pipe was made
                self._send_messages()
                if self.client.is_replica:
                    time.sleep(GATHER_SECONDS)
            elif self.client.output_buffer.close_after_reply:
                raise EOFError("all was sent")
            if wake_up_pipe.wait():
                return

    def _wait_until_unblocked(self) -> None:
        """Wait until the reply of a blocked client is in its output buffer, or its time is up.

        A command that CLIENT PAUSE postpones waits here too.  Bytes that the client sends meanwhile are read
        ahead, so a client that disconnects is noticed at once and gets no element of a list.
        """
        if self._replies:
            self._send(self._replies)
        wake_up_pipe = self._get_wake_up_pipe()
        while not self.client.output_buffer.close_asap:
            if not self._send_messages():
                return
            seconds_left = end_wait_if_over(self.client)
            if seconds_left != 0 and wake_up_pipe.wait(seconds_left) and not self._stream.read_ahead():
                raise EOFError
            if self._stream.unread > self._state.limits.command_bytes:
                raise QueryBufferFull

    def _get_wake_up_pipe(self) -> "WakeUpPipe":
        if self._wake_up_pipe is None:
            self._wake_up_pipe = WakeUpPipe(self.request)
        return self._wake_up_pipe

    def _send_messages(self) -> bool:
        """Send the messages in the output buffer; returns whether the client was still blocked then."""
        messages, is_blocked = take_output(self.client)
        if messages:
            self._send(bytearray(messages))
        return is_blocked

    def _wake(self) -> None:
        """Other threads call this when they have filled the output buffer or want the connection to close."""
        with self._waking:
            if self._has_ended:
                return
            if self.client.output_buffer.close_asap:
                with contextlib.suppress(OSError):
                    tls.cut(self.request)  # ends a recv or a send that blocks
            elif self._wake_up_pipe is not None:
                self._wake_up_pipe.wake()

    def _end_waking(self) -> None:
        """From now on no thread wakes this one: once its sockets are closed, others may get their numbers."""
        with self._waking:
            self._has_ended = True
            if self._wake_up_pipe is not None:
                self._wake_up_pipe.close()

    def _is_gone(self) -> bool:
        """Whether the client has hung up: looks at the socket without reading from it.

        A thread that is about to give an element to our blocked client calls this.  Our own thread would
        notice too, but perhaps a moment later, and then the element would be lost.
        """
        if self.server.tls is not None:
            return tls.has_hung_up(self.request)
        if not hasattr(socket, "MSG_DONTWAIT"):
            return False  # Windows cannot look without waiting
        try:
            return not self.request.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False  # there is nothing to read, not even the end
        except OSError:
            return True

    def _send(self, data: bytearray) -> None:
        """Send `data` and empty it, once the changes that it reports are in the log."""
        client = self.client
        if client.logged > self._state.log.safe:
            self._flush_log()
        client.output_buffer.sending = len(data)
        self.request.sendall(data)
        client.output_buffer.sending = 0
        if len(data) > CHUNK or client.output_buffer.is_above_soft_limit:
            record_sent(client)
        client.writes += 1
        client.output_bytes += len(data)
        if client.is_replica:
            client.replication_output += len(data)
        if self._state.shows_bytes:
            show_bytes(client, ">", bytes(data))
        data.clear()

    def _flush_log(self) -> None:
        """Have what the replies report written to the log; the connection ends if the disk refuses that.

        Redis sends the replies of that moment all the same, and a crash would lose what they acknowledge.
        Here one error line takes their place, the one that all later writing commands get.  Replies to
        commands that only read are sent, as there.
        """
        client, log = self.client, self._state.log
        log.flush_before_reply(client.logged)
        if log.broken or log.safe < client.acknowledges:
            if not log.broken:
                self.request.sendall(encode(RedisError(log_refusal(log.error))))
            raise NotLogged("its changes could not be written to the append-only file")

    def _set_options(self) -> None:
        if self.request.family in (socket.AF_INET, socket.AF_INET6):
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            keepalive = self._state.config["tcp-keepalive"]
            self.request.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(keepalive > 0))
            if keepalive and hasattr(socket, "TCP_KEEPIDLE"):  # three probes within the same time again
                probes = {
                    "TCP_KEEPIDLE": keepalive,
                    "TCP_KEEPINTVL": max(keepalive // 3, 1),
                    "TCP_KEEPCNT": 3,
                }
                for name, value in probes.items():
                    self.request.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)

    def _delay_sending(self) -> None:
        """Let the system gather small packets from now on, as for a replica with repl-disable-tcp-nodelay."""
        with contextlib.suppress(OSError):  # a Unix socket has no such option
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)


class HasState(socketserver.BaseServer):
    """A socketserver with our state, and with TLS if it has a context for it."""

    state: Server
    tls: "ssl.SSLContext | None"


class WakeUpPipe:
    """Lets a thread wait for its socket and for wake() from another thread, whichever comes first."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._write_end, self._read_end = socket.socketpair()
        self._write_end.setblocking(False)
        self._selector = POLLER()
        self._selector.register(connection, selectors.EVENT_READ, "connection")
        self._selector.register(self._read_end, selectors.EVENT_READ, "wake-up pipe")

    def wake(self) -> None:
        """End the wait of the connection's thread, or its next one."""
        with contextlib.suppress(BlockingIOError, OSError):  # full, so it wakes already; or closed
            self._write_end.send(b"!")

    def wait(self, seconds: float | None = None) -> bool:
        """True when the connection can be read, False when it was only woken, or the time is up."""
        if tls.waiting_bytes(self._connection):
            return True
        if seconds is not None:
            seconds = min(seconds, LONGEST_WAIT)  # the system counts in 32 bits; the caller waits again
        ready = {key.data for key, _ in self._selector.select(seconds)}
        if "wake-up pipe" in ready:
            self._read_end.recv(CHUNK)
        return "connection" in ready

    def close(self) -> None:
        self._selector.close()
        self._write_end.close()
        self._read_end.close()


def format_address(address: Any) -> str:
    """An address of Python's sockets as CLIENT LIST shows it.

    >>> format_address(("127.0.0.1", 6379)), format_address("/tmp/redis.sock")
    ('127.0.0.1:6379', '/tmp/redis.sock:0')
    """
    if isinstance(address, tuple):
        host, port = address[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"{address!s}:0" if address else "unixsocket:0"
