"""Errors that no client reads: when they end the server."""

import pytest
from harness import Client as Connection
from harness import our_server

from redis_clone import commands
from redis_clone.command_table.registry import find
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import encode_command
from redis_clone.server.following import Following
from redis_clone.server.state import Client, Server
from redis_clone.server.unexpected_errors import REPEAT_MS, panic_if_disk_refuses, record_unexpected_error
from redis_clone.structures.clock import Clock

WRONG = RedisError("WRONGTYPE Operation against a key holding the wrong kind of value")


class Setting:
    """A replica, whose clock is set by hand."""

    def __init__(self, **parameters):
        commands.load()
        self.now_ns = 10**18
        self.server = Server(clock=Clock(source=lambda: self.now_ns))
        for name, value in parameters.items():
            self.server.config.set_all({name.replace("_", "-"): value})
        self.server.following = Following("127.0.0.1", 6379, True, 0)
        self.client = Client(self.server, id=1)
        self.client.last_command = find([b"LPUSH", b"k", b"v"])


@pytest.mark.parametrize(
    "behavior, read_only, panicking",
    [
        ("ignore", "yes", set()),
        ("panic", "yes", {"is_master", "replays"}),
        ("panic", "no", {"replays"}),
        ("panic-on-replicas", "yes", {"is_master"}),
        ("panic-on-replicas", "no", set()),
    ],
)
def test_which_errors_end_the_server(behavior, read_only, panicking):
    for kind in ("is_master", "is_replica", "replays"):
        setting = Setting(propagation_error_behavior=behavior, replica_read_only=read_only)
        setattr(setting.client, kind, True)
        record_unexpected_error(setting.client, WRONG)
        server = setting.server
        assert server.stats.unexpected_errors == 1
        assert server.panicked == (not server.stop_requests.empty()) == (kind in panicking), kind
        assert server.following.is_over == server.panicked, "no later command of the master runs"


def test_a_disk_that_refuses_ends_a_replica_unless_that_is_to_be_ignored(caplog):
    for ignores in ("no", "yes"):
        setting = Setting(replica_ignore_disk_write_errors=ignores)
        panic_if_disk_refuses(setting.server)
        assert not setting.server.panicked, "it does not refuse"
        setting.server.disk.record(log_error="No space left on device")
        for _ in range(2):
            panic_if_disk_refuses(setting.server)
        assert setting.server.panicked == (ignores == "no")
    assert caplog.text.count("Replica is applying a command even though it is unable to write to disk") == 1
    setting.now_ns += (REPEAT_MS + 1) * 10**6
    setting.server.clock.tick()
    panic_if_disk_refuses(setting.server)
    assert caplog.text.count("even though") == 2


def test_an_error_in_an_append_only_file_is_logged_and_counted(tmp_path, caplog):
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    (folder / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    lines = ("SELECT 0", "SET a 1", "LPUSH a x", "SET b 1")
    commands = b"".join(encode_command(line.encode().split()) for line in lines)
    (folder / "appendonly.aof.1.incr.aof").write_bytes(commands)
    with our_server(dir=str(tmp_path), appendonly="yes") as address:
        client = Connection(address)
        assert client("GET b") == b"1"
        assert b"unexpected_error_replies:1\r\n" in client("INFO stats")
        client.close()
    line = f"to its AOF-loading-client: '{WRONG}' after processing the command 'lpush'"
    assert line in " ".join(caplog.text.split())
