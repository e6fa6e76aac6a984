"""Where a node of a cluster sends its clients: each test asks ours, and with --slow the real one too."""

import pytest
from harness import has_real_server, wait_until
from node_alone import COMES, GOES, MYSELF, NOBODYS, OTHER, THERE, OurNode, connections, real_node
from tables import for_each

from redis_clone.features.cluster.slots import key_slot
from redis_clone.protocol.replies import NULL_ARRAY

CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot"
NOT_SERVED = "CLUSTERDOWN Hash slot not served"
TRY_AGAIN = "TRYAGAIN Multiple keys request during rehashing of slot"
DOWN = "CLUSTERDOWN The cluster is down"
MOVED, MOVED_TOO = (f"MOVED {key_slot(key.encode())} 127.0.0.1:1" for key in (THERE, COMES))
ASK = f"ASK {key_slot(GOES.encode())} 127.0.0.1:1"
KINDS = ["ours", pytest.param("real", marks=pytest.mark.slow)]


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not has_real_server():
        pytest.skip("needs redis-server")
    with real_node(tmp_path_factory.mktemp("real")) as node:
        yield node


@pytest.fixture(params=KINDS)
def node(request):
    return OurNode() if request.param == "ours" else request.getfixturevalue("real")


@pytest.fixture
def connect(node):
    make, leave = connections(node)
    yield make
    leave()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def other(client, connect):
    return connect()


def shown(reply):
    return str(reply) if isinstance(reply, Exception) else reply


def ask(client, *lines):
    """The reply to the last of these commands, each of which is given as a line or as its words."""
    for line in lines:
        reply = client(line) if isinstance(line, str) else client(*line)
    return shown(reply)


REDIRECTED = {
    "GET x": None,
    f"GET {THERE}": MOVED,
    f"GET {COMES}": MOVED_TOO,
    f"GET {GOES}": ASK,
    f"GET {NOBODYS}": NOT_SERVED,
    "MGET x y": CROSS_SLOT,
    "MGET x x": [None, None],
    f"MGET {NOBODYS} x": NOT_SERVED,  # the first key decides
    f"MGET x {NOBODYS}": CROSS_SLOT,
    f"MGET x {THERE}": CROSS_SLOT,
    f"SET {THERE} 1": MOVED,
    f"WATCH {THERE}": MOVED,
    f"OBJECT ENCODING {THERE}": MOVED,
    f"BLPOP x {THERE} 0": CROSS_SLOT,
    f"XREAD BLOCK 0 STREAMS {THERE} 0": MOVED,
    "XREAD STREAMS x y 0 0": CROSS_SLOT,
    "SORT x STORE y": CROSS_SLOT,
    "SORT x STORE {x}y": 0,
    "GEORADIUS x 1 1 10 m STORE y": CROSS_SLOT,
    "ZUNIONSTORE x 2 {x}1 y": CROSS_SLOT,
    f"EVAL 'return 1' 1 {THERE}": MOVED,
    f"EVAL 'return 1' 5 {THERE}": "ERR Number of keys can't be greater than number of args",
    f"SPUBLISH {THERE} hello": MOVED,
    f"SPUBLISH {GOES} hello": 0,
    f"SSUBSCRIBE {THERE}": MOVED,
    f"SUNSUBSCRIBE {THERE}": MOVED,
    "PUBLISH there hello": 0,
    f"MIGRATE 127.0.0.1 1 {THERE} 0 10": MOVED,
    "DEL": "ERR wrong number of arguments for 'del' command",
}


@for_each("line, reply", REDIRECTED.items())
def test_a_client_is_sent_where_its_keys_are(client, line, reply):
    assert ask(client, line) == reply


