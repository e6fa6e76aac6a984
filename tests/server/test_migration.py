"""MIGRATE without sockets: what runs and what waits while keys are on their way, and what happens to them."""

import threading

import pytest
from harness import PATIENCE, run, wait_until

from redis_clone import commands
from redis_clone.features.migration import WRITING
from redis_clone.features.replication.replica import ONLINE, Replica
from redis_clone.protocol.ops import BOTH
from redis_clone.server.clients import forget_unconnected
from redis_clone.server.cron import tick
from redis_clone.server.failover import begin_failover, continue_failover
from redis_clone.server.following import follow
from redis_clone.server.locking import execute, locked
from redis_clone.server.migration import end_conversation
from redis_clone.server.replicas import start_stream
from redis_clone.server.shutdown import continue_shutdown, request_shutdown
from redis_clone.server.state import Client, Server
from redis_clone.structures.clock import Clock

MOVE = "MIGRATE host 6379 k 0 1000"


class Setting:
    """A server that talks to no target: the test says what the target answers."""

    def __init__(self):
        commands.load()
        self.now_ns = 10**18
        self.server = Server(clock=Clock(source=lambda: self.now_ns))
        self.server.config.set_all({"save": "", "shutdown-timeout": "10"}, starting=True)
        self.migrations, self.ops, self.answered = [], [], threading.Event()
        self.server.start_migration = self.migrations.append
        self.server.talk_to_target = self.wait_for_answer
        self.server.propagation.listen(self.ops.extend, BOTH)
        self.client, self.other = self.new_client(), self.new_client()
        run(self.client, "MSET k v other w")
        self.ops.clear()

    def new_client(self):
        client = Client(self.server, id=next(self.server.client_ids))
        self.server.clients[client.id] = client
        return client

    def wait_for_answer(self, migration):
        """In a transaction or a script."""
        self.migrations.append(migration)
        assert self.answered.wait(PATIENCE)

    def answer(self, *lines, failure=""):
        """The target answers, or the connection breaks after what it has answered."""
        migration = self.migrations.pop(0)
        migration.conversation.begin(selected_db=0)
        for line in lines:
            migration.conversation.receive(line)
        migration.failure = failure
        if migration.is_inside:
            self.answered.set()
        else:
            end_conversation(self.server, migration)

    def propagated(self):
        return [b" ".join(argv).decode() for _, argv, _ in self.ops]


@pytest.fixture
def setting():
    return Setting()


def sent(client):
    return bytes(client.output_buffer.drain())


def test_while_a_key_is_on_its_way_reads_run_and_writes_wait(setting):
    run(setting.client, MOVE)
    assert setting.client.blocked and run(setting.other, "GET k") == b"$1\r\nv\r\n"
    writers = [setting.new_client() for _ in range(4)]
    for writer, line in zip(writers, ["APPEND k x", "FLUSHALL", "SWAPDB 0 1", "RENAME other k"], strict=True):
        assert run(writer, line) == b"" and writer.blocked, line
    assert run(setting.other, "GET k") == b"$1\r\nv\r\n"
    setting.answer(b"+OK")
    assert sent(setting.client) == b"+OK\r\n" and not setting.client.blocked
    assert sent(writers[0]) == b":1\r\n", "it came when the key was gone"
    assert sent(writers[3]) == b"-ERR no such key\r\n", "the writers run in their order"


def test_acknowledged_keys_are_deleted_together_and_propagated_as_one_del(setting):
    run(setting.client, "MSET a 1 b 2 c 3")
    setting.ops.clear()
    execute(setting.client, [*b"MIGRATE host 6379  0 1000 KEYS a b none c".split(b" ")])
    run(setting.other, "WATCH a")
    setting.answer(b"+OK", b"-BUSYKEY", b"+OK")
    assert setting.propagated() == ["DEL a c"]
    assert sent(setting.client) == b"-ERR Target instance replied with error: BUSYKEY\r\n"
    assert run(setting.client, "EXISTS a b c") == b":1\r\n"
    run(setting.other, "MULTI")
    assert run(setting.other, "EXEC") == b"*-1\r\n", "who watches a key hears of its deletion"


def test_with_copy_or_without_an_answer_nothing_is_deleted_or_propagated(setting):
    run(setting.client, MOVE + " COPY")
    setting.answer(b"+OK")
    assert sent(setting.client) == b"+OK\r\n"
    run(setting.client, MOVE)
    setting.answer(failure=WRITING)
    assert sent(setting.client) == b"-IOERR error or timeout writing to target instance\r\n"
    assert run(setting.client, "EXISTS k") == b":1\r\n" and setting.propagated() == []
    assert not setting.server.pause.is_on


def test_no_key_expires_while_keys_are_on_their_way(setting):
    run(setting.client, "PEXPIRE k 100")
    run(setting.client, "PEXPIRE other 100")
    run(setting.client, MOVE)
    setting.now_ns += 10**9
    tick(setting.server)
    assert run(setting.other, "GET k") == b"$-1\r\n"
    assert setting.server.databases[0].stored(b"k") and setting.server.databases[0].stored(b"other")
    setting.ops.clear()
    setting.answer(b"+OK")
    tick(setting.server)
    assert setting.propagated() == ["DEL k", "DEL other"]
    assert setting.server.databases[0].expired == 1


def test_one_migration_goes_on_at_a_time(setting):
    run(setting.client, MOVE)
    run(setting.other, "MIGRATE host 6379 other 0 1000")
    assert len(setting.migrations) == 1
    setting.answer(b"+OK")
    assert len(setting.migrations) == 1 and setting.other.blocked
    setting.answer(b"+OK")
    assert sent(setting.other) == b"+OK\r\n"
    assert run(setting.client, "DBSIZE") == b":0\r\n"


