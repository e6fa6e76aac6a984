"""TLS: the connections of `tls-port`, by Python's ssl, from the tls-* parameters.

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

import select
import socket
import ssl
import warnings

from redis_clone.config.values import Config, ConfigError

HANDSHAKE_SECONDS = 5.0
PROTOCOLS = {
    "tlsv1": (ssl.TLSVersion.TLSv1, ssl.OP_NO_TLSv1),
    "tlsv1.1": (ssl.TLSVersion.TLSv1_1, ssl.OP_NO_TLSv1_1),
    "tlsv1.2": (ssl.TLSVersion.TLSv1_2, ssl.OP_NO_TLSv1_2),
    "tlsv1.3": (ssl.TLSVersion.TLSv1_3, ssl.OP_NO_TLSv1_3),
}
TLS_PARAMETERS = (
    "tls-auth-clients", "tls-ca-cert-dir", "tls-ca-cert-file", "tls-cert-file", "tls-ciphers",
    "tls-dh-params-file", "tls-key-file", "tls-key-file-pass", "tls-prefer-server-ciphers", "tls-protocols",
    "tls-session-caching",
)  # fmt: skip
USUAL_PROTOCOLS = "TLSv1.2 TLSv1.3"
CLIENT_CERTIFICATES = {"no": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "yes": ssl.CERT_REQUIRED}


def make_context(config: Config) -> ssl.SSLContext:
    """What the parameters amount to; ConfigError when they do not make a server."""
    for name in ("tls-cert-file", "tls-key-file"):
        if not config[name]:
            raise ConfigError(f"No {name} configured!")
    may_authenticate = config["tls-auth-clients"] != "no"
    if may_authenticate and not (config["tls-ca-cert-file"] or config["tls-ca-cert-dir"]):
        raise ConfigError(
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, "
            "tls-replication or tls-auth-clients are enabled!"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _choose_protocols(context, config["tls-protocols"] or USUAL_PROTOCOLS)
    try:
        _load(context, config)
    except (OSError, ValueError) as problem:  # an SSLError is an OSError
        raise ConfigError(f"Failed to configure TLS: {problem}") from None
    context.verify_mode = CLIENT_CERTIFICATES[config["tls-auth-clients"]]
    if config["tls-prefer-server-ciphers"]:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if not config["tls-session-caching"]:
        context.options |= ssl.OP_NO_TICKET
    return context


def _load(context: ssl.SSLContext, config: Config) -> None:
    """The files, and the ciphers of TLS 1.2 (those of 1.3 cannot be chosen from Python)."""
    # The password is handed over in any case, or OpenSSL would stop and ask for it at the terminal.
    context.load_cert_chain(config["tls-cert-file"], config["tls-key-file"], config["tls-key-file-pass"])
    if config["tls-ca-cert-file"] or config["tls-ca-cert-dir"]:
        context.load_verify_locations(config["tls-ca-cert-file"] or None, config["tls-ca-cert-dir"] or None)
    if config["tls-dh-params-file"]:
        context.load_dh_params(config["tls-dh-params-file"])
    if config["tls-ciphers"]:
        context.set_ciphers(config["tls-ciphers"])


def _choose_protocols(context: ssl.SSLContext, names: str) -> None:
    """Words such as "TLSv1.2 TLSv1.3", in any letter case."""
    wanted = names.lower().split()
    if not set(wanted) <= PROTOCOLS.keys():
        raise ConfigError(
            "Invalid tls-protocols specified. "
            "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the old ones: whoever asks for them knows
        context.minimum_version = min(PROTOCOLS[name][0] for name in wanted)
        for name, (_, without) in PROTOCOLS.items():
            if name not in wanted:
                context.options |= without


def secured(connection: socket.socket, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Shake hands.  OSError when the client does not, or takes too long."""
    connection.settimeout(HANDSHAKE_SECONDS)
    secure = context.wrap_socket(connection, server_side=True)
    secure.settimeout(None)
    return secure


def waiting_bytes(connection: socket.socket) -> int:
    """What is here already, though no selector knows of it."""
    return connection.pending() if isinstance(connection, ssl.SSLSocket) else 0


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
