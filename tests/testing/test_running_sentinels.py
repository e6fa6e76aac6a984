"""The real Sentinel beside servers of this program: it makes a replica the master, and nothing is left."""

import shutil
import tempfile

import pytest

from redis_clone.testing import running_sentinels, running_server

needs_sentinel = pytest.mark.skipif(shutil.which("redis-sentinel") is None, reason="needs redis-sentinel")


@needs_sentinel
@pytest.mark.slow
def test_sentinels_make_a_replica_the_master_when_it_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with running_server() as master, running_server(replicaof=f"{master.host} {master.port}") as replica:
        with running_sentinels(master, name="mine") as sentinels:
            assert sentinels.master_address() == (master.host, master.port)
            assert len(set(sentinels.addresses)) == 3
            sentinels.wait_for_replicas(1)
            master.stop()
            sentinels.wait_for_master(replica)
            assert replica.execute("ROLE")[0] == b"master"
        sentinels.stop()
        assert all(process.poll() is not None for process in sentinels._processes)
    assert list(tmp_path.iterdir()) == []


def test_where_it_is_not_installed_the_error_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with running_server() as master, pytest.raises(RuntimeError, match="redis-sentinel is not installed"):
        running_sentinels(master)


@needs_sentinel
def test_nobody_watches_without_a_sentinel():
    with running_server() as master, pytest.raises(ValueError, match="count=0"):
        running_sentinels(master, count=0)