@pytest.mark.parametrize("line", ["CLIENT UNBLOCK {}", "CLIENT UNBLOCK {} ERROR"])
def test_client_unblock_does_not_end_it(setting, line):
    run(setting.client, MOVE)
    assert run(setting.other, line.format(setting.client.id)) == b":0\r\n"
    setting.answer(b"+OK")
    assert sent(setting.client) == b"+OK\r\n"


def test_it_outlives_its_client(setting):
    run(setting.client, MOVE)
    forget_unconnected(setting.client)
    setting.answer(b"+OK")
    assert run(setting.other, "EXISTS k") == b":0\r\n" and setting.propagated() == ["DEL k"]


def test_a_server_with_a_new_master_deletes_none_of_its_keys(setting):
    run(setting.client, MOVE)
    with locked(setting.server):
        follow(setting.server, "host", 1)
    assert sent(setting.client).startswith(b"-UNBLOCKED")
    setting.answer(b"+OK")
    assert run(setting.other, "EXISTS k") == b":1\r\n" and not setting.server.pause.is_on


def test_a_node_of_a_cluster_sends_the_command_that_another_node_accepts_for_a_slot_it_imports(setting):
    run(setting.client, MOVE)
    assert b"RESTORE\r\n" in setting.migrations[0].conversation.begin(selected_db=0)
    setting.answer(b"-ERR")
    setting.server.config.set_all({"cluster-enabled": "yes"}, starting=True)
    run(setting.client, MOVE)
    assert b"RESTORE-ASKING\r\n" in setting.migrations[0].conversation.begin(selected_db=0)


def test_without_a_thread_for_it_writes_go_on(setting):
    def fail(migration):
        raise RuntimeError("can't start new thread")

    setting.server.start_migration = fail
    with pytest.raises(RuntimeError):
        run(setting.client, MOVE)
    assert run(setting.other, "SET a 1") == b"+OK\r\n"


def test_a_shutdown_waits_for_its_end(setting):
    run(setting.client, MOVE)
    with locked(setting.server):
        request_shutdown(setting.server, wanted=False, force=False, now=False)
        continue_shutdown(setting.server)
    assert setting.server.stop_requests.empty()
    setting.answer(b"+OK")
    with locked(setting.server):
        continue_shutdown(setting.server)
    assert setting.server.stop_requests.get_nowait() == "SHUTDOWN"


def test_a_failover_waits_for_its_end(setting):
    """The new master would have the keys that the target has."""
    server = setting.server
    start_stream(server)
    replica = Replica(None, setting.new_client().output_buffer)
    replica.state, replica.is_fed = ONLINE, True
    server.replication.replicas[replica] = None

    def bring_level():
        with locked(server):
            replica.offset = server.replication.history.offset
            continue_failover(server)

    run(setting.client, MOVE)
    with locked(server):
        begin_failover(server, None, 0, is_forced=False)
    bring_level()
    assert server.following is None
    setting.answer(b"+OK")
    bring_level()
    assert server.following is not None
    assert run(setting.other, "EXISTS k") == b":0\r\n"


def test_in_a_transaction_all_other_commands_wait_and_see_no_half_of_it(setting):
    for line in ("MULTI", "SET before 1", MOVE, "SET after 1"):
        run(setting.client, line)
    thread = in_thread(setting, b"EXEC")
    assert run(setting.other, "GET before") == b"" and setting.other.blocked
    tick(setting.server)
    setting.answer(b"+OK")
    thread.join()
    assert thread.reply == b"*3\r\n+OK\r\n+OK\r\n+OK\r\n"
    assert sent(setting.other) == b"$1\r\n1\r\n"
    assert setting.propagated() == ["MULTI", "SET before 1", "DEL k", "SET after 1", "EXEC"]


def test_in_a_transaction_its_error_is_one_of_the_replies(setting):
    for line in ("MULTI", MOVE, "GET k"):
        run(setting.client, line)
    thread = in_thread(setting, b"EXEC")
    setting.answer(b"-ERR no")
    thread.join()
    assert thread.reply == b"*2\r\n-ERR Target instance replied with error: ERR no\r\n$1\r\nv\r\n"
    assert setting.propagated() == [] and not setting.server.pause.is_on


def test_in_a_script_it_returns_what_the_target_has_answered(setting):
    pytest.importorskip("lupa")
    script = b"redis.call('SET', 'a', 1) return redis.call('MIGRATE', 'host', 1, 'k', 0, 9)"
    thread = in_thread(setting, b"EVAL", script, b"0")
    assert run(setting.other, "GET a") == b"" and setting.other.blocked
    setting.answer(b"+OK")
    thread.join()
    assert thread.reply == b"+OK\r\n" and sent(setting.other) == b"$1\r\n1\r\n"
    assert setting.propagated() == ["MULTI", "SET a 1", "DEL k", "EXEC"]


def test_in_a_transaction_after_a_bug_the_lock_is_held_and_the_pause_is_over(setting):
    def fail(migration):
        raise ZeroDivisionError("a bug")

    setting.server.talk_to_target = fail
    for line in ("MULTI", "SET a 1", MOVE):
        run(setting.client, line)
    with pytest.raises(ZeroDivisionError):
        run(setting.client, "EXEC")
    assert run(setting.other, "APPEND k w") == b":2\r\n" and setting.server.busy == ""


def in_thread(setting, *argv):
    """Runs a command of the client in a thread of its own, until its MIGRATE waits for the target."""

    class Runner(threading.Thread):
        def run(self):
            self.reply = execute(setting.client, list(argv))

    thread = Runner(daemon=True)
    thread.start()
    wait_until(lambda: setting.migrations)
    return thread
