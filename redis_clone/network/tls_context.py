"""Makes Python's SSLContexts from the tls-* parameters: certificates, protocols, ciphers.

One is for the connections of clients, one for the link to a master and the connections to other nodes of a
cluster, where this server is the client itself.

Imported only when TLS is configured: ssl loads all of OpenSSL, and a server without TLS starts sooner.
"""

import ssl
import warnings

from redis_clone.config.values import Config, ConfigError

PROTOCOLS = {
    "tlsv1": (ssl.TLSVersion.TLSv1, ssl.OP_NO_TLSv1),
    "tlsv1.1": (ssl.TLSVersion.TLSv1_1, ssl.OP_NO_TLSv1_1),
    "tlsv1.2": (ssl.TLSVersion.TLSv1_2, ssl.OP_NO_TLSv1_2),
    "tlsv1.3": (ssl.TLSVersion.TLSv1_3, ssl.OP_NO_TLSv1_3),
}
SERVER_FILES = ("tls-cert-file", "tls-key-file", "tls-key-file-pass")
CLIENT_FILES = ("tls-client-cert-file", "tls-client-key-file", "tls-client-key-file-pass")
USUAL_PROTOCOLS = "TLSv1.2 TLSv1.3"
CLIENT_CERTIFICATES = {"no": ssl.CERT_NONE, "optional": ssl.CERT_OPTIONAL, "yes": ssl.CERT_REQUIRED}


def make_context(config: Config) -> ssl.SSLContext:
    """The context for a server with these parameters; ConfigError when they are wrong or incomplete."""
    context = _new_context(config, ssl.PROTOCOL_TLS_SERVER, SERVER_FILES)
    context.verify_mode = CLIENT_CERTIFICATES[config["tls-auth-clients"]]
    if not config["tls-prefer-server-ciphers"]:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE  # which Python sets by itself
    if not config["tls-session-caching"]:
        context.options |= ssl.OP_NO_TICKET
    return context


def make_client_context(config: Config) -> ssl.SSLContext:
    """The context for connections that we make; ConfigError when parameters are wrong or incomplete.

    The other server must have a certificate of an authority that we trust; the name in it does not matter, as
    in Redis.  Ours is that of the server, unless there is one for its links.
    """
    files = CLIENT_FILES if config["tls-client-cert-file"] else SERVER_FILES
    context = _new_context(config, ssl.PROTOCOL_TLS_CLIENT, files)
    context.check_hostname = False
    return context


def _new_context(config: Config, protocol: int, files: tuple[str, str, str]) -> ssl.SSLContext:
    for name in ("tls-cert-file", "tls-key-file"):
        if not config[name]:
            raise ConfigError(f"No {name} configured!")
    is_client = config["tls-replication"] or config["tls-cluster"]
    authenticates = is_client or config["tls-auth-clients"] != "no"
    if authenticates and not (config["tls-ca-cert-file"] or config["tls-ca-cert-dir"]):
        raise ConfigError(
            "Either tls-ca-cert-file or tls-ca-cert-dir must be specified when tls-cluster, "
            "tls-replication or tls-auth-clients are enabled!"
        )
    context = ssl.SSLContext(protocol)
    _choose_protocols(context, config["tls-protocols"] or USUAL_PROTOCOLS)
    try:
        _load(context, config, files)
    except (OSError, ValueError) as problem:  # an SSLError is an OSError
        raise ConfigError(f"Failed to configure TLS: {problem}") from None
    return context


def _load(context: ssl.SSLContext, config: Config, files: tuple[str, str, str]) -> None:
    """Load the files, and set the ciphers of TLS 1.2 (Python cannot choose those of 1.3)."""
    # The password is passed even if empty, or OpenSSL would stop and ask for it at the terminal.
    certificate, key, password = (config[name] for name in files)
    context.load_cert_chain(certificate, key, password)
    if config["tls-ca-cert-file"] or config["tls-ca-cert-dir"]:
        context.load_verify_locations(config["tls-ca-cert-file"] or None, config["tls-ca-cert-dir"] or None)
    if config["tls-dh-params-file"]:
        context.load_dh_params(config["tls-dh-params-file"])
    if config["tls-ciphers"]:
        context.set_ciphers(config["tls-ciphers"])


def _choose_protocols(context: ssl.SSLContext, names: str) -> None:
    """Allow the protocols named in `names`, such as "TLSv1.2 TLSv1.3", in any letter case."""
    wanted = names.lower().split()
    if not set(wanted) <= PROTOCOLS.keys():
        raise ConfigError(
            "Invalid tls-protocols specified. "
            "Use a combination of 'TLSv1', 'TLSv1.1', 'TLSv1.2' and 'TLSv1.3'."
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of old versions, which the user has asked for
        context.minimum_version = min(PROTOCOLS[name][0] for name in wanted)
        for name, (_, without) in PROTOCOLS.items():
            if name not in wanted:
                context.options |= without