ON_THE_WAY = [
    # A key of a slot that goes away: here as long as it is here.
    ([f"SET {GOES} 1"], ASK),
    ([f"MGET {GOES} {{{GOES}}}2"], ASK),
    # One that comes: only after ASKING, which covers one command.
    (["ASKING", f"GET {COMES}"], None),
    (["ASKING", f"GET {COMES}", f"GET {COMES}"], MOVED_TOO),
    (["ASKING", "NOSUCH", f"GET {COMES}"], MOVED_TOO),
    (["ASKING", "ASKING", f"GET {COMES}"], None),
    (["ASKING", f"GET {THERE}"], MOVED),
    (["ASKING", "RESET", f"GET {COMES}"], MOVED_TOO),
    (["ASKING", f"MGET {COMES} {COMES}"], [None, None]),
    (["ASKING", f"MGET {COMES} {{{COMES}}}2"], TRY_AGAIN),
    (["ASKING", f"EVAL \"return redis.call('get', KEYS[1])\" 1 {COMES}"], None),
    ([f"RESTORE-ASKING {COMES} 0 x"], "ERR DUMP payload version or checksum are wrong"),
    ([f"RESTORE {COMES} 0 x"], MOVED_TOO),
    # ... or one transaction.
    (["ASKING", "MULTI", f"GET {COMES}", f"GET {COMES}", "EXEC"], [None, None]),
    (["ASKING", "MULTI", f"GET {COMES}", "EXEC", f"GET {COMES}"], MOVED_TOO),
    (["MULTI", "ASKING", "EXEC", f"GET {COMES}"], MOVED_TOO),
    (["ASKING", "MULTI", "DISCARD", f"GET {COMES}"], MOVED_TOO),
]


@for_each("lines, reply", ON_THE_WAY)
def test_while_a_slot_is_on_the_way_its_keys_are_here_or_there(connect, lines, reply):
    assert ask(connect(), *lines) == reply


def test_asking_covers_a_command_that_is_postponed(client, other):
    assert other("CLIENT PAUSE 100000 WRITE") == "OK"
    assert client("ASKING") == "OK"
    client.send(f"SET {COMES} 1")
    wait_until(lambda: b"blocked_clients:1\r\n" in other("INFO clients"))
    assert other("CLIENT UNPAUSE") == "OK"
    assert client.read() == "OK"
    assert ask(client, f"GET {COMES}") == MOVED_TOO
    assert ask(client, "ASKING", f"DEL {COMES}") == 1


def test_of_a_slot_that_goes_the_keys_that_are_here_are_served(node, client):
    slot = key_slot(b"x")
    client("SET {x}1 a")
    client("SET {x}2 b PX 100000")
    assert client(f"CLUSTER SETSLOT {slot} MIGRATING {OTHER}") == "OK"
    try:
        assert client("MGET {x}1 {x}2") == [b"a", b"b"] and client("GET {x}1") == b"a"
        assert ask(client, "MGET {x}1 {x}3") == TRY_AGAIN
        assert ask(client, "MULTI", "GET {x}1", "GET {x}1", "EXEC") == [b"a", b"a"]
        assert ask(client, "DEL {x}1", "GET {x}1") == f"ASK {slot} 127.0.0.1:1"
        assert ask(client, "MIGRATE 127.0.0.1 1 {x}1 0 100") == "NOKEY"
        assert ask(client, "PEXPIRE {x}2 1", "DEBUG SLEEP 0.01") == "OK"
        node.let_time_pass(100)
        assert ask(client, "GET {x}2") == f"ASK {slot} 127.0.0.1:1", "a key that has expired is not here"
    finally:
        client(f"CLUSTER SETSLOT {slot} STABLE")


def test_a_transaction_is_sent_where_its_keys_are_as_a_whole(client):
    assert ask(client, "MULTI", "GET x", "GET y", "EXEC") == CROSS_SLOT
    assert ask(client, "EXEC") == "ERR EXEC without MULTI", "it has gone with the error"
    assert ask(client, "MULTI", f"GET {THERE}") == MOVED
    assert ask(client, "EXEC") == "EXECABORT Transaction discarded because of previous errors."
    assert ask(client, "MULTI", "GET x", "SET", "GET y", "EXEC").startswith("EXECABORT ")
    assert ask(client, "MULTI", "PING", "PUBLISH c m", "EXEC") == ["PONG", 0]
    assert ask(client, "MULTI", f"SPUBLISH {GOES} m") == "QUEUED"
    assert ask(client, "EXEC") == ASK, "of a transaction also the channels count as keys"
    assert ask(client, "WATCH x", "SET x 1", "MULTI", "GET x", "EXEC") == NULL_ARRAY


