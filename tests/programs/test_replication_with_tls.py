"""A replica that follows its master over TLS: ours a real master, a real one ours."""

import re
import subprocess
import sys
from contextlib import contextmanager

import pytest
from certificates import Certificates, needs_openssl
from harness import REPOSITORY, Client, free_port, has_real_server, our_server, real_server, wait_until
from replicating import field

from redis_clone.protocol.errors import RedisError

pytestmark = needs_openssl
both_ways = pytest.mark.parametrize(
    "master, replica",
    [
        ("ours", "ours"),
        pytest.param("ours", "real", marks=pytest.mark.slow),
        pytest.param("real", "ours", marks=pytest.mark.slow),
    ],
)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def parameters(certificates, **more):
    return {
        "tls-cert-file": certificates.path("server.crt"),
        "tls-key-file": certificates.path("server.key"),
        "tls-ca-cert-file": certificates.path("ca.crt"),
        "tls-replication": "yes",
        "repl-diskless-sync-delay": "0",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


@contextmanager
def server(kind, folder, given):
    """A server that listens with TLS alone, but for a socket file; yields a client at that, and its port."""
    folder.mkdir()
    port = str(free_port())
    if kind == "ours":
        path = str(folder / "ours.sock")
        started = our_server(**{"dir": str(folder), "unixsocket": path, "tls-port": port, **given})
    elif has_real_server():
        words = [word for name, value in given.items() for word in (f"--{name}", value)]
        started = real_server(folder, "--tls-port", port, *words)
    else:
        pytest.skip("needs redis-server")
    with started as address:
        client = Client(address)
        yield client, port
        client.close()


@both_ways
def test_the_link_is_encrypted_and_both_ends_have_certificates(master, replica, certificates, tmp_path):
    own = {"tls_client_cert_file": "client.crt", "tls_client_key_file": "client.key"}
    own = {name: certificates.path(file) for name, file in own.items()}
    with (
        server(master, tmp_path / "master", parameters(certificates)) as (source, port),
        server(replica, tmp_path / "replica", parameters(certificates, **own)) as (copy, copy_port),
    ):
        source("SET", "big", b"x" * 1_000_000)
        assert copy(f"REPLICAOF 127.0.0.1 {port}") == "OK"
        wait_until(lambda: field(copy, "master_link_status") == "up")
        assert copy("STRLEN big") == 1_000_000
        wait_until(lambda: "state=online" in field(source, "slave0"))
        assert re.match(rf"ip=127.0.0.1,port={copy_port},", field(source, "slave0"))
        source("SET", "big", b"y" * 2_000_000)
        source("INCR n")
        assert source("WAIT 1 0") == 1 and copy("GET n") == b"1" and copy("STRLEN big") == 2_000_000
        assert source("CLIENT KILL TYPE replica") == 1
        wait_until(lambda: field(source, "sync_partial_ok") == "1")
        source("INCR n")
        assert source("WAIT 1 0") == 1 and copy("GET n") == b"2"


@pytest.mark.slow
def test_a_master_that_is_not_trusted_is_not_followed(certificates, tmp_path, caplog):
    trusting_others = parameters(certificates, tls_ca_cert_file=certificates.path("other.crt"))
    with (
        server("ours", tmp_path / "master", parameters(certificates)) as (source, port),
        server("ours", tmp_path / "replica", trusting_others) as (copy, _),
    ):
        copy(f"REPLICAOF 127.0.0.1 {port}")
        wait_until(lambda: "certificate verify failed" in caplog.text)
        assert field(copy, "master_link_status") == "down" and field(source, "connected_slaves") == "0"
        assert copy(f"CONFIG SET tls-ca-cert-file {certificates.path('ca.crt')}") == "OK"
        wait_until(lambda: field(copy, "master_link_status") == "up")


def test_it_is_switched_on_only_with_certificates(tmp_path, certificates):
    with our_server(dir=str(tmp_path)) as address:
        client = Client(address)
        refused = RedisError(
            "ERR CONFIG SET failed (possibly related to argument 'tls-replication') - Unable to update TLS "
            "configuration. Check server logs."
        )
        assert client("CONFIG SET tls-replication yes") == refused
        assert client("CONFIG GET tls-replication") == [b"tls-replication", b"no"]
        words = [word for pair in parameters(certificates).items() for word in pair]
        assert client("CONFIG", "SET", *words) == "OK"
        client.close()


@pytest.mark.slow
def test_a_server_without_certificates_does_not_start_with_it(tmp_path):
    ended = subprocess.run(
        [sys.executable, "server.py", "--port", "0", "--tls-replication", "yes", "--dir", str(tmp_path)],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 1 and "No tls-cert-file configured!" in ended.stdout
