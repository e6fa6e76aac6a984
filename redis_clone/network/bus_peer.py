"""One connection of the cluster bus: what was received and not read yet, what is to be sent, and TLS.

Nothing here waits: what cannot be done now returns, and network/cluster_bus.py calls again when the selector
says that it can.
"""

import socket
from typing import TYPE_CHECKING

from redis_clone import logging
from redis_clone.features.cluster.actions import Link
from redis_clone.features.cluster.messages import BadFrame, Message, decode, frame_length
from redis_clone.network import tls
from redis_clone.protocol.stream import CHUNK

if TYPE_CHECKING:
    import ssl


class Peer:
    """A connection, from connect or accept to its end.  What ends it is raised as OSError."""

    def __init__(self, connection: socket.socket, link: Link) -> None:
        self.socket = connection
        self.link = link
        self.unread = bytearray()  # the beginning of a frame
        self.unsent = bytearray()
        self.is_connecting = not link.is_inbound
        self.is_shaking_hands = False  # those of TLS

    @property
    def is_open(self) -> bool:
        return not (self.is_connecting or self.is_shaking_hands)

    def finish_connecting(self) -> None:
        """The attempt to connect has ended."""
        problem = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if problem:
            raise OSError(problem, "no connection")
        self.is_connecting = False
        self.link.own_address = self.socket.getsockname()[0]
        self.link.address = self.socket.getpeername()[0]

    def begin(self, context: "ssl.SSLContext | None") -> None:
        """There is a connection: set its options, and with TLS begin with a handshake."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if context is not None:
            self.socket = tls.wrapped(self.socket, context, self.link.is_inbound)
            self.is_shaking_hands = True

    def shake_hands(self) -> int:
        """Go on with the handshake, if there is one; returns the event that it waits for, 0 at its end."""
        waits_for = tls.shake_hands(self.socket) if self.is_shaking_hands else 0
        self.is_shaking_hands = waits_for != 0
        return waits_for

    def receive(self) -> list[Message]:
        """The messages that have come as a whole.  EOFError at the end; BadFrame when it is no bus."""
        try:
            data = self.socket.recv(CHUNK)
        except OSError as problem:
            if tls.must_wait(problem):
                return []
            raise
        if not data:
            raise EOFError
        self.unread += data
        return _take_messages(self.unread)

    def send(self) -> None:
        """Send what can be sent now."""
        if not self.unsent or not self.is_open:
            return
        try:
            del self.unsent[: self.socket.send(self.unsent)]
        except OSError as problem:
            if not tls.must_wait(problem):
                raise
        self.link.unsent_bytes = len(self.unsent)


def _take_messages(unread: bytearray) -> list[Message]:
    """Cut whole frames off the front of what was received, and decode them.  BadFrame ends the connection."""
    messages = []
    while (length := frame_length(unread)) and len(unread) >= length:
        frame = bytes(unread[:length])
        del unread[:length]
        try:
            messages.append(decode(frame))
        except BadFrame as problem:
            logging.warning(str(problem))  # a frame of another version: the next one may be good
    return messages
