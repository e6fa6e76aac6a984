"""MIGRATE to a target that answers as the test says; tests/programs/test_migrating.py has real targets."""

import contextlib
import socket
import threading

import pytest
from harness import PATIENCE, Client, our_server, ours_alone, wait_until
from tables import for_each

from redis_clone.network import migrator
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import read_reply
from redis_clone.protocol.stream import Stream

OK, BUSY = "+OK", "-BUSYKEY Target key name already exists."
READING = RedisError("IOERR error or timeout reading to target instance")
WRITING = RedisError("IOERR error or timeout writing to target instance")
CONNECTING = RedisError("IOERR error or timeout connecting to the client")
SILENCE = None


class Target:
    """Listens, and answers the commands of each connection in turn from a script of its own.

    At the end of its script a connection is closed, unless that is SILENCE: then it stays, and says nothing.
    An Event in the script is waited for.
    """

    def __init__(self, scripts):
        self._scripts = [list(script) for script in scripts]
        self.commands = []  # of each connection: what it was sent
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._is_over = threading.Event()
        self._connection = socket.socket()  # the one that is served now
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self):
        with self._listener:
            for script in self._scripts:
                connection, _ = self._listener.accept()
                if self._is_over.is_set():
                    return connection.close()
                with connection, contextlib.suppress(EOFError, ConnectionError):
                    self._serve(connection, script)

    def _serve(self, connection, script):
        stream, commands, self._connection = Stream(connection.recv), [], connection
        self.commands.append(commands)
        for answer in script:
            if answer is SILENCE:
                self._is_over.wait()
            elif isinstance(answer, threading.Event):
                assert answer.wait(PATIENCE)
            else:
                commands.append(read_reply(stream))
                connection.sendall(answer.encode() + b"\r\n")

    def end(self):
        """Wake the thread, wherever it waits, and wait for its end."""
        self._is_over.set()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._connection.close()


@pytest.fixture
def target():
    """Makes a target with a script for each connection."""
    made = []

    def make(*scripts):
        made.append(Target(scripts))
        return made[-1]

    yield make
    for each in made:
        each.end()


def move(redis, target, more="KEYS a b", db=0, timeout=100_000):
    return redis(f"MIGRATE 127.0.0.1 {target.port} '' {db} {timeout} {more}")


def target_error(text):
    return RedisError(f"ERR Target instance replied with error: {text}")


@for_each(
    "line",
    [
        "MIGRATE h 1 k 0",
        "MIGRATE h 1 k 0 1000",
        "MIGRATE h port k 0 1000",
        "MIGRATE h 1 '' 0 1000",
        "MIGRATE h 1 '' 0 1000 KEYS",
        "MIGRATE h 1 '' 0 1000 KEYS a b",
        "MIGRATE h 1 k 0 1000 KEYS a b",
        "MIGRATE h 1 k 0 1000 KEYS a WORD",
        "MIGRATE h 1 k 0 1000 COPY REPLACE copy",
        "MIGRATE h 1 k 0 1000 WORD",
        "MIGRATE h 1 k x 1000 WORD",
        "MIGRATE h 1 k x 1000",
        "MIGRATE h 1 k 0 x",
        "MIGRATE h 1 k 99999999999999999999 1",
        "MIGRATE h 1 k 0 1.5",
        "MIGRATE h 1 k 0 1000 AUTH",
        "MIGRATE h 1 k 0 1000 AUTH KEYS",
        "MIGRATE h 1 k 0 1000 AUTH2",
        "MIGRATE h 1 k 0 1000 AUTH2 ada",
        "MIGRATE h 1 k 0 1000 AUTH x AUTH2 y z COPY",
        "EVAL_RO \"return redis.call('MIGRATE', 'h', 1, 'k', 0, 1)\" 0",
    ],
)
def test_what_is_wrong_or_not_there_is_said_without_a_connection(both, line):
    ours, real = both(line)
    assert ours == real and type(ours) is type(real)


