"""TLS: the connections of `tls-port`, by Python's ssl, which tls_context.py has made ready.

The handshake is done in the connection's own thread (connection.py), for it takes two journeys over the net,
and who never finishes it must hold up nobody else.  After it an SSLSocket is used as any socket, with four
differences that the rest of network/ asks about here:
  * bytes may wait decrypted in ssl's own buffer, where no selector sees them (`waiting_bytes`);
  * one cannot look at the next byte without taking it, so whether the peer is gone is asked of the operating
    system (`has_hung_up`);
  * SSLSocket.shutdown() drops the encryption first, under the feet of the thread that is sending; so a
    connection is cut by `cut`, which is the plain one;
  * a message of the protocol itself, such as a change of keys, looks like data to a selector.  recv() then
    waits for the data behind it, and what others have for this client waits too: a limit that we admit.
"""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

HANDSHAKE_SECONDS = 5.0
TLS_PARAMETERS = (
    "tls-auth-clients", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file", "tls-ciphers",
    "tls-dh-params-file", "tls-key-file", "tls-key-file-pass", "tls-prefer-server-ciphers", "tls-protocols",
    "tls-session-caching",
)  # fmt: skip


def secured(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Shake hands.  OSError when the client does not, or takes too long."""
    connection.settimeout(HANDSHAKE_SECONDS)
    secure = context.wrap_socket(connection, server_side=True)
    secure.settimeout(None)
    return secure


def waiting_bytes(connection: socket.socket) -> int:
    """What is here already, though no selector knows of it."""
    if not hasattr(connection, "pending"):  # which ssl's sockets alone have
        return 0
    waiting: int = connection.pending()
    return waiting


def has_hung_up(connection: socket.socket) -> bool:
    """Has the peer of a TLS connection closed its side?  Only Linux tells without reading."""
    if not hasattr(select, "POLLRDHUP"):
        return False
    try:
        poll = select.poll()
        poll.register(connection, select.POLLRDHUP)
        return bool(poll.poll(0))
    except (OSError, ValueError):  # it is closed on our side
        return True


def cut(connection: socket.socket) -> None:
    """End a connection in both directions, whichever thread is using it.  OSError when it has ended."""
    socket.socket.shutdown(connection, socket.SHUT_RDWR)
