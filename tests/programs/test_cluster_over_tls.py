"""The bus of a cluster over TLS (`tls-cluster`), between our nodes and real ones."""

import socket
import ssl
from contextlib import ExitStack, contextmanager, suppress

import pytest
from certificates import Certificates, needs_openssl
from cluster_nodes import OURS, REAL, is_synchronized, is_well, join, running
from harness import Client, free_port, has_real_server, wait_until

from redis_clone.protocol.stream import Stream

needs_real_server = pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
pytestmark = [pytest.mark.slow, needs_openssl]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def words(certificates):
    files = {"cert": "server.crt", "key": "server.key", "ca-cert": "ca.crt"}
    named = [word for name, file in files.items() for word in (f"--tls-{name}-file", certificates.path(file))]
    return ("--tls-cluster", "yes", *named)


class SecureClient(Client):
    """A connection with TLS."""

    def __init__(self, certificates, port):
        super().__init__(("127.0.0.1", port))
        context = ssl.create_default_context(cafile=certificates.path("ca.crt"))
        context.check_hostname = False
        context.load_cert_chain(certificates.path("client.crt"), certificates.path("client.key"))
        self.socket = context.wrap_socket(self.socket)
        self.stream = Stream(self.socket.recv)


@contextmanager
def secure_nodes(folder, kinds, *words):
    """Nodes that have a port of TLS each, and are not joined yet."""
    with ExitStack() as undo:
        nodes = []
        for number, kind in enumerate(kinds):
            (own := folder / str(number)).mkdir()
            nodes += undo.enter_context(running(own, [kind], *words, "--tls-port", str(free_port())))
        yield nodes


@pytest.mark.parametrize(
    "kinds, replicates",
    [
        ([OURS] * 5, "yes"),
        ([OURS] * 5, "no"),  # replicas of a real 7.0 would go to the port of TLS all the same, and in vain
        pytest.param([OURS, REAL, OURS, REAL, OURS], "yes", marks=needs_real_server),
    ],
)
def test_nodes_meet_and_fail_over_with_tls(tmp_path, certificates, kinds, replicates):
    more = ("--tls-replication", replicates)
    with secure_nodes(tmp_path, kinds, *words(certificates), *more) as nodes:
        join(nodes, masters=3)
        one, two, _, *replicas = nodes
        for node in nodes:
            assert port_in(node.client, node) == node.port, "who comes without TLS is sent on without it"
            with_tls = SecureClient(certificates, int(node.words[-1]))
            assert [port_in(with_tls, each) for each in nodes] == [int(each.words[-1]) for each in nodes]
            for client, port in ((node.client, two.port), (with_tls, int(two.words[-1]))):
                assert node is two or str(client("GET c")).endswith(f":{port}")
            with_tls.close()
        one.kill()
        wait_until(replicas[0].is_master)
        assert replicas[1]("CLUSTER FAILOVER") == "OK"
        wait_until(replicas[1].is_master)
        wait_until(lambda: not two.is_master() and is_synchronized(two))
        wait_until(lambda: is_well(nodes[1:]))


def meet(one, two):
    """One meets the other, which is asked again if a busy machine needs more than a second for it."""
    order = f"CLUSTER MEET 127.0.0.1 {two.port} {two.bus_port}"
    wait_until(lambda: one.flags_of(two) == {"master"} == two.flags_of(one) or not one(order))


def port_in(client, node):
    """The port of a node, as CLUSTER NODES tells this client."""
    lines = client("CLUSTER NODES").decode().splitlines()
    line = next(line for line in lines if line.startswith(node.id))
    return int(line.split()[1].partition("@")[0].rpartition(":")[2])


def test_who_has_no_certificate_is_no_node(tmp_path, certificates):
    """Neither one that speaks plainly, nor one that says nothing at all holds up the others."""
    with secure_nodes(tmp_path, [OURS] * 2, *words(certificates)) as (one, two), ExitStack() as stack:
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", one.bus_port)))
        plain = stack.enter_context(socket.create_connection(("127.0.0.1", one.bus_port)))
        plain.sendall(b"RCmb" + bytes(3000))
        plain.settimeout(10)
        with suppress(ConnectionResetError):
            while plain.recv(1000):
                pass  # an alert of TLS, and then the end
        for _ in range(20):  # who is gone again before the handshake begins
            socket.create_connection(("127.0.0.1", one.bus_port)).close()
        meet(one, two)
        assert silent.fileno() > 0
        assert "Error in the cluster bus" not in (one.folder / "log").read_text()


def test_a_new_certificate_is_used_for_new_connections(tmp_path, certificates):
    with secure_nodes(tmp_path, [OURS] * 2, *words(certificates)) as (one, two):
        path, certificate, key = map(certificates.path, ("locked.key", "client.crt", "client.key"))
        with pytest.raises(AssertionError, match="Unable to update TLS"):
            assert one(f"CONFIG SET tls-key-file {path}") == "OK"
        assert one(f"CONFIG SET tls-cert-file {certificate} tls-key-file {key}") == "OK"
        meet(one, two)
