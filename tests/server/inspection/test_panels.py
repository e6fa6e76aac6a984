"""The panels: what is shown is what is there, and looking changes nothing."""

import json

import pytest
from harness import run

from redis_clone import commands
from redis_clone.server.inspection import threads
from redis_clone.server.inspection.connections import connections_panel
from redis_clone.server.inspection.disk import disk_panel
from redis_clone.server.inspection.keys import MOST, keys_panel
from redis_clone.server.inspection.memory import eviction_panel, expiry_panel
from redis_clone.server.inspection.panels import PANELS, Inspection, View
from redis_clone.server.inspection.replication import pubsub_panel, replication_panel
from redis_clone.server.inspection.values import key_panel
from redis_clone.server.locking import locked
from redis_clone.server.state import Client, Server
from redis_clone.structures.clock import Clock

commands.load()
NOW_NS = 1_700_000_000 * 10**9


@pytest.fixture
def now():
    """The time in nanoseconds, in a list so that a test can set it forward."""
    return [NOW_NS]


@pytest.fixture
def server(now):
    return Server(clock=Clock(lambda: now[0]))


@pytest.fixture
def client(server):
    client = Client(server, id=7, address="127.0.0.1:5")
    server.clients[7] = client
    return client


def parts_of(client, key):
    return key_panel(client.server, 0, key)["parts"]


# Keys.


def test_keys_are_shown_newest_first_with_what_is_known_of_them(server, client):
    run(client, "SET old text EX 100")
    run(client, "RPUSH new a b")
    panel = keys_panel(server, 0)
    assert [row["key"] for row in panel["rows"]] == ["new", "old"]
    new, old = panel["rows"]
    assert (new["type"], new["encoding"], new["length"]) == ("list", "listpack", 2)
    assert (old["type"], old["encoding"], old["expire_at_ms"]) == (
        "string",
        "embstr",
        NOW_NS // 10**6 + 100_000,
    )


def test_of_many_keys_a_few_are_shown_and_all_are_counted(server, client):
    for number in range(3 * MOST):
        run(client, f"SET key:{number} x")
    panel = keys_panel(server, 0)
    assert (panel["total"], len(panel["rows"])) == (3 * MOST, MOST)


def test_looking_at_a_key_is_no_access_and_deletes_nothing(server, client, now):
    run(client, "SET lunch soup PX 10")
    before = server.databases[0].access_field(b"lunch")
    now[0] += 10**9
    with locked(server):
        server.access.look_at_clock(server.clock.now_ms)
        keys_panel(server, 0)
        key_panel(server, 0, b"lunch")
    assert server.databases[0].access_field(b"lunch") == before
    assert server.databases[0].stored(b"lunch") == b"soup"
    assert server.databases[0].hits == server.databases[0].misses == 0


def test_a_key_that_is_not_there_has_no_type(server):
    assert key_panel(server, 0, b"nothing")["type"] == "none"


def test_a_name_that_is_markup_or_binary_stays_text_and_can_be_linked(server, client):
    server.databases[0].update(b"<b>\xff", b"1", "set")
    row = keys_panel(server, 0)["rows"][0]
    assert (row["key"], row["link"]) == (r"<b>\xff", "%3Cb%3E%FF")


# One key opened.


def test_a_string_is_shown_with_its_bytes(client):
    run(client, "SETBIT days 3 1")
    assert parts_of(client, b"days") == {"kind": "string", "text": r"\x10", "hex": "10", "length": 1}


def test_a_list_is_shown_as_its_blocks(client):
    run(client, "RPUSH queue " + " ".join(f"job{number}" for number in range(600)))
    blocks = parts_of(client, b"queue")["blocks"]
    assert [block["length"] for block in blocks] == [512, 88]
    assert blocks[0]["first"] == ["job0", "job1", "job2"] and blocks[1]["last"][-1] == "job599"


def test_no_item_of_a_short_block_is_shown_twice(client):
    run(client, "RPUSH queue a b c d")
    block = parts_of(client, b"queue")["blocks"][0]
    assert (block["first"], block["last"]) == (["a", "b", "c"], ["d"])


def test_a_set_of_integers_is_in_order_with_the_width_that_the_greatest_needs(client):
    for members, width in (("3 1 2", 2), ("3 1 70000", 4), ("3 1 5000000000", 8)):
        run(client, "DEL n")
        run(client, f"SADD n {members}")
        parts = parts_of(client, b"n")
        assert (parts["kind"], parts["width"], parts["members"][:2]) == (
            "intset",
            width,
            ["1", "2" if width == 2 else "3"],
        )
    run(client, "SADD n x")
    assert parts_of(client, b"n")["kind"] == "set"


def test_a_sorted_set_is_shown_as_its_tree_which_rotates(client):
    run(client, "ZADD z 1 a 2 b")
    assert shape(parts_of(client, b"z")["tree"]) in ("a(-b)", "b(a-)")
    run(client, "ZADD z 3 c")
    assert shape(parts_of(client, b"z")["tree"]) == "b(ac)"
    run(client, "ZADD z inf d")
    assert parts_of(client, b"z")["members"][-1] == ["d", "inf"]


def shape(node):
    if node is None:
        return "-"
    below = shape(node["left"]) + shape(node["right"])
    return node["member"] + (f"({below})" if below != "--" else "")


