"""Three servers of ours that replicate, and are disturbed at random while clients write to all of them."""

import os
import random
import signal
from contextlib import ExitStack, suppress
from operator import le
from pathlib import Path

import pytest
from harness import Client, wait_until
from nodes import OURS, SERVER, assert_equal, keep_keys, nodes
from replicating import Load

pytestmark = pytest.mark.slow
PARAMETERS = f"{SERVER}\nappendonly yes\nrepl-timeout 5\nshutdown-timeout 2\n"
DISTURBANCES = 25
RECONNECTIONS = 200
COMMANDS = (
    "CLIENT KILL TYPE master", "CLIENT KILL TYPE replica", "CLIENT KILL TYPE normal", "DEBUG SLEEP 0.3",
    "FAILOVER TIMEOUT 500", "FAILOVER TO 127.0.0.1 {port} FORCE TIMEOUT 200", "FAILOVER ABORT",
    "REPLICAOF 127.0.0.1 {port}", "CLIENT PAUSE 500 WRITE", "BGREWRITEAOF", "FLUSHALL", "SHUTDOWN NOSAVE",
    "CONFIG SET repl-diskless-load swapdb", "CONFIG SET repl-diskless-sync no",
    "MIGRATE 127.0.0.1 {port} n1 0 200",
)  # fmt: skip


def disturb(servers, draw):
    """Do something to one of them; whether it succeeds does not matter."""
    server, peer = draw.sample(servers, 2)
    if not server.is_running:
        server.start()
    elif (kind := draw.random()) < 0.1:
        server.kill()
    elif kind < 0.2:
        suspend(server, peer)
    else:
        with suppress(OSError, EOFError), server.connect() as client:
            client(draw.choice(COMMANDS).format(port=peer.port))


def suspend(server, peer):
    """Suspend it while another one does some work."""
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        with suppress(OSError, EOFError, AssertionError), peer.connect() as client:
            client("DEBUG SLEEP 0.2")
    finally:
        os.kill(server.process.pid, signal.SIGCONT)


def answers(server):
    """Whether it runs and serves clients; starts it if it has ended."""
    if not server.is_running:
        server.start()
    with suppress(OSError, EOFError), server.connect() as client:
        return client("PING") == "PONG"
    return False


def heal(servers, draw):
    """One of them becomes the master of the others; returns it."""
    wait_until(lambda: all(answers(server) for server in servers))
    for server in servers:
        for line in ("SHUTDOWN ABORT", "FAILOVER ABORT", "CLIENT UNPAUSE"):
            server(line)
    master, *replicas = draw.sample(servers, len(servers))
    wait_until(lambda: master("REPLICAOF NO ONE") == "OK")
    for replica in replicas:
        line = f"REPLICAOF 127.0.0.1 {master.port}"
        wait_until(lambda replica=replica, line=line: str(replica(line)).startswith("OK"))
    for replica in replicas:
        replica.wait_for_link()
    return master


def logged(server):
    return (server.path.parent / "log.txt").read_text(errors="replace")


def test_after_any_disturbances_all_come_to_the_same_data_and_no_bug_is_logged(tmp_path):
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    with nodes(tmp_path, OURS, OURS, OURS, text=PARAMETERS) as servers:
        heal(servers, draw)
        with ExitStack() as loads:
            for server in servers:
                loads.enter_context(Load(server.address, seed, writers=1))
            for _ in range(DISTURBANCES):
                disturb(servers, draw)
            master = heal(servers, draw)  # before the loads end, which wait for replies
        keep_keys(master)
        assert_equal(*servers)
        for server in servers:
            assert "Traceback" not in logged(server) and "== CRITICAL ==" not in logged(server), server


def used(server):
    """How many files and sockets it has open, and how many threads it has; a client that leaves may count."""
    process = Path(f"/proc/{server.process.pid}")
    return [len(list((process / name).iterdir())) for name in ("fd", "task")]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_reconnections_leave_no_file_and_no_thread(tmp_path):
    with nodes(tmp_path, OURS, OURS, text=PARAMETERS) as (master, replica):
        replica.follow(master)
        wait_until(lambda: replica.field("aof_rewrite_in_progress") == "0")
        wait_until(lambda: b"state=online" in master("INFO replication"))
        before = used(master) + used(replica)
        client = Client(master.address)
        for count in range(1, RECONNECTIONS + 1):
            assert client("CLIENT KILL TYPE replica") == 1
            wait_until(lambda count=count: f"sync_partial_ok:{count}\r" in client("INFO stats").decode())
        client.leave()
        wait_until(lambda: all(map(le, used(master) + used(replica), before)))
        assert master.counters() == [1, RECONNECTIONS, 1]
