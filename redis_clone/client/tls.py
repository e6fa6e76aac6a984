"""Encrypts the client's connection, as --tls, --cacert, --cert, --key, --sni and --insecure ask for.

As in redis-cli, the certificate of the server is checked against those that we trust, but its name is not.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl


class Tls:
    """The options of the command line; files are given by their paths."""

    trusted_file: str | None = None
    certificate: str | None = None
    key: str | None = None
    server_name: str | None = None
    insecure: bool = False

    def secured(self, connection: socket.socket) -> ssl.SSLSocket:
        """The connection after the TLS handshake; OSError for a wrong file or a certificate without trust."""
        return self._context().wrap_socket(connection, server_hostname=self.server_name)

    def _context(self) -> ssl.SSLContext:
        import ssl  # here, or each client would load OpenSSL

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        if self.insecure:
            context.verify_mode = ssl.CERT_NONE
        elif self.trusted_file:
            context.load_verify_locations(self.trusted_file)
        else:
            context.load_default_certs()
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key)
        return context