@for_each(
    "where, reply",
    [
        ("nohost.invalid 1", CONNECTING),
        ("'' 6379", CONNECTING),
        ("' 127.0.0.1' 6379", CONNECTING),
        ("127.0.0.1 -1", CONNECTING),
        ("127.0.0.1 1", WRITING),
        ("127.0.0.1 port", WRITING),
        ("127.0.0.1 ''", WRITING),
        ("127.0.0.1 0", WRITING),
    ],
)
def test_a_target_that_is_not_there_leaves_the_key(redis, where, reply):
    redis("SET k v")
    assert redis(f"MIGRATE {where} k 0 1000") == reply
    assert redis("GET k") == b"v"


def test_a_host_that_is_no_name_cannot_be_reached(redis):
    redis("SET k v")
    for host in (b"\xff", b"a\x00b", b"a" * 300):
        assert redis("MIGRATE", host, 1, "k", 0, 100) == CONNECTING, host


@for_each(
    "script, left, reply",
    [
        ([OK, OK, OK, OK], [None, None], "OK"),
        ([OK, OK, BUSY, OK], [b"1", None], target_error(BUSY[1:])),
        ([OK, OK, "-ERR 1", "-ERR 2"], [b"1", b"2"], target_error("ERR 1")),
        (["-WRONGPASS", OK, OK, OK], [b"1", b"2"], target_error("WRONGPASS")),
        ([OK, "-ERR no db", OK, OK], [b"1", b"2"], target_error("ERR no db")),
        ([OK, OK, BUSY], [b"1", b"2"], target_error(BUSY[1:])),
        ([OK, OK, OK], [None, b"2"], READING),
        ([OK, OK, OK, SILENCE], [None, b"2"], READING),
        ([OK, OK, SILENCE], [b"1", b"2"], READING),
        ([SILENCE], [b"1", b"2"], READING),
    ],
)
def test_a_key_is_deleted_when_the_target_has_acknowledged_it(redis, target, script, left, reply):
    redis("MSET a 1 b 2")
    timeout = 100 if SILENCE in script else 100_000
    assert move(redis, target(script), "AUTH secret KEYS a b", db=3, timeout=timeout) == reply
    assert redis("MGET a b") == left


def test_a_target_hears_of_the_password_the_database_and_each_key(redis, target):
    redis("MSET a 1 b 2"), redis("SET c 3 PX 100000")
    payloads = [redis(f"DUMP {key}") for key in "abc"]
    there = target([OK] * 8)
    assert move(redis, there, "COPY AUTH2 ada secret KEYS a none b", db=3) == "OK"
    assert move(redis, there, "AUTH secret REPLACE KEYS c", db=3) == "OK"
    sent = there.commands[0]
    assert sent[:2] == [[b"AUTH", b"ada", b"secret"], [b"SELECT", b"3"]]
    assert sent[2:4] == [[b"RESTORE", b"a", b"0", payloads[0]], [b"RESTORE", b"b", b"0", payloads[1]]]
    assert sent[4] == [b"AUTH", b"secret"], "the database is selected already"
    assert sent[5][:2] == [b"RESTORE", b"c"] and sent[5][3:] == [payloads[2], b"REPLACE"]
    assert 0 < int(sent[5][2]) <= 100_000, "what the key has left to live"
    assert redis("EXISTS a b c") == 2


def test_after_an_error_the_database_is_selected_again(redis, target):
    redis("MSET a 1 b 2")
    there = target([OK, BUSY, OK, OK, OK])
    move(redis, there, "KEYS a", db=3), move(redis, there, "KEYS a", db=3), move(redis, there, "KEYS b", db=3)
    assert [argv[0] for argv in there.commands[0]] == [b"SELECT", b"RESTORE"] * 2 + [b"RESTORE"]


def test_minus_one_is_not_selected_on_a_new_connection(redis, target):
    redis("MSET a 1 b 2")
    there = target([OK] * 4)
    for key in "ab":
        assert move(redis, there, f"KEYS {key}", db=-1) == "OK"
    assert [argv[0] for argv in there.commands[0]] == [b"RESTORE"] * 2


def test_a_cached_connection_that_the_target_has_closed_is_made_anew(redis, target):
    redis("MSET a 1 b 2")
    there = target([OK, OK], [OK, OK])
    assert move(redis, there, "KEYS a") == "OK"
    assert move(redis, there, "KEYS b") == "OK"
    assert [argv[0] for argv in there.commands[1]] == [b"SELECT", b"RESTORE"]


