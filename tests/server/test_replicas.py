"""What a master does with the link of a replica."""

import os
import re
import socket

import pytest
from harness import Client, our_server, wait_until


@pytest.mark.parametrize("wanted", ["no", "yes"])
def test_repl_disable_tcp_nodelay_lets_the_system_gather_packets(tmp_path, wanted):
    parameters = {"repl-disable-tcp-nodelay": wanted, "repl-diskless-sync-delay": "0", "dir": str(tmp_path)}
    with our_server(**parameters) as address:
        client, replica = Client(address), Client(address)
        replica.send("PSYNC ? -1")
        line = wait_until(lambda: client("CLIENT LIST TYPE replica"))
        descriptor = int(re.search(rb" fd=(\d+) ", line)[1])  # of this process, for the server runs in it
        with socket.socket(fileno=os.dup(descriptor)) as link:
            assert bool(link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is (wanted == "no")
        client.close(), replica.close()