NOT_LOCAL = "ERR Script attempted to access a non local key in a cluster node"
OTHER_SLOT = "ERR Script attempted to access keys that do not hash to the same slot"
GET_ARGV = "return redis.call('get', ARGV[1])"
GET_BOTH = "redis.call('get', ARGV[1]) return redis.call('get', ARGV[2])"
MGET = "return redis.call('mget', 'x', 'y')"
SHEBANG, CROSSING = "#!lua\n", "#!lua flags=allow-cross-slot-keys\n"
SCRIPTS = [
    (["EVAL", GET_ARGV, "0", "x"], "1"),
    (["EVAL", GET_ARGV, "1", "x", "y"], "2"),
    (["EVAL", GET_BOTH, "0", "x", "y"], "2"),
    (["EVAL", GET_ARGV, "1", "x", THERE], NOT_LOCAL),
    (["EVAL", GET_ARGV, "1", "x", NOBODYS], NOT_LOCAL),
    (["EVAL", GET_ARGV, "1", "x", GOES], NOT_LOCAL),
    (["EVAL", MGET, "0"], NOT_LOCAL),
    (["EVAL", "return redis.call('spublish', ARGV[1], 'm')", "0", THERE], NOT_LOCAL),
    (["EVAL", "return redis.call('select', 1)", "0"], "ERR SELECT is not allowed in cluster mode"),
    (["EVAL", SHEBANG + GET_ARGV, "0", "x"], "1"),
    (["EVAL", SHEBANG + GET_ARGV, "1", "x", "x"], "1"),
    (["EVAL", SHEBANG + GET_ARGV, "1", "x", "y"], OTHER_SLOT),
    (["EVAL", SHEBANG + GET_BOTH, "0", "x", "y"], OTHER_SLOT),
    (["EVAL", SHEBANG + GET_ARGV, "1", "x", THERE], NOT_LOCAL),
    (["EVAL", CROSSING + GET_BOTH, "0", "x", "y"], "2"),
    (["EVAL", CROSSING + GET_ARGV, "1", "x", "y"], "2"),
    (["EVAL", CROSSING + MGET, "0"], NOT_LOCAL),
    (["EVAL", CROSSING + GET_ARGV, "2", "x", "y"], CROSS_SLOT),
    (["EVAL", "#!lua flags=no-cluster\nreturn 1", "0"],
     "ERR Can not run script on cluster, 'no-cluster' flag is set."),
    (["EVAL", "#!lua flags=no-cluster,no-writes\nreturn 1", "0"],
     "ERR Can not run script on cluster, 'no-cluster' flag is set."),
    (["FCALL", "plain", "0", "x"], "1"),
    (["FCALL", "plain", "1", "x", "y"], OTHER_SLOT),
    (["FCALL", "plain", "1", "x", THERE], NOT_LOCAL),
    (["FCALL", "plain", "1", THERE, "x"], MOVED),
    (["FCALL", "crossing", "1", "x", "y"], "2"),
    (["FCALL", "crossing", "1", "x", THERE], NOT_LOCAL),
    (["FCALL", "alone", "0"], "ERR Can not run script on cluster, 'no-cluster' flag is set."),
]  # fmt: skip
LIBRARY = """#!lua name=mylib
local function get(keys, argv) return redis.call('get', argv[1]) end
redis.register_function('plain', get)
redis.register_function{function_name='crossing', callback=get, flags={'allow-cross-slot-keys'}}
redis.register_function{function_name='alone', callback=get, flags={'no-cluster'}}
"""


@pytest.fixture
def scripted(client):
    """A client of a node that has two keys and a library."""
    assert ask(client, "SET x 1", "SET y 2", "FUNCTION FLUSH", ["FUNCTION", "LOAD", LIBRARY]) == b"mylib"
    return client


@for_each("words, reply", SCRIPTS)
def test_a_script_reaches_the_keys_that_it_has_declared_or_that_are_here(scripted, words, reply):
    got = ask(scripted, words)
    assert (got.decode() if isinstance(got, bytes) else got.partition(" script: ")[0]) == reply


def test_all_scripts_of_a_transaction_have_one_slot(scripted):
    evals = [["EVAL", SHEBANG + GET_ARGV, "0", key] for key in "yx"]
    first, second = ask(scripted, "MULTI", *evals, "EXEC")
    assert first == b"2" and str(second).startswith(OTHER_SLOT)