@for_each("script, tries", [([OK], 2), ([OK, OK], 1), ([], 2)])
def test_it_tries_twice_unless_a_key_was_answered(redis, target, script, tries):
    """The answers are to SELECT and RESTORE of two keys; then the connection is closed."""
    redis("MSET a 1 b 2")
    there = target(script, script, script)
    assert move(redis, there) == READING
    assert len(there.commands) == tries


def test_a_target_that_is_too_slow_is_not_asked_again(redis, target):
    redis("MSET a 1")
    there = target([SILENCE], [OK, OK])
    assert move(redis, there, "KEYS a", timeout=50) == READING
    assert len(there.commands) == 1 and redis("GET a") == b"1"


@for_each("timeout", [0, -5, 2**63 - 1])
def test_a_time_out_may_be_any_integer(redis, target, timeout):
    redis("SET a 1")
    assert move(redis, target([OK, OK]), "KEYS a", timeout=timeout) == "OK"


def test_a_transaction_and_a_script_may_move_keys(redis, target):
    redis("MSET a 1 b 2")
    there = target([OK] * 5)
    redis("MULTI"), move(redis, there, "KEYS a"), redis("GET a"), redis("GET b")
    assert redis("EXEC") == ["OK", None, b"2"]
    script = f"return redis.call('MIGRATE', '127.0.0.1', {there.port}, 'b', 0, 1000)"
    assert redis("EVAL", script, 0) == "OK" and redis("DBSIZE") == 0
    redis("SET c 3")
    assert "BUSY" not in str(redis("EVAL", script.replace("'b'", "'none'"), 0))


def test_a_moved_key_leaves_by_the_event_del(redis, other, target):
    redis("MSET a 1 b 2"), redis("CONFIG SET notify-keyspace-events KEA")
    other("PSUBSCRIBE __keyevent*")
    assert move(redis, target([OK] * 3)) == "OK"
    assert [other.read()[2:] for _ in "ab"] == [[b"__keyevent@0__:del", b"a"], [b"__keyevent@0__:del", b"b"]]
    redis("CONFIG SET notify-keyspace-events ''")


def test_passwords_are_hidden_in_the_slow_log_and_from_monitors(redis, other, target):
    redis("SET auth 1"), other("MONITOR")
    redis("CONFIG SET slowlog-log-slower-than 0"), redis("SLOWLOG RESET")
    there = target([OK] * 8)
    move(redis, there, "COPY AUTH secret AUTH2 ada secret KEYS auth auth")
    entries = redis("SLOWLOG GET 1")
    redis("CONFIG SET slowlog-log-slower-than 10000")
    shown = entries[0][3][6:]
    hidden = [b"(redacted)"]
    assert shown == [b"COPY", b"AUTH", *hidden, b"AUTH2", *hidden, *hidden, b"KEYS", b"auth", b"auth"]
    line = next(line for line in iter(other.read, None) if '"MIGRATE"' in line)
    assert "secret" not in line and line.endswith('"auth" "auth"')


@for_each(
    "rules, may",
    [
        ("~a ~b", True), ("~a", False), ("%R~a %R~b", False), ("%RW~*", True), ("%W~*", False),
        ("~* -@dangerous", False), ("~* -migrate", False),
    ],
)  # fmt: skip
def test_a_user_needs_the_right_to_read_and_to_write_each_key(redis, connect, target, rules, may):
    redis("MSET a 1 b 2")
    redis(f"ACL SETUSER mover reset on nopass +@all {rules}")
    user = connect()
    user("AUTH mover x")
    reply = move(user, target([OK] * 3))
    assert reply == "OK" if may else str(reply).startswith("NOPERM")
    redis("ACL DELUSER mover")


def test_it_counts_as_a_call_and_its_error_as_a_failed_one(redis, target):
    redis("MSET a 1 b 2"), redis("CONFIG RESETSTAT")
    move(redis, target([OK, BUSY, OK]))
    stats = redis("INFO commandstats").decode()
    line = next(line for line in stats.splitlines() if line.startswith("cmdstat_migrate:"))
    assert line.startswith("cmdstat_migrate:calls=1,") and line.endswith("rejected_calls=0,failed_calls=1")
    assert "errorstat_ERR:count=1" in redis("INFO errorstats").decode()