def test_a_stream_is_shown_with_its_groups_and_what_is_pending_for_whom(client):
    run(client, "XADD s 1-1 item tea")
    run(client, "XADD s 2-1 item milk")
    run(client, "XGROUP CREATE s g 0")
    run(client, "XREADGROUP GROUP g ada COUNT 1 STREAMS s >")
    parts = parts_of(client, b"s")
    assert [entry["id"] for entry in parts["entries"]] == ["2-1", "1-1"]
    (group,) = parts["groups"]
    assert (group["name"], group["lag"], group["pending"]) == ("g", 1, 1)
    assert group["consumers"][0]["pending"][0]["id"] == "1-1"


def test_a_hyperloglog_is_shown_as_its_registers(client):
    run(client, "PFADD visitors ada bob")
    parts = parts_of(client, b"visitors")
    assert (parts["kind"], parts["count"], len(parts["registers"])) == ("hyperloglog", 2, 16384)
    assert 16384 - parts["registers"].count("0") == 2


def test_a_damaged_hyperloglog_is_shown_too(server, client):
    server.databases[0].update(b"h", b"HYLL\x01" + bytes(12), "set")
    assert "damaged" in parts_of(client, b"h")["text"]


# The other panels.


def test_a_watch_shows_the_version_that_was_seen_and_the_one_now(server, client):
    run(client, "SET stock 1")
    run(client, "WATCH stock")
    run(client, "SET stock 2")
    (watched,) = connections_panel(server, {}, {})["lanes"][0]["watching"]
    assert (watched["key"], watched["seen"], watched["now"]) == ("stock", 0, 1)
    assert keys_panel(server, 0)["rows"][0]["watchers"] == 1


def test_a_blocked_client_is_shown_with_the_keys_that_it_waits_for(server, client):
    run(client, "BLPOP jobs urgent 0")
    lane = connections_panel(server, {}, {})["lanes"][0]
    assert (lane["state"], lane["blocked_on"], lane["command"]) == ("blocked", ["jobs", "urgent"], "BLPOP")


def test_a_held_command_is_shown_with_its_station(server, client):
    lane = connections_panel(server, {}, {7: "call"})["lanes"][0]
    assert (lane["state"], lane["is_held"]) == ("held: call", True)


def test_keys_that_expire_are_shown_in_the_order_of_their_slots(server, client):
    run(client, "SET later x EX 10000")
    run(client, "SET soon x PX 200")
    panel = expiry_panel(server, 0)
    assert [row["keys"] for row in panel["rows"]] == [["soon"], ["later"]]
    assert (panel["keys"], panel["slots"]) == (2, 2)


def test_what_would_be_evicted_next_is_shown_with_the_reason(server, client):
    for number in range(50):
        run(client, f"SET key:{number} {'x' * 1000}")
    server.config.set_all({"maxmemory": "40kb", "maxmemory-policy": "allkeys-lru"})
    run(client, "SET one more")
    panel = eviction_panel(server, 0)
    assert panel["reason"] == "accessed longest ago" and panel["evicted"] > 0
    ranks = [each["rank"] for each in panel["pool"]]
    assert ranks == sorted(ranks, reverse=True)


def test_a_snapshot_is_shown_with_the_values_that_it_copied(server, client):
    for number in range(100):
        run(client, f"RPUSH list:{number} x")
    snapshot = server.dataset.snapshot()
    for number in range(3):
        run(client, f"RPUSH list:{number} y")
    assert (snapshot.total, snapshot.copied) == (100, 3)
    while snapshot.take():
        pass
    assert (snapshot.taken, snapshot.copied) == (100, 3)
    snapshot.end()
    assert disk_panel(server, 0)["snapshot"] is None


def test_subscribers_and_the_backlog_are_shown(server, client):
    run(client, "SUBSCRIBE news")
    assert pubsub_panel(server, 0)["channels"] == [{"name": "news", "count": 1, "subscribers": [7]}]
    assert replication_panel(server, 0)["backlog"] is None
    server.replication.create_backlog()
    assert replication_panel(server, 0)["backlog"] == {"first": 1, "next": 1, "size": 1024 * 1024}
    server.replication.append(b"12345")
    assert replication_panel(server, 0)["backlog"] == {"first": 1, "next": 6, "size": 1024 * 1024}


def test_every_panel_can_be_json(server, client):
    found = Inspection(server).look(View(0, b"key"), (0, 0))
    assert json.loads(json.dumps(found)).keys() >= PANELS.keys()


# Threads.


def test_a_thread_that_waits_for_the_lock_is_seen_waiting(running, redis):
    state, _ = running
    name = f"client-{redis('CLIENT ID')}"
    with locked(state):
        redis.send("PING")
        found = threads.seen_threads()
        while found[name].state != threads.WAITING:
            found = threads.seen_threads()
    assert redis.read() == "PONG"


def test_a_thread_that_waits_for_its_client_is_seen_reading(redis):
    name = f"client-{redis('CLIENT ID')}"
    while threads.seen_threads()[name].state != threads.READING:
        pass
    redis.send("BLPOP nothing 0")
    while threads.seen_threads()[name].state != threads.BLOCKED:
        pass