RESTRICTED = {
    "SELECT 0": "OK",
    "SELECT 1": "ERR SELECT is not allowed in cluster mode",
    "SELECT 100": "ERR SELECT is not allowed in cluster mode",
    "SELECT a": "ERR value is not an integer or out of range",
    "MOVE x 0": "ERR MOVE is not allowed in cluster mode",
    "MOVE x a": "ERR MOVE is not allowed in cluster mode",
    "SWAPDB 0 0": "ERR SWAPDB is not allowed in cluster mode",
    "COPY x {x}2 DB 1": "ERR Copying to another database is not allowed in cluster mode",
    "COPY x {x}2 DB 100": "ERR DB index is out of range",
    "COPY x {x}2 DB 0": 0,
    "COPY x y": CROSS_SLOT,
    "REPLICAOF 127.0.0.1 1": "ERR REPLICAOF not allowed in cluster mode.",
    "REPLICAOF NO ONE": "ERR REPLICAOF not allowed in cluster mode.",
    "SLAVEOF NO ONE": "ERR REPLICAOF not allowed in cluster mode.",
    "FAILOVER": "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.",
    "FAILOVER ABORT": "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.",
    "SORT x BY w_*": "ERR BY option of SORT denied in Cluster mode.",
    "SORT x BY {x}w_*": "ERR BY option of SORT denied in Cluster mode.",
    "SORT x BY nosort": [],
    "SORT_RO x GET #": "ERR GET option of SORT denied in Cluster mode.",
}


@for_each("line, reply", RESTRICTED.items())
def test_what_needs_keys_of_other_nodes_or_databases_is_refused(client, line, reply):
    assert ask(client, line) == reply


def test_shard_channels_leave_with_their_slot_and_their_subscribers_are_told(client, connect):
    slots = [client(f"CLUSTER KEYSLOT {channel}") for channel in ("x", "z")]
    first, second = connect(), connect()
    assert first("SSUBSCRIBE {x}a {x}b") == [b"ssubscribe", b"{x}a", 1] and first.read()[2] == 2
    assert second("SSUBSCRIBE z")[2] == 1 and second("SSUBSCRIBE {x}a")[2] == 2
    try:
        assert client(f"CLUSTER SETSLOT {slots[0]} NODE {OTHER}") == "OK"
        assert sorted([first.read(), first.read()], key=lambda push: -push[2]) in (
            [[b"sunsubscribe", b"{x}a", 1], [b"sunsubscribe", b"{x}b", 0]],
            [[b"sunsubscribe", b"{x}b", 1], [b"sunsubscribe", b"{x}a", 0]],
        )
        assert second.read() == [b"sunsubscribe", b"{x}a", 1]
        assert client(f"CLUSTER DELSLOTS {slots[1]}") == "OK"
        assert second.read() == [b"sunsubscribe", b"z", 0]
        assert client("PUBSUB SHARDCHANNELS") == [] and first("GET y") is None
    finally:
        client(f"CLUSTER SETSLOT {slots[0]} NODE {MYSELF}")
        client(f"CLUSTER ADDSLOTS {slots[1]}")


def test_clients_that_wait_for_a_key_follow_its_slot(node, client, connect):
    slot = client("CLUSTER KEYSLOT x")
    waiting = {line: connect() for line in ("BLPOP x 0", "BZPOPMIN {x}2 x 0", "XREAD BLOCK 0 STREAMS x 0")}
    elsewhere = connect()
    for line, each in waiting.items():
        each.send(line)
    elsewhere.send("BLPOP y 0")
    wait_until(lambda: b"blocked_clients:4\r\n" in client("INFO clients"))
    try:
        assert client(f"CLUSTER SETSLOT {slot} MIGRATING {OTHER}") == "OK"
        assert ask(connect(), "BLPOP x 0") == f"ASK {slot} 127.0.0.1:1"
        assert client(f"CLUSTER SETSLOT {slot} NODE {OTHER}") == "OK"
        node.let_time_pass(100)
        for line, each in waiting.items():
            assert str(each.read()) == f"MOVED {slot} 127.0.0.1:1", line
        assert client("RPUSH y a") == 1 and elsewhere.read() == [b"y", b"a"]
    finally:
        client(f"CLUSTER SETSLOT {slot} NODE {MYSELF}")


WHEN_DOWN = [
    ("no", "GET x", DOWN),
    ("no", "SET x 1", DOWN),
    ("no", "EVAL 'return 1' 0", 1),
    ("no", "EVAL \"return redis.call('get', 'x')\" 0",
     "ERR Script attempted to execute a command while the cluster is down"),
    ("no", "MGET x y", CROSS_SLOT),
    ("no", f"GET {NOBODYS}", NOT_SERVED),
    ("no", f"GET {THERE}", DOWN),
    ("no", "SPUBLISH x m", 0),
    ("no", "PING", "PONG"),
    ("yes", "GET x", None),
    ("yes", f"GET {THERE}", MOVED),
    ("yes", "SET x 1", f"{DOWN} and only accepts read commands"),
    ("yes", "EVAL \"return redis.call('get', 'x')\" 0", None),
    ("yes", "EVAL \"return redis.call('set', 'x', 1)\" 0",
     "ERR Script attempted to execute a write command while the cluster is down and readonly"),
]  # fmt: skip


