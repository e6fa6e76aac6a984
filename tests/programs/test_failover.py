"""FAILOVER between servers that run: ours and real ones, with a client that goes on writing."""

import signal
import threading

import pytest
from harness import Client, has_real_server, our_server, wait_until
from replicating import assert_same_data, field, our_replica, real_master, replica_of

pytestmark = [pytest.mark.skipif(not has_real_server(), reason="needs redis-server"), pytest.mark.slow]


class Writer:
    """A client that writes to whichever server is the master, until the `with` over it ends."""

    def __init__(self, *ports):
        self.acknowledged = 0  # key:0, key:1 ... up to this one
        self._ports = ports
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self):
        clients = [Client(("127.0.0.1", port)) for port in self._ports]
        while not self._is_over.is_set():
            reply = clients[0](f"SET key:{self.acknowledged} v")
            if reply == "OK":
                self.acknowledged += 1
            else:
                assert str(reply).startswith("READONLY"), reply
                clients.reverse()
        for client in clients:
            client.close()

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._is_over.set()
        self._thread.join()


@pytest.fixture(params=["ours and a real one", "a real one and ours", "ours and ours"])
def pair(request, tmp_path):
    """A master and its replica."""
    first, _, second = request.param.partition(" and ")
    start_master = real_master if first == "a real one" else lambda folder: our_replica(0, folder)
    start_replica = replica_of if second == "a real one" else our_replica
    with (
        start_master(tmp_path / "master") as master,
        start_replica(master.port, tmp_path / "replica") as replica,
    ):
        yield master, replica


def hand_over(master, replica):
    wait_until(lambda: b"state=online" in master("INFO replication"))
    assert master(f"FAILOVER TO 127.0.0.1 {replica.port} TIMEOUT 60000") == "OK"
    wait_until(lambda: field(replica, "role") == "master" and field(master, "master_link_status") == "up")
    assert field(master, "master_failover_state") == "no-failover"


def test_there_and_back_no_acknowledged_write_is_lost_and_nothing_is_copied(pair):
    master, replica = pair
    with Writer(master.port, replica.port) as writer:
        for old, new in ((master, replica), (replica, master), (master, replica)):
            before = writer.acknowledged
            wait_until(lambda before=before: writer.acknowledged > before)
            hand_over(old, new)
            after = writer.acknowledged
            wait_until(lambda after=after: writer.acknowledged > after)
    assert_same_data(replica, master)
    for server in pair:
        assert server(*["EXISTS", *(f"key:{n}" for n in range(writer.acknowledged))]) == writer.acknowledged
    syncs = [[int(field(server, name)) for name in ("sync_full", "sync_partial_ok")] for server in pair]
    assert syncs == [[1, 1], [0, 2]], "after the first copy each goes on where it was"


def test_a_replica_of_the_old_master_goes_on_too(pair, tmp_path):
    master, replica = pair
    with replica_of(master.port, tmp_path / "third") as third:
        master("SET k v")
        hand_over(master, replica)
        assert replica("SET k w") == "OK"
        assert_same_data(replica, master, third)
        assert third("GET k") == b"w" and field(master, "sync_full") == "2"


def test_a_target_that_is_suspended_is_waited_for_until_the_time_is_up_or_forced(tmp_path):
    with (
        our_replica(0, tmp_path / "master") as master,
        replica_of(master.port, tmp_path / "replica") as replica,
    ):
        wait_until(lambda: b"state=online" in master("INFO replication"))
        replica.process.send_signal(signal.SIGSTOP)
        try:
            assert master("SET k v") == "OK" and master("FAILOVER TIMEOUT 50") == "OK"
            assert Client(("127.0.0.1", master.port))("SET k w") == "OK", "when the time was up"
            assert master(f"FAILOVER TO 127.0.0.1 {replica.port} FORCE TIMEOUT 50") == "OK"
            wait_until(lambda: master("ROLE")[0] == b"slave")
            assert field(master, "master_failover_state") == "failover-in-progress"
        finally:
            replica.process.send_signal(signal.SIGCONT)
        wait_until(lambda: field(master, "master_link_status") == "up")
        assert replica("SET k x") == "OK" and field(replica, "sync_full") == "0"
        assert_same_data(replica, master)


def test_a_target_that_is_gone_is_tried_again_until_the_failover_is_aborted(tmp_path):
    with our_replica(0, tmp_path / "master") as master:
        with replica_of(master.port, tmp_path / "replica") as replica:
            port = replica.port
            wait_until(lambda: b"state=online" in master("INFO replication"))
            replica.process.send_signal(signal.SIGSTOP)
            master("SET k v")
            assert master(f"FAILOVER TO 127.0.0.1 {port} FORCE TIMEOUT 50") == "OK"
        wait_until(lambda: field(master, "master_failover_state") == "failover-in-progress")
        writer = Client(("127.0.0.1", master.port))
        assert str(writer("SET k w")).startswith("READONLY")
        with our_server(dir=str(tmp_path), port=str(port)) as address:
            other = Client(address)
            wait_until(lambda: field(master, "master_failover_state") == "no-failover")
            assert field(master, "role") == "master" and field(other, "role") == "master", "it has refused"
            assert writer("SET k w") == "OK" and other("DBSIZE") == 0
