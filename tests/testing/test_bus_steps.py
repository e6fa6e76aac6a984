"""The bus of a cluster in steps: who hears what when is decided here, and the nodes are real."""

import pytest
from harness import wait_until

from redis_clone.testing import running_cluster
from redis_clone.testing.bus_steps import BusSteps
from redis_clone.testing.forming import lines

MANY = 3000  # steps, in which anything happens that a test waits for


@pytest.fixture(scope="module")
def shared():
    with running_cluster(masters=3, replicas=2, cluster_node_timeout=1000) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared):
    """It is well; who is a master depends on the tests before."""
    shared.wait_until_ok()
    return shared


@pytest.fixture
def bus(cluster):
    steps = BusSteps(cluster.nodes, cluster.time)
    steps.halt()
    yield steps
    for one, other in steps.panel()["cuts"]:
        steps.cut(one, other)
    for node in steps.panel()["nodes"]:
        if node["is_paused"]:
            steps.pause(node["port"])
    steps.resume()


def notes(bus):
    return [note for row in bus.panel()["rows"] for note in row["notes"]]


def arrows(bus, kind):
    return [arrow for arrow in bus.panel()["arrows"] if arrow["kind"] == kind]


def step_until(bus, is_true):
    for _ in range(MANY):
        if is_true():
            return
        bus.step()
    raise AssertionError(f"nothing of that kind in {MANY} steps: {notes(bus)}")


def test_while_the_bus_is_halted_no_time_passes_and_clients_are_served(cluster, bus):
    now_ns = cluster.time()
    assert cluster.nodes[0].execute("PING") == "PONG"
    assert cluster.time() == now_ns
    bus.halt()
    bus.resume()
    wait_until(lambda: cluster.time() > now_ns)
    bus.step()
    assert not bus.panel()["rows"], "there are no steps while the bus runs"


def test_an_event_is_looked_for_during_ten_seconds_of_the_clusters_time(cluster, bus):
    begun_ns = cluster.time()
    while not notes(bus) and cluster.time() < begun_ns + 10e9:
        before_ns, before = cluster.time(), len(notes(bus))
        bus.step_to_event()
        assert len(notes(bus)) > before or 10e9 <= cluster.time() - before_ns < 10.2e9


def test_a_step_lets_the_oldest_message_arrive_or_time_pass(cluster, bus):
    step_until(bus, lambda: arrows(bus, "ping"))
    (first, *_) = bus.panel()["waiting"]
    now_ns = cluster.time()
    bus.step()
    (arrow,) = [arrow for arrow in bus.panel()["arrows"] if arrow["number"] == first]
    assert arrow["received_row"] == bus.panel()["rows"][-1]["number"] and cluster.time() == now_ns
    step_until(bus, lambda: not bus.panel()["waiting"])
    now_ns = cluster.time()
    bus.step()
    assert cluster.time() == now_ns + 100_000_000 and bus.panel()["rows"][-1]["text"] == "+100 ms"


def test_a_message_that_was_chosen_arrives_before_older_ones_of_other_connections(bus):
    step_until(bus, lambda: len(bus.panel()["waiting"]) > 1)
    last = bus.panel()["waiting"][-1]
    bus.step(last)
    assert last not in bus.panel()["waiting"]
    rows = len(bus.panel()["rows"])
    bus.step(last)
    bus.step(10**9)
    assert len(bus.panel()["rows"]) == rows, "a message arrives once, and no time passes for one that is none"


def test_a_cut_holds_what_two_nodes_send_each_other_until_they_are_joined(cluster, bus):
    one, other = (node.port for node in cluster.masters[:2])
    bus.cut(one, other)
    bus.cut(one, one)
    bus.cut(one, 1)
    assert bus.panel()["cuts"] == [(min(one, other), max(one, other))]

    def between():
        return [
            arrow for arrow in bus.panel()["arrows"] if {arrow["sender"], arrow["receiver"]} == {one, other}
        ]

    step_until(bus, lambda: len(between()) > 1 and not bus.panel()["waiting"])
    assert all(arrow["received_row"] is None for arrow in between())
    bus.cut(other, one)
    step_until(bus, lambda: all(arrow["received_row"] for arrow in between()))


