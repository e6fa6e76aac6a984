"""The addresses at which the server listens, and the clients that it accepts there."""

import os
import socket
import sys
from contextlib import contextmanager

import pytest
from harness import Client, free_port, our_server, real_server

from redis_clone.config.values import ConfigError
from redis_clone.network.server import Listener, Network
from redis_clone.protocol.errors import RedisError
from redis_clone.server.state import Server

NOWHERE = "192.0.2.1"  # reserved for documentation, so no machine has it


def address_of_this_machine():
    """An address that is not the loopback's; None without a network.  Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((NOWHERE, 9))
            found = probe.getsockname()[0]
        except OSError:
            return None
    return None if found.startswith("127.") else found


HERE = address_of_this_machine()
needs_a_net = pytest.mark.skipif(HERE is None, reason="this machine has no address but the loopback's")


@contextmanager
def server_at(kind, folder, **parameters):
    """Our server or the real one at a free port of all addresses; yields the port."""
    port = free_port()
    given = {"bind": "*", "port": str(port), **parameters}
    if kind == "ours":
        with our_server(**given):
            yield port
    else:
        words = [word for name, value in given.items() for word in (f"--{name.replace('_', '-')}", value)]
        with real_server(folder, *words):
            yield port


@pytest.fixture(params=["ours", "real"])
def kind(request):
    if request.param == "real":
        request.getfixturevalue("real_address")
    return request.param


@needs_a_net
def test_protected_mode_accepts_no_client_from_outside_while_there_is_no_password(kind, tmp_path):
    with server_at(kind, tmp_path) as port:
        near, far = Client(("127.0.0.1", port)), Client((HERE, port))
        error = str(far.read())
        assert error.startswith("DENIED Redis is running in protected mode because ") and far.is_closed()
        assert b"rejected_connections:1\r\n" in near("INFO stats")
        near("CONFIG SET requirepass secret")
        late = Client((HERE, port))
        assert late("AUTH secret") == "OK" and late("PING") == "PONG"
        near("CONFIG SET requirepass '' protected-mode no")
        assert Client((HERE, port))("PING") == "PONG"


@needs_a_net
def test_the_error_of_protected_mode_is_the_same(real_address, tmp_path):
    errors = []
    for kind in ("ours", "real"):
        with server_at(kind, tmp_path) as port:
            errors.append(Client((HERE, port)).read())
    assert errors[0] == errors[1]


@needs_a_net
def test_what_is_allowed_to_local_connections_only(kind, tmp_path):
    local = {"enable-debug-command": "local", "enable-protected-configs": "local", "protected-mode": "no"}
    with server_at(kind, tmp_path, **local) as port:
        near, far = Client(("127.0.0.1", port)), Client((HERE, port))
        assert near("DEBUG SLEEP 0") == "OK" and near("CONFIG", "SET", "dir", os.getcwd()) == "OK"
        assert far("DEBUG SLEEP 0") == RedisError(
            "ERR DEBUG command not allowed. If the enable-debug-command option is set to "
            '"local", you can run it from a local connection, otherwise you need to set this option '
            "in the configuration file, and then restart the server."
        )
        assert far("CONFIG SET dir .") == RedisError(
            "ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config"
        )
        far("MULTI")
        assert isinstance(far("DEBUG SLEEP 0"), RedisError)
        assert far("EXEC") == RedisError("EXECABORT Transaction discarded because of previous errors.")


def test_an_address_with_a_minus_may_be_missing(kind, tmp_path):
    with server_at(kind, tmp_path, bind=f"127.0.0.1 -{NOWHERE} -::9") as port:
        assert Client(("127.0.0.1", port))("PING") == "PONG"


def test_an_address_without_a_minus_may_not_be_missing():
    server = Server()
    server.config.set_all({"bind": f"127.0.0.1 {NOWHERE}", "port": "0"}, starting=True)
    with pytest.raises(ConfigError, match="Failed listening on port"):
        Network(server)


def test_a_server_without_an_address_does_not_start():
    server = Server()
    server.config.set_all({"bind": f"-{NOWHERE}", "port": "0"}, starting=True)
    with pytest.raises(ConfigError, match="Configured to not listen anywhere"):
        Network(server)


def test_a_unix_socket_where_the_system_has_none_is_an_error_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX", raising=False)
    server = Server()
    server.config.set_all({"unixsocket": str(tmp_path / "a.sock"), "port": "0"}, starting=True)
    with pytest.raises(ConfigError, match="no Unix sockets"):
        Network(server)


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets there")
def test_unixsocketperm_says_who_may_connect(kind, tmp_path):
    path = tmp_path / "rights.sock"
    given = {"unixsocket": str(path), "unixsocketperm": "750"}
    if kind == "ours":
        with our_server(**given):
            assert path.stat().st_mode & 0o777 == 0o750
        return
    path = tmp_path / "real.sock"
    with real_server(tmp_path, "--unixsocketperm", "750"):
        assert path.stat().st_mode & 0o777 == 0o750


@pytest.mark.skipif(sys.platform == "win32", reason="no Unix sockets there")
def test_a_file_in_the_place_of_the_unix_socket_goes(kind, tmp_path):
    path = tmp_path / "real.sock"
    path.write_text("some file")
    given = {"unixsocket": str(path), "port": "0"}
    with our_server(**given) if kind == "ours" else real_server(tmp_path):
        assert Client(str(path))("PING") == "PONG"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux names the sockets that have no path")
@pytest.mark.parametrize("name", ["", "own.sock"])
def test_a_client_whose_unix_socket_has_a_name_of_its_own_is_a_client_as_any_other(kind, tmp_path, name):
    path = str(tmp_path / "server.sock")
    given = {"unixsocket": path}
    with our_server(**given, port="0") if kind == "ours" else real_server(tmp_path) as address:
        for _ in range(2):
            named = socket.socket(socket.AF_UNIX)
            named.bind(str(tmp_path / name) if name else "")
            named.connect(address)
            named.sendall(b"CLIENT INFO\r\n")
            shown = named.recv(10_000)
            # The real one shows 77 bytes of an address at most.
            assert (b" addr=" + address.encode() + b":0 ")[:70] in shown and b" flags=U " in shown
            named.close()
            (tmp_path / name).unlink() if name else None
        other = Client(address)
        assert other("PING") == "PONG"
        other.close()


def test_the_next_client_is_accepted_whatever_is_odd_about_this_one(monkeypatch):
    """The thread that accepts must not end of any client."""
    new_client, refused = Listener._new_client, []

    def stumble_once(listener, connection, address):
        if not refused:
            refused.append(address)
            raise AttributeError("something that nobody has thought of")
        return new_client(listener, connection, address)

    monkeypatch.setattr(Listener, "_new_client", stumble_once)
    with our_server() as address:
        first, second = Client(address), Client(address)
        assert first.is_closed() and second("PING") == "PONG"
        first.close()
        second.close()
    assert refused