@pytest.fixture
def down(node, client, connect):
    """A client of a node that finds that a slot has no owner, and that all should have one."""
    waiting = connect()
    waiting.send("BLPOP x 0")
    wait_until(lambda: b"blocked_clients:1\r\n" in client("INFO clients"))
    slot = client("CLUSTER KEYSLOT z")
    assert client("CONFIG SET cluster-require-full-coverage yes") == "OK"
    assert client(f"CLUSTER DELSLOTS {slot}") == "OK"
    node.let_time_pass(100)
    assert str(waiting.read()) == DOWN
    yield client
    client("CONFIG SET cluster-require-full-coverage no")
    client(f"CLUSTER ADDSLOTS {slot}")
    client("CONFIG SET cluster-allow-reads-when-down no cluster-allow-pubsubshard-when-down yes")
    node.let_time_pass(100)


@for_each("may_read, line, reply", WHEN_DOWN)
def test_a_cluster_that_is_down_serves_nobody_or_readers_alone(down, may_read, line, reply):
    down(f"CONFIG SET cluster-allow-reads-when-down {may_read}")
    got = ask(down, line)
    assert (got.partition(" script: ")[0] if isinstance(got, str) else got) == reply


def test_a_cluster_that_is_down_may_refuse_shard_channels_too(down):
    assert down("CONFIG SET cluster-allow-pubsubshard-when-down no cluster-allow-reads-when-down yes") == "OK"
    assert ask(down, "SPUBLISH x m") == DOWN


def test_a_refused_command_is_counted_as_one(client):
    ask(client, "CONFIG RESETSTAT", f"GET {THERE}", "MGET x y", f"GET {NOBODYS}", "GET x")
    errors, stats = client("INFO errorstats").decode(), client("INFO commandstats").decode()
    for name in ("MOVED", "CROSSSLOT", "CLUSTERDOWN"):
        assert f"errorstat_{name}:count=1\r\n" in errors
    get = next(line for line in stats.splitlines() if line.startswith("cmdstat_get:"))
    assert ":calls=1," in get and "rejected_calls=2," in get


def test_readonly_and_readwrite_mark_a_client(client):
    assert ask(client, "READONLY") == "OK" and "r" in flags_of(client)
    assert ask(client, f"GET {THERE}") == MOVED, "we are no replica of it"
    assert ask(client, "READWRITE") == "OK" and "r" not in flags_of(client)
    assert ask(client, "READONLY", "RESET") == "RESET" and "r" not in flags_of(client)


def flags_of(client):
    return client("CLIENT INFO").decode().partition(" flags=")[2].partition(" ")[0]


@pytest.fixture(params=KINDS)
def replica(request, tmp_path):
    """A client of a replica of the other node, which owns all slots but one."""
    if request.param == "ours":
        yield OurNode(is_replica=True).connect()
        return
    if not has_real_server():
        pytest.skip("needs redis-server")
    with real_node(tmp_path, is_replica=True) as node:
        client = node.connect()
        yield client
        client.leave()


def test_a_replica_serves_readers_that_have_said_so(replica):
    moved = f"MOVED {key_slot(b'x')} 127.0.0.1:1"
    read, write = "EVAL \"return redis.call('get', KEYS[1])\" 1 x", ["EVAL", SHEBANG + "return 1", "1", "x"]
    assert ask(replica, "GET x") == moved and ask(replica, read) == moved
    assert ask(replica, "READONLY", "GET x") is None and ask(replica, read) is None
    assert ask(replica, "SET x 1") == moved and ask(replica, write) == moved
    assert ask(replica, ["EVAL", "#!lua flags=no-writes\nreturn 1", "1", "x"]) == 1
    assert ask(replica, "MULTI", "GET x", "EXEC") == [None]
    assert ask(replica, "MULTI", "SET x 1") == moved and ask(replica, "DISCARD") == "OK"
    assert ask(replica, f"GET {NOBODYS}") == NOT_SERVED
    assert ask(replica, "READWRITE", "GET x") == moved
    assert ask(replica, "SPUBLISH x m") == 0 and ask(replica, "SSUBSCRIBE x") == [b"ssubscribe", b"x", 1]