def test_a_cut_holds_while_the_bus_runs_too(cluster, bus):
    far = cluster.masters[0]
    others = [node for node in cluster.nodes if node is not far]
    for other in others:
        bus.cut(far.port, other.port)
    bus.resume()
    cluster.time.ahead_ns += 2_000_000_000
    wait_until(lambda: b"cluster_state:fail" in far.execute("CLUSTER", "INFO"))
    wait_until(lambda: any(line.has_failed for line in lines(others[0])))
    for other in others:
        bus.cut(far.port, other.port)
    cluster.wait_until_ok()


def test_a_master_that_stands_still_is_replaced_in_steps_that_are_all_to_be_seen(cluster, bus):
    master = cluster.masters[0]
    bus.pause(master.port)
    bus.pause(1)
    said, kinds = "", set()
    while "election won" not in said:
        bus.step_to_event()
        said += "".join(f"{text}\n" for _, text in bus.panel()["rows"][-1]["notes"])
        kinds |= {arrow["kind"] for arrow in bus.panel()["arrows"]}
    assert f"*** NODE {master.port} possibly failing" in said
    assert f"Marking node {master.port} as failing (quorum reached)." in said
    assert "Failover auth granted to" in said
    assert kinds >= {"ping", "pong", "fail", "auth-req", "auth-ack"}
    assert [node["port"] for node in bus.panel()["nodes"] if node["is_paused"]] == [master.port]
    assert not master.view.myself.master, "it knows nothing of all that"
    bus.pause(master.port)
    step_until(bus, lambda: master.view.myself.master)
    bus.resume()
    cluster.wait_until_ok()


def test_aligned_elections_and_a_choice_of_messages_split_the_votes(cluster, bus):
    master, two, three = cluster.masters
    bus.pause(master.port)
    bus.align()
    while len({arrow["sender"] for arrow in arrows(bus, "auth-req")}) < 2:
        bus.step_to_event()
    first, second = sorted({arrow["sender"] for arrow in arrows(bus, "auth-req")})
    requests = {(arrow["sender"], arrow["receiver"]): arrow["number"] for arrow in arrows(bus, "auth-req")}
    while others := set(bus.panel()["waiting"]) - set(requests.values()):
        bus.step(min(others))  # what was sent before the requests
    for sender, receiver in ((first, two), (second, three), (first, three), (second, two)):
        bus.step(requests[sender, receiver.port])
    denied = [text for _, text in notes(bus) if "Failover auth denied" in text]
    assert len(denied) == 2 and all("already voted for epoch" in text for text in denied)
    step_until(bus, lambda: not bus.panel()["waiting"])
    assert not any("election won" in text for _, text in notes(bus)), "each has one vote, and needs two"
    bus.align()
    bus.resume()
    bus.pause(master.port)
    cluster.wait_until_ok()


def test_a_message_to_a_node_that_has_ended_is_lost(cluster, bus):
    node = cluster.replicas_of(cluster.masters[0])[0]
    step_until(bus, lambda: any(arrow["receiver"] == node.port for arrow in arrows(bus, "ping")))
    cluster.kill(node)
    step_until(bus, lambda: any(arrow["is_lost"] for arrow in bus.panel()["arrows"]))
    assert [each["port"] for each in bus.panel()["nodes"] if not each["is_running"]] == [node.port]
    cluster.start(node)
    rows = len(bus.panel()["rows"])
    step_until(bus, lambda: node.has_talked({cluster.masters[0].view.myself.id}))
    assert len(bus.panel()["rows"]) > rows, "it has been started again, and its bus is halted too"


def test_what_a_cut_holds_from_before_is_on_its_way_in_the_next_diagram(cluster, bus):
    one, other = (node.port for node in cluster.masters[:2])
    bus.cut(one, other)
    step_until(
        bus, lambda: any({each["sender"], each["receiver"]} == {one, other} for each in arrows(bus, "ping"))
    )
    bus.resume()
    bus.halt()
    step_until(bus, lambda: len(bus.panel()["arrows"]) > 4)
    numbers = [arrow["number"] for arrow in bus.panel()["arrows"]]
    assert len(set(numbers)) == len(numbers)
    held = [each for each in bus.panel()["arrows"] if {each["sender"], each["receiver"]} == {one, other}]
    assert held[0]["sent_row"] == 0 and held[0]["received_row"] is None