def cached_connections(redis):
    return int(redis("INFO stats").partition(b"migrate_cached_sockets:")[2].split()[0])


def test_connections_that_did_not_break_are_cached_and_counted(redis, target):
    redis("MSET a 1 b 2 c 3")
    before, there = cached_connections(redis), target([OK, OK, OK, SILENCE])
    move(redis, there, "KEYS a"), move(redis, there, "KEYS b")
    assert cached_connections(redis) == before + 1 and len(there.commands) == 1
    assert move(redis, there, "KEYS c", timeout=50) == READING
    assert cached_connections(redis) == before


@ours_alone
def test_a_target_that_is_no_redis_acknowledges_nothing(redis, target):
    """The real one takes any line that is no error for an acknowledgement, and deletes the key."""
    redis("SET a 1")
    there = target(["HTTP/1.1 400 Bad Request"] * 2, [OK, OK])
    assert move(redis, there, "KEYS a") == READING
    assert redis("GET a") == b"1" and len(there.commands) == 1


@pytest.fixture
def own_server():
    """A server of the test's own, whose thread for migrations has not begun."""
    with our_server() as address:
        client = Client(address)
        yield client
        client.close()


def test_an_unused_connection_is_closed(own_server, target, monkeypatch):
    monkeypatch.setattr(migrator, "UNUSED_SECONDS", 0.05)
    own_server("SET a 1")
    assert move(own_server, target([OK, OK, SILENCE]), "KEYS a") == "OK"
    wait_until(lambda: cached_connections(own_server) == 0)


def test_so_many_connections_are_cached_and_no_more(own_server, target, monkeypatch):
    monkeypatch.setattr(migrator, "MOST_CONNECTIONS", 2)
    for _ in range(4):
        own_server("SET a 1")
        assert move(own_server, target([OK, OK, SILENCE]), "KEYS a") == "OK"
    assert cached_connections(own_server) == 2


def test_after_a_bug_in_the_thread_writes_run_and_other_keys_migrate(own_server, target, monkeypatch, caplog):
    def buggy(*_):
        raise RuntimeError("a bug")

    own_server("SET a 1")
    with monkeypatch.context() as patched:
        patched.setattr(migrator, "_connect", buggy)
        assert move(own_server, target([OK, OK]), "KEYS a") == READING
    assert own_server("INCR a") == 2
    assert move(own_server, target([OK, OK]), "KEYS a") == "OK"
    assert "Error in the thread that migrates keys" in caplog.text


def test_a_transaction_that_has_waited_for_a_migration_may_migrate_too(own_server, target):
    """The thread that ends the first migration runs the transaction, so it must not wait for itself."""
    may_answer, other = threading.Event(), Client(own_server.socket.getpeername())
    there = target([OK, may_answer, OK, OK, OK])
    own_server("MSET a 1 b 2")
    other("MULTI"), move(other, there, "KEYS b"), other("DBSIZE")
    own_server.send(f"MIGRATE 127.0.0.1 {there.port} a 0 100000")
    wait_until(lambda: len(there.commands) == 1 and there.commands[0])
    other.send("EXEC")
    third = Client(own_server.socket.getpeername())
    wait_until(lambda: b"blocked_clients:2" in third("INFO clients"))
    may_answer.set()
    assert own_server.read() == "OK" and other.read() == ["OK", 0]
    other.close(), third.close()


def test_the_end_of_the_server_does_not_wait_for_a_target(target):
    before = threading.enumerate()
    with our_server() as address:
        client = Client(address)
        client("SET a 1")
        client.send(f"MIGRATE 127.0.0.1 {target([SILENCE]).port} a 0 100000")
        other, third = Client(address), Client(address)
        wait_until(lambda: b"blocked_clients:1" in third("INFO clients"))
        other.send("SET b 1")  # which waits as in a pause
        wait_until(lambda: b"blocked_clients:2" in third("INFO clients"))
    third.close()
    for each in (client, other):
        with contextlib.suppress(EOFError, ConnectionError):
            each.read()  # it may hear what became of its command
        assert each.is_closed()
    assert not [each for each in threading.enumerate() if each.name == "migrate" and each not in before]
