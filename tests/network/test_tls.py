"""Connections with TLS, to our server and to the real one."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager

import pytest
from certificates import Certificates, needs_openssl
from harness import PATIENCE, REPOSITORY, Client, free_port, our_server, real_server, wait_until

from redis_clone.config.values import Config, ConfigError
from redis_clone.network.tls_context import make_context
from redis_clone.protocol.stream import Stream

pytestmark = needs_openssl


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def parameters(certificates, **more):
    given = {
        "tls-cert-file": certificates.path("server.crt"),
        "tls-key-file": certificates.path("server.key"),
        "tls-ca-cert-file": certificates.path("ca.crt"),
    }
    return {**given, **{name.replace("_", "-"): value for name, value in more.items()}}


def client_context(certificates, name="client"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(certificates.path("ca.crt"))
    if name:
        context.load_cert_chain(certificates.path(f"{name}.crt"), certificates.path(f"{name}.key"))
    return context


class SecureClient(Client):
    """A connection with TLS."""

    def __init__(self, port, context):
        super().__init__(("127.0.0.1", port))
        self.socket = context.wrap_socket(self.socket)
        self.stream = Stream(self.socket.recv)


@contextmanager
def our_secure_server(certificates, **more):
    port = free_port()
    path = certificates.path("plain.sock")
    with our_server(
        **{"tls-port": str(port), "unixsocket": path}, **parameters(certificates, **more)
    ) as plain:
        yield port, plain


@pytest.fixture(params=["ours", "real"])
def server(request, certificates, tmp_path):
    """The port with TLS, and the address without, of a server that wants certificates."""
    if request.param == "ours":
        with our_secure_server(certificates) as places:
            yield places
        return
    request.getfixturevalue("real_address")
    port = free_port()
    words = [word for name, value in parameters(certificates).items() for word in (f"--{name}", value)]
    with real_server(tmp_path, "--tls-port", str(port), *words) as plain:
        yield port, plain


def test_commands_pipelines_and_large_values(server, certificates):
    port, plain = server
    secure, near = SecureClient(port, client_context(certificates)), Client(plain)
    large = bytes(range(256)) * 4000
    assert secure("SET", "large", large) == "OK" and near("GET large") == large == secure("GET large")
    for number in range(500):
        secure.send("RPUSH", "list", number)
    assert [secure.read() for _ in range(500)] == list(range(1, 501))
    assert secure("PING") == "PONG" and f":{port} ".encode() in secure("CLIENT INFO")
    secure.close(), near.close()


def test_messages_reach_a_subscriber_that_talks_meanwhile(server, certificates):
    port, plain = server
    secure, near = SecureClient(port, client_context(certificates)), Client(plain)
    secure("HELLO 3")
    secure("SUBSCRIBE news")
    for number in range(200):
        near("PUBLISH", "news", number)
        secure.send("PING")
        got = [secure.read(), secure.read()]
        assert "PONG" in got and [b"message", b"news", b"%d" % number] in got
    # Many commands in one record: decrypted bytes are served without another byte from the network.
    secure.socket.sendall(b"PING\r\n" * 1000)
    assert [secure.read() for _ in range(1000)] == ["PONG"] * 1000
    secure.close(), near.close()


def say_goodbye(client):
    """Close as TLS does, with a last message; the server closes without one."""
    with contextlib.suppress(ssl.SSLEOFError):
        client.socket.unwrap()


def test_a_blocked_client_is_served_and_one_that_has_gone_gets_no_element(server, certificates):
    port, plain = server
    near = Client(plain)
    for farewell in (SecureClient.close, say_goodbye):
        secure = SecureClient(port, client_context(certificates))
        secure.send("BLPOP list 0")
        wait_until(lambda: b"blocked_clients:1" in near("INFO clients"))
        near("RPUSH list served")
        assert secure.read() == [b"list", b"served"]
        secure.send("BLPOP list 0")
        wait_until(lambda: b"blocked_clients:1" in near("INFO clients"))
        farewell(secure)
        wait_until(lambda: b"blocked_clients:0" in near("INFO clients"))
        assert near("RPUSH list kept") == 1 and near("LPOP list") == b"kept"
        secure.close()
    near.close()


def test_client_kill_ends_an_encrypted_connection(server, certificates):
    port, plain = server
    secure, near = SecureClient(port, client_context(certificates)), Client(plain)
    number = secure("CLIENT ID")
    assert near(f"CLIENT KILL ID {number}") == 1 and secure.is_closed()
    secure.close(), near.close()


@pytest.mark.parametrize("name", ["", "other"])
def test_a_client_must_have_a_certificate_that_is_trusted(server, certificates, name):
    port, _ = server
    with pytest.raises((OSError, EOFError)):  # with TLS 1.3 the client learns it when it first reads
        SecureClient(port, client_context(certificates, name))("PING")


def test_a_client_without_tls_is_closed_and_others_are_served(server, certificates):
    port, _ = server
    plain = Client(("127.0.0.1", port))
    plain.send("PING")
    with pytest.raises((OSError, EOFError, ValueError)):
        while True:
            plain.read()
    silent = socket.create_connection(("127.0.0.1", port))  # it never begins the handshake
    secure = SecureClient(port, client_context(certificates))
    assert secure("PING") == "PONG"
    silent.close(), plain.close(), secure.close()


def test_a_slow_handshake_times_out(certificates, monkeypatch):
    monkeypatch.setattr("redis_clone.network.tls.HANDSHAKE_SECONDS", 0.05)
    with our_secure_server(certificates) as (port, _):
        silent = socket.create_connection(("127.0.0.1", port))
        silent.settimeout(PATIENCE)
        assert silent.recv(100) == b""
        silent.close()


def test_port_0_beside_another_address_is_no_port(certificates):
    with our_secure_server(certificates) as (port, plain):
        near = Client(plain)
        reply = near("INFO server")
        assert b"tcp_port:0\r\n" in reply
        assert b"\r\nlistener0:name=tls,bind=127.0.0.1,port=%d\r\n" % port in reply
        assert b"\r\nlistener1:name=unix,bind=" in reply
        near.close()


def test_a_new_certificate_is_used_for_new_connections(certificates):
    certificates.sign("newer")
    with our_secure_server(certificates) as (port, _):
        old = SecureClient(port, client_context(certificates))
        cert, key = certificates.path("newer.crt"), certificates.path("newer.key")
        error = str(old("CONFIG", "SET", "tls-cert-file", certificates.path("missing")))
        assert error.endswith("Unable to update TLS configuration. Check server logs.")
        assert old("CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", key) == "OK"
        new = SecureClient(port, client_context(certificates))
        assert old("PING") == new("PING") == "PONG"
        shown = [dict(pair[0] for pair in each.socket.getpeercert()["subject"]) for each in (old, new)]
        assert shown == [{"commonName": "server"}, {"commonName": "newer"}]
        old.close(), new.close()


@pytest.mark.parametrize(
    "more, problem",
    [
        ({"tls_cert_file": ""}, "No tls-cert-file configured!"),
        ({"tls_key_file": ""}, "No tls-key-file configured!"),
        ({"tls_ca_cert_file": ""}, "Either tls-ca-cert-file or tls-ca-cert-dir must be specified"),
        ({"tls_protocols": "TLSv9"}, "Invalid tls-protocols specified"),
        ({"tls_ciphers": "nonsense"}, "Failed to configure TLS"),
        ({"tls_cert_file": "missing"}, "Failed to configure TLS"),
    ],
)
def test_parameters_that_make_no_server(certificates, more, problem):
    config = Config()
    config.set_all(parameters(certificates, **more), starting=True)
    with pytest.raises(ConfigError, match=problem):
        make_context(config)


def test_the_password_of_a_key(certificates):
    config = Config()
    config.set_all(parameters(certificates, tls_key_file=certificates.path("locked.key")), starting=True)
    with pytest.raises(ConfigError):
        make_context(config)
    config.set_all({"tls-key-file-pass": "secret"})
    assert make_context(config).verify_mode is ssl.CERT_REQUIRED


def test_the_protocols_and_the_other_switches(certificates):
    config = Config()
    more = {"tls_protocols": "TLSv1.2", "tls_auth_clients": "optional", "tls_session_caching": "no"}
    config.set_all(parameters(certificates, **more, tls_prefer_server_ciphers="yes"), starting=True)
    context = make_context(config)
    assert context.options & ssl.OP_NO_TLSv1_3 and not context.options & ssl.OP_NO_TLSv1_2
    assert context.options & ssl.OP_NO_TICKET and context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    assert context.verify_mode is ssl.CERT_OPTIONAL
    config.set_all({"tls-prefer-server-ciphers": "no"})
    assert not make_context(config).options & ssl.OP_CIPHER_SERVER_PREFERENCE
    with our_secure_server(certificates, tls_protocols="TLSv1.2", tls_auth_clients="no") as (port, _):
        secure = SecureClient(port, client_context(certificates, name=""))
        assert secure("PING") == "PONG" and secure.socket.version() == "TLSv1.2"
        secure.close()


def words_of_client(certificates, port):
    names = {"--cacert": "ca.crt", "--cert": "client.crt", "--key": "client.key"}
    files = [word for option, name in names.items() for word in (option, certificates.path(name))]
    return ["-p", str(port), "--tls", *files]


@pytest.mark.skipif(shutil.which("redis-cli") is None, reason="needs redis-cli")
def test_redis_cli_and_our_client(server, certificates):
    port, _ = server
    words = [*words_of_client(certificates, port), "PING"]
    for program in (["redis-cli"], [sys.executable, "client.py"]):
        done = subprocess.run(
            [*program, *words], check=False, cwd=REPOSITORY, capture_output=True, timeout=PATIENCE
        )
        assert done.stdout == b"PONG\n", done.stderr


def test_our_client_trusts_no_server_by_itself(server, certificates):
    port, _ = server
    mine = ["--cert", certificates.path("client.crt"), "--key", certificates.path("client.key")]
    for words, answers in (([], False), (["--insecure"], True), (["--sni", "a.example", "--insecure"], True)):
        command = [sys.executable, "client.py", "-p", str(port), "--tls", *mine, *words, "PING"]
        done = subprocess.run(command, check=False, cwd=REPOSITORY, capture_output=True, timeout=PATIENCE)
        assert (done.stdout == b"PONG\n") is answers, done.stderr
        assert b"Traceback" not in done.stderr


def test_redis_py(server, certificates):
    redis = pytest.importorskip("redis")
    port, _ = server
    client = redis.Redis(
        port=port,
        ssl=True,
        ssl_ca_certs=certificates.path("ca.crt"),
        ssl_certfile=certificates.path("client.crt"),
        ssl_keyfile=certificates.path("client.key"),
        ssl_check_hostname=False,
    )
    assert client.set("a", "1") and client.get("a") == b"1"
    with client.pubsub() as listener:
        listener.subscribe("news")
        assert listener.get_message(timeout=PATIENCE)["type"] == "subscribe"
        client.publish("news", "hello")
        assert listener.get_message(timeout=PATIENCE)["data"] == b"hello"
    client.close()
