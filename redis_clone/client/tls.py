"""TLS for the client: what --tls and its relatives (--cacert, --cert, --key, --sni, ...) amount to.

As redis-cli does, the server's certificate is checked against those that we trust, its name is not.
Python cannot choose the ciphers of TLS 1.3, so --tls-ciphersuites is not here.
"""

import socket
import ssl
from dataclasses import dataclass


@dataclass
class Tls:
    """The options of the command line; files are given by their paths."""

    trusted_file: str | None = None
    trusted_folder: str | None = None
    certificate: str | None = None
    key: str | None = None
    server_name: str | None = None
    insecure: bool = False
    ciphers: str | None = None

    def secured(self, connection: socket.socket) -> ssl.SSLSocket:
        """Shake hands; OSError when a file is wrong, or one of the two does not trust the other."""
        return self._context().wrap_socket(connection, server_hostname=self.server_name)

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        if self.insecure:
            context.verify_mode = ssl.CERT_NONE
        elif self.trusted_file or self.trusted_folder:
            context.load_verify_locations(self.trusted_file, self.trusted_folder)
        else:
            context.load_default_certs()
        if self.ciphers:
            context.set_ciphers(self.ciphers)
        if self.certificate:
            context.load_cert_chain(self.certificate, self.key)
        return context
