"""The memory of clients: in CLIENT LIST and INFO, for `maxmemory`, and for `maxmemory-clients`."""

import logging
from contextlib import suppress

import pytest
from harness import wait_until

MB = 1024 * 1024


@pytest.fixture
def values(own):
    """Ten megabytes in a hundred keys."""
    for number in range(100):
        own(f"SET key:{number} {'x' * 100_000}")
    return "MGET " + " ".join(f"key:{number}" for number in range(100))


def info(redis, name):
    [line] = [line for line in redis("INFO").decode().split("\r\n") if line.startswith(name + ":")]
    return int(line.partition(":")[2])


def listed(redis):
    """The fields of each client by its name; a client without a name is left out."""
    lines = redis("CLIENT LIST").decode().splitlines()
    clients = [dict(word.split("=", 1) for word in line.split()) for line in lines]
    return {fields["name"]: fields for fields in clients if fields["name"]}


def shown(redis, name, *fields):
    return [int(listed(redis)[name][field]) for field in fields]


def named(connect_own, name):
    client = connect_own()
    client(f"CLIENT SETNAME {name}")
    return client


def test_the_running_command_is_in_the_query_buffer_and_in_argv(own):
    own("CLIENT SETNAME me")
    assert shown(own, "me", "qbuf", "argv-mem", "multi-mem", "obl", "oll", "omem") == [26, 10, 0, 0, 0, 0]


def test_a_half_sent_command_is_in_the_query_buffer(own, connect_own):
    slow = named(connect_own, "slow")
    before = shown(own, "slow", "tot-mem")[0]
    slow.send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000000\r\n" + b"z" * 500_000)
    wait_until(lambda: shown(own, "slow", "qbuf")[0] >= 500_000)
    assert shown(own, "slow", "tot-mem")[0] - before >= 500_000
    slow.send_bytes(b"z" * 500_000 + b"\r\n")
    assert slow.read() == "OK"
    wait_until(lambda: shown(own, "slow", "tot-mem")[0] - before < 500_000)


def test_queued_commands_and_those_of_a_blocked_client_take_memory(own, connect_own):
    queuing, blocked = named(connect_own, "queuing"), named(connect_own, "blocked")
    queuing("MULTI")
    queuing("SET x " + "y" * 1000)
    blocked.send("BLPOP nokey 0")
    wait_until(lambda: shown(own, "blocked", "argv-mem") == [11])
    assert shown(own, "blocked", "qbuf") == [0]
    assert 1004 <= shown(own, "queuing", "multi-mem")[0] < 2000
    queuing("DISCARD")
    assert shown(own, "queuing", "multi-mem") == [0]


def test_a_reply_that_is_not_read_takes_memory_until_it_is(own, connect_own, values):
    lazy = named(connect_own, "lazy")
    [before] = shown(own, "lazy", "tot-mem")
    lazy.send(values)
    wait_until(lambda: shown(own, "lazy", "omem")[0] > 5 * MB)
    total, items = shown(own, "lazy", "tot-mem", "oll")
    assert total - before > 5 * MB and items > 0
    wait_until(lambda: info(own, "mem_clients_normal") > 5 * MB)  # the real one adds up in its cron
    assert info(own, "used_memory") > 15 * MB
    assert len(lazy.read()) == 100
    wait_until(lambda: shown(own, "lazy", "omem", "oll") == [0, 0])
    wait_until(lambda: info(own, "mem_clients_normal") < MB)


def test_clients_that_do_not_read_let_keys_be_evicted(own, connect_own, values):
    own(f"CONFIG SET maxmemory-policy allkeys-random maxmemory {info(own, 'used_memory') + 20 * MB}")
    lazy = [connect_own() for _ in range(20)]
    assert info(own, "evicted_keys") == 0
    for client in lazy:
        client.send(values)
    wait_until(lambda: info(own, "evicted_keys") > 0)
    assert own("DBSIZE") < 100


def test_a_half_sent_command_lets_keys_be_evicted(own, connect_own, values):
    own(f"CONFIG SET maxmemory-policy allkeys-random maxmemory {info(own, 'used_memory') + 2 * MB}")
    connect_own().send_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$9000000\r\n" + b"z" * 8_000_000)
    wait_until(lambda: info(own, "evicted_keys") > 0)


