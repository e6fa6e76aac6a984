"""The real Sentinel watches our servers, and makes a replica the master when the master is gone."""

import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager

import pytest
from harness import REPOSITORY, Client, free_port, has_real_server, serves, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (has_real_server() and shutil.which("redis-sentinel")), reason="needs redis-sentinel"
    ),
]


@contextmanager
def running(command, path, text, port):
    """A program with a configuration file, which it may rewrite; yields its process."""
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        path.write_text(f"port {port}\ndir {path.parent}\n{text}")
    process = subprocess.Popen([*command, str(path)], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: serves(("127.0.0.1", port)))
        yield process
    finally:
        process.kill()
        process.wait()


def ours(folder, port, text=""):
    return running([sys.executable, "server.py"], folder / "redis.conf", f"save ''\n{text}", port)


def ask(port, line):
    """The reply to a command that may be sent twice: Sentinel closes the clients of what it changes."""
    for _ in range(3):
        client = Client(("127.0.0.1", port))
        try:
            return client(line)
        except (EOFError, ConnectionError):
            continue
        finally:
            client.close()
    raise AssertionError("each connection was closed")


def role(port):
    fields = dict(
        line.split(":", 1) for line in ask(port, "INFO replication").decode().splitlines() if ":" in line
    )
    return fields["role"], fields.get("master_link_status")


def test_a_replica_becomes_the_master_and_the_old_master_its_replica(tmp_path):
    one, two, sentinel = (free_port() for _ in range(3))
    watch = f"sentinel monitor mine 127.0.0.1 {one} 1\nsentinel down-after-milliseconds mine 1000\n"
    with ExitStack() as stack:
        first = stack.enter_context(ours(tmp_path / "one", one, "repl-diskless-sync-delay 0\n"))
        stack.enter_context(ours(tmp_path / "two", two, f"replicaof 127.0.0.1 {one}\n"))
        wait_until(lambda: role(two) == ("slave", "up"))
        stack.enter_context(running(["redis-sentinel"], tmp_path / "sentinel" / "s.conf", watch, sentinel))
        wait_until(lambda: b"slaves=1" in ask(sentinel, "INFO sentinel"))
        ask(one, "SET k v")
        assert ask(one, "WAIT 1 0") in (0, 1) and wait_until(lambda: ask(two, "GET k") == b"v")
        first.kill()
        first.wait()
        wait_until(lambda: role(two)[0] == "master")
        assert ask(two, "GET k") == b"v" and ask(two, "SET k w") == "OK"
        assert "\nreplicaof" not in (tmp_path / "two" / "redis.conf").read_text()
        stack.enter_context(ours(tmp_path / "one", one))
        wait_until(lambda: role(one) == ("slave", "up"))
        wait_until(lambda: ask(one, "GET k") == b"w")
        assert f"\nreplicaof 127.0.0.1 {two}" in (tmp_path / "one" / "redis.conf").read_text()
