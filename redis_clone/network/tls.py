"""TLS: the connections of `tls-port`, with `tls-replication` the link of a replica to its master, and with
`tls-cluster` the bus.

Python's ssl does it, with the contexts that tls_context.py makes.

The handshake is done in the connection's own thread (connection.py), because it takes two round trips, and a
client that never finishes it must not delay the others.  After it an SSLSocket is used like any socket, with
four differences; the functions of this module take care of them:
  * bytes may wait decrypted in ssl's own buffer, where no selector sees them (`waiting_bytes`);
  * one cannot look at the next byte without removing it, so whether the client has hung up is asked of the
    operating system (`has_hung_up`);
  * SSLSocket.shutdown() removes the encryption first, while another thread may be sending; so a connection is
    closed by the plain shutdown of its socket (`cut`);
  * a message of the protocol itself, such as a change of keys, looks like data to a selector.  recv() then
    waits for the data behind it, and messages for this client wait too: a limit that we accept.
"""

from __future__ import annotations

import select
import selectors
import socket
import sys
from typing import TYPE_CHECKING, Any

from redis_clone.config.values import Config, ConfigError

if TYPE_CHECKING:
    import ssl

HANDSHAKE_SECONDS = 5.0
TLS_PARAMETERS = (
    "tls-auth-clients", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file", "tls-ciphers",
    "tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass", "tls-cluster",
    "tls-dh-params-file", "tls-key-file", "tls-key-file-pass", "tls-prefer-server-ciphers", "tls-protocols",
    "tls-replication", "tls-session-caching",
)  # fmt: skip


def secured(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Do the handshake.  OSError when the client does not, or takes too long."""
    connection.settimeout(HANDSHAKE_SECONDS)
    secure = context.wrap_socket(connection, server_side=True)
    secure.settimeout(None)
    return secure


def secured_as_client(connection: socket.socket, config: Config) -> ssl.SSLSocket:
    """Do the handshake of a replica with its master.  OSError when that fails."""
    from redis_clone.network.tls_context import make_client_context  # here, because it loads all of OpenSSL

    try:
        return make_client_context(config).wrap_socket(connection)
    except ConfigError as problem:  # the files may have changed since the parameters were set
        raise OSError(str(problem)) from None


# Connections that do not block: those of the cluster's bus.


def wrapped(connection: socket.socket, context: ssl.SSLContext, is_inbound: bool) -> ssl.SSLSocket:
    """The connection with TLS, before its handshake."""
    return context.wrap_socket(connection, server_side=is_inbound, do_handshake_on_connect=False)


def shake_hands(connection: Any) -> int:
    """Go on with the handshake of a wrapped connection; returns the event that it waits for, 0 at the end.

    OSError when it fails.
    """
    import ssl  # it is loaded by now

    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        return selectors.EVENT_READ
    except ssl.SSLWantWriteError:
        return selectors.EVENT_WRITE
    return 0


def must_wait(problem: OSError) -> bool:
    """Whether a connection, with TLS or without, could not send or receive only because it would block."""
    if isinstance(problem, BlockingIOError):
        return True
    ssl = sys.modules.get("ssl")
    return ssl is not None and isinstance(problem, (ssl.SSLWantReadError, ssl.SSLWantWriteError))


def waiting_bytes(connection: socket.socket) -> int:
    """The number of bytes that are decrypted already and that no selector sees."""
    if not hasattr(connection, "pending"):  # only ssl's sockets have it
        return 0
    waiting: int = connection.pending()
    return waiting


def has_hung_up(connection: socket.socket) -> bool:
    """Has the peer of a TLS connection closed its side?  Only on Linux is this known without reading."""
    if sys.platform == "win32" or not hasattr(select, "POLLRDHUP"):
        return False
    try:
        poll = select.poll()
        poll.register(connection, select.POLLRDHUP)
        return bool(poll.poll(0))
    except (OSError, ValueError):  # our side is closed
        return True


def cut(connection: socket.socket) -> None:
    """Shut a connection down in both directions, from any thread.  OSError when it has ended already."""
    socket.socket.shutdown(connection, socket.SHUT_RDWR)