@pytest.mark.slow
def test_used_memory_stays_below_the_limit_with_the_index_of_random_picks_too(own):
    for number in range(2_000):
        own(f"SET key:{number} {'x' * 100} EX 10000")
    assert own("RANDOMKEY") and own("SCAN 0")
    own(f"CONFIG SET maxmemory-policy volatile-lru maxmemory {info(own, 'used_memory')}")
    for number in range(2_000, 4_000):
        assert own(f"SET key:{number} {'x' * 100} EX 10000") == "OK"
    limited = info(own, "used_memory") - info(own, "mem_not_counted_for_evict")
    assert limited <= info(own, "maxmemory") + 10_000, "but for the commands that ask"


def test_the_clients_that_take_most_are_evicted_first(own, connect_own, values, caplog):
    caplog.set_level(logging.DEBUG, "redis_clone")
    small, large = named(connect_own, "small"), named(connect_own, "large")
    own("CLIENT SETNAME me")
    small.send("GET key:0")
    large.send(values)
    wait_until(lambda: shown(own, "large", "omem")[0] > 5 * MB)
    own(f"CONFIG SET maxmemory-clients {3 * MB}")
    wait_until(lambda: "large" not in listed(own))
    assert set(listed(own)) == {"me", "small"}
    assert info(own, "evicted_clients") == 1
    lines = [record.getMessage() for record in caplog.records]
    assert not lines or any(
        line.startswith("Evicting client: id=") and "name=large" in line for line in lines
    )
    own("CONFIG RESETSTAT")
    assert info(own, "evicted_clients") == 0


def test_no_evict_spares_a_client_which_counts_all_the_same(own, connect_own, values):
    other, spared = named(connect_own, "other"), named(connect_own, "spared")
    own("CLIENT NO-EVICT ON"), own("CLIENT SETNAME me")
    spared("CLIENT NO-EVICT ON")
    spared.send(values)
    wait_until(lambda: shown(own, "spared", "omem")[0] > 5 * MB)
    own(f"CONFIG SET maxmemory-clients {3 * MB}")
    assert other.is_closed()
    wait_until(lambda: set(listed(own)) == {"me", "spared"})
    own("CONFIG SET maxmemory-clients 0")
    assert len(spared.read()) == 100


def test_the_limit_may_be_a_percentage_of_maxmemory(own, connect_own, values):
    large = named(connect_own, "large")
    own("CLIENT NO-EVICT ON"), own("CONFIG SET maxmemory 100mb maxmemory-clients 50%")
    large.send(values)
    wait_until(lambda: shown(own, "large", "omem")[0] > 5 * MB)
    own("CONFIG SET maxmemory-clients 3%")
    wait_until(lambda: "large" not in listed(own))


def test_a_percentage_without_maxmemory_is_no_limit(own, connect_own):
    clients = [connect_own() for _ in range(12)]
    own("CONFIG SET maxmemory-clients 1%")
    assert [client("PING") for client in clients] == ["PONG"] * 12
    assert info(own, "connected_clients") == 13


def test_a_client_may_be_evicted_for_its_own_command(own, connect_own):
    own("CONFIG SET maxmemory-clients 3mb"), own("CLIENT NO-EVICT ON")
    greedy = connect_own()
    greedy("MULTI")
    with suppress(OSError):  # it may be evicted before all has come
        greedy.send("SET key " + "x" * 4 * MB)
    assert greedy.is_closed()
    assert own("PING") == "PONG" and info(own, "evicted_clients") == 1


def test_below_128_kb_the_limit_is_not_applied(own, connect_own):
    own("CONFIG SET maxmemory-clients 1")
    assert own("PING") == connect_own()("PING") == "PONG"


def test_the_doctor_sees_clients_that_take_much(own, connect_own, values):
    assert b"lients" not in own("MEMORY DOCTOR")
    lazy = connect_own()
    lazy.send(values)
    wait_until(lambda: b"lient" in own("MEMORY DOCTOR"))


def test_figures_of_info_and_of_memory_stats_agree(own, connect_own, values):
    lazy = connect_own()
    lazy.send(values)
    wait_until(lambda: info(own, "mem_clients_normal") > 5 * MB)
    reply = own("MEMORY STATS")
    stats = dict(zip(reply[::2], reply[1::2], strict=True))
    assert abs(stats[b"clients.normal"] - info(own, "mem_clients_normal")) < 100_000
    assert abs(stats[b"total.allocated"] - info(own, "used_memory")) < MB
