"""Commands alike: what is performed at once does what each would have done alone."""

from random import Random

import pytest
from harness import in_words, run, run_burst

from redis_clone import alike, commands, registry, turns
from redis_clone.clock import Clock
from redis_clone.protocol.bursts import Alike
from redis_clone.state import Client, Server

commands.load()

ROWS = [row for row in registry.TABLE.values() if row.batch is not None]


@pytest.fixture
def client():
    return Client(Server())


@pytest.fixture
def batched(monkeypatch):
    """How many commands of each name were performed at once."""
    counts = {row.name: 0 for row in ROWS}

    def counting(row, function):
        def counted(client, *columns):
            done = function(client, *columns)
            counts[row.name] += len(done)
            return done

        return counted

    for row in ROWS:
        monkeypatch.setattr(row, "batch", counting(row, row.batch))
    return counts


@pytest.mark.parametrize("is_logged", [False, True])
@pytest.mark.parametrize("policy", ["noeviction", "allkeys-lfu"])
def test_a_batch_leads_where_the_long_way_does(batched, is_logged, policy):
    random, now_ns = Random(1), [10**18]
    clients = [Client(Server(random=Random(2), clock=Clock(lambda: now_ns[0]))) for _ in range(2)]
    run(Client(clients[1].server, id=7), "MONITOR")
    logs = [[], []]
    for client, log in zip(clients, logs, strict=True):
        run(client, f"CONFIG SET maxmemory-policy {policy}")
        if is_logged:
            client.server.propagation.listen(log.extend)
    others = b"DEL,EXPIRE:1,SET:9223372036854775800,APPEND:x,RPUSH:x,SADD:x,HSET:x:1,PERSIST".split(b",")
    keys = [b"k%d" % number for number in range(6)]
    for _ in range(600):
        name, *words = random.choice(others).split(b":")
        burst = [[name, random.choice(keys), *words]]
        row = random.choice(ROWS)
        few = random.sample(keys, random.choice((1, 1, 2, 6)))
        for _ in range(random.randint(1, 30)):
            words = [b"%d" % random.randint(0, 9) for _ in range(row.batch_takes - 2)]
            burst.append([row.name.encode(), random.choice(few), *words])
        now_ns[0] += random.choice((0, 10**8, 10**9))
        for lines in (burst[:1], burst[1:]):
            answers = [run_burst(client, lines) for client in clients]
            assert answers[0] == answers[1], lines
    short, long = [client.server for client in clients]
    assert short.stats.changes == long.stats.changes > 1_000
    assert short.stats.error_counts == long.stats.error_counts
    assert list(in_words(logs[0])) == list(in_words(logs[1]))
    assert run(clients[0], "DEBUG DIGEST") == run(clients[1], "DEBUG DIGEST")
    mine, theirs = short.databases[0], long.databases[0]
    assert (mine.hits, mine.misses, mine.size()) == (theirs.hits, theirs.misses, theirs.size())
    assert all(count > 20 for name, count in batched.items() if name != "SADD" or not is_logged), batched


def test_each_slow_command_is_seen_for_itself(client, batched):
    run(client, "CONFIG SET slowlog-log-slower-than 0")
    run(client, "SLOWLOG RESET")
    run_burst(client, [[b"SET", b"a", b"%d" % number] for number in range(3)])
    assert [entry.argv[2] for entry in client.server.slowlog.newest(3)] == [b"2", b"1", b"0"]
    assert not any(batched.values())


def test_a_bug_in_a_batch_costs_one_command(client, monkeypatch):
    def stumbling(client, keys, values):
        client.db.overwrite_many(keys[:2], values[:2], "set")
        return 1 // 0

    log = []
    client.server.propagation.listen(log.extend)
    monkeypatch.setattr(registry.TABLE["SET"], "batch", stumbling)
    commands = Alike([[b"SET"] * 3, [b"a", b"b", b"c"], [b"1", b"2", b"3"]])
    with pytest.raises(ZeroDivisionError):
        turns.execute_all(client, commands, bytearray())
    monkeypatch.undo()
    replies = bytearray()
    turns.execute_all(client, commands, replies)
    assert replies == b"+OK\r\n" * 2 and not commands and not client.server.changes
    assert [argv[1] for _, argv in log] == [b"a", b"b", b"c"]


def test_many_are_performed_in_several_batches(client, batched):
    count = 2 * alike.BATCH + 1
    assert run_burst(client, [[b"SET", b"a", b"1"]] * count) == b"+OK\r\n" * count
    assert batched["SET"] == client.server.stats.changes == count
