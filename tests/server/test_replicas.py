"""What a master does with its replicas: the sockets of their links, and what needs none."""

import os
import re
import socket

import pytest
from harness import Client as Peer
from harness import our_server, run, wait_until

from redis_clone import commands
from redis_clone.server.client_eviction import evict_clients
from redis_clone.server.clients import accept_client
from redis_clone.server.locking import execute
from redis_clone.server.state import Client, Server


@pytest.mark.parametrize("wanted", ["no", "yes"])
def test_repl_disable_tcp_nodelay_lets_the_system_gather_packets(tmp_path, wanted):
    parameters = {"repl-disable-tcp-nodelay": wanted, "repl-diskless-sync-delay": "0", "dir": str(tmp_path)}
    with our_server(**parameters) as address:
        client, replica = Peer(address), Peer(address)
        replica.send("PSYNC ? -1")
        line = wait_until(lambda: client("CLIENT LIST TYPE replica"))
        descriptor = int(re.search(rb" fd=(\d+) ", line)[1])  # of this process, for the server runs in it
        with socket.socket(fileno=os.dup(descriptor)) as link:
            assert bool(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is (wanted == "no")
        client.close(), replica.close()


def test_a_pause_does_not_hold_back_a_replica():
    commands.load()
    server = Server()
    replica, other = Client(server, address="127.0.0.1:1"), Client(server, address="127.0.0.1:2")
    accept_client(replica)
    accept_client(other)
    execute(replica, [b"SYNC"])
    run(other, "CLIENT PAUSE 100000 ALL")
    assert execute(replica, [b"REPLCONF", b"ACK", b"7"]) == b"" and replica.blocked is None
    assert replica.replica.offset == 7
    assert execute(other, [b"PING"]) == b"" and other.blocked is not None
    server.full_sync.thread.join()


def test_neither_a_replica_nor_the_link_to_a_master_is_evicted():
    commands.load()
    server = Server()
    server.config.set_all({"maxmemory-clients": "1mb"})
    clients = [Client(server, address=f"127.0.0.1:{number}") for number in range(3)]
    for client in clients:
        client.query_bytes = 10_000_000
        accept_client(client)
    clients[0].is_replica = clients[1].is_master = True
    evict_clients(server)
    assert [client.output_buffer.close_asap for client in clients] == [False, False, True]
