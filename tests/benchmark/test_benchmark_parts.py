"""The parts of the benchmark without a server: workloads, latencies, the counting of replies, reports."""

import json
import xml.etree.ElementTree as ElementTree
from collections import Counter
from random import Random

import pytest
from tables import for_each

from redis_clone.benchmark import alone, plot, report
from redis_clone.benchmark.comparison import Comparison, Score, Server, shares
from redis_clone.benchmark.latencies import Latencies
from redis_clone.benchmark.load import Job, ReplyCounter, _pipelines
from redis_clone.benchmark.main import _servers, read_options
from redis_clone.benchmark.workloads import WORKLOADS, Draw, Shape
from redis_clone.protocol.replies import encode_command

REPLIES = (
    b"+OK\r\n$3\r\n-ab\r\n$-1\r\n:5\r\n*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n*0\r\n*-1\r\n-ERR no\r\n$0\r\n\r\n"
)


def test_replies_are_counted_in_pieces_of_any_size():
    for size in (1, 2, 3, 7, len(REPLIES)):
        counter = ReplyCounter()
        pieces = [REPLIES[start : start + size] for start in range(0, len(REPLIES), size)]
        assert sum(map(counter.feed, pieces)) == 9
        assert counter.errors == 1  # a payload that begins with a dash is none


def test_percentiles_of_a_merged_histogram_are_those_of_all_requests():
    first, second = Latencies(range(1, 51)), Latencies(range(51, 101))
    first.merge(second.counts)
    assert [first.percentile(percent) for percent in (0.1, 50, 99, 100)] == [1, 50, 99, 100]
    assert first.mean == 50.5 and Latencies().percentile(99) == 0


def test_commands_are_drawn_from_the_chosen_keys_and_sizes():
    draw = Draw(Shape(keyspace=3, value_bytes=10), Random(1))
    commands = [WORKLOADS["set"].make(draw) for _ in range(100)]
    assert {key for _, key, _ in commands} == {b"key:%012d" % number for number in range(3)}
    assert {value for _, _, value in commands} == {b"x" * 10}


def test_the_mixed_commands_come_in_turn_and_each_draws_its_key():
    draw = Draw(Shape(keyspace=100_000), Random(1))
    commands = [WORKLOADS["mixed"].make(draw) for _ in range(600)]
    assert [command[0] for command in commands[:6]] == [b"GET", b"SET", b"HSET", b"EXPIRE", b"ZADD", b"LPUSH"]
    assert commands[6][0] == b"GET" and len({command[1] for command in commands}) > 590


def test_the_order_of_the_mixed_commands_goes_on_in_the_next_pipeline():
    job = Job(("", 1), "mixed", Shape(), requests=12, connections=1, pipeline=4)
    (pipelines,) = _pipelines(job)
    assert b"LPUSH" not in next(pipelines) and b"LPUSH" in next(pipelines)


def test_many_different_keys_are_really_sent():
    job = Job(("", 1), "get", Shape(keyspace=100_000), requests=10_000, connections=2, pipeline=10)
    first, second = _pipelines(job)
    sent = b"".join(next(first) + next(second) for _ in range(500))
    assert len(set(sent.split(b"key:"))) > 9_000


def test_zipfs_law_asks_for_the_first_keys_most_and_for_no_key_beyond_the_last():
    draw = Draw(Shape(keyspace=100), Random(1))
    keys = Counter(draw.zipf_key() for _ in range(20_000))
    assert keys[b"key:%012d" % 0] > 5 * keys[b"key:%012d" % 20] > 0
    assert max(keys) <= b"key:%012d" % 99


@for_each("name", WORKLOADS)
def test_no_command_holds_a_line_end_for_replies_are_counted_by_lines(name):
    assert not any(b"\n" in argument for argument in WORKLOADS[name].make(Draw(Shape(), Random(1))))


def test_the_baseline_can_count_commands_by_their_asterisks():
    for workload in WORKLOADS.values():
        command = workload.make(Draw(Shape(), Random(1)))
        assert encode_command(command).count(b"*") == 1 + (workload.name == "xadd")


def test_a_job_is_shared_without_rest():
    job = Job(("", 1), "get", Shape(), requests=1000, connections=7, pipeline=1)
    parts = list(shares(job, 3))
    assert sum(part.connections for part in parts) == 7 and len({part.seed for part in parts}) == 3
    assert [part.connections for part in shares(job, 100)] == [1] * 7


def test_servers_are_measured_in_turn():
    plan = Comparison([Server("a", ("", 1)), Server("b", ("", 2))], ["get"], None, rounds=2)
    assert [server.name for _, _, server in plan.runs()] == ["a", "b", "a", "b"]


@pytest.fixture
def results():
    return {
        "get": {
            "ours": Score([90.0, 110.0, 100.0], Latencies([1000, 2000])),
            "real": Score([400.0], Latencies([500])),
        }
    }


def test_the_median_of_the_rounds_counts_and_the_first_server_is_compared_with_the_others(results):
    ours, real = report.rows(results)
    assert ours["requests/s"] == 100 and ours["vs real"] == 0.25 and ours["p50 ms"] == 1.0
    assert "vs real" not in real


def test_the_reports_say_the_same_in_three_forms(results):
    table = report.rows(results)
    assert json.loads(report.as_json(table)) == table
    assert (
        report.as_csv(table).splitlines()[0] == "test,server,requests/s,p50 ms,p99 ms,p99.9 ms,errors,vs real"
    )
    assert report.as_csv(table).splitlines()[1].startswith("get,ours,100,1.0,2.0")
    assert "0.25" in report.as_table(table)


def test_the_picture_is_well_formed_and_has_a_bar_for_each_server(results):
    root = ElementTree.fromstring(plot.as_svg(results, "a < b"))
    bars = [float(rect.get("width")) for rect in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
    assert bars[0] == bars[1] and bars[2] * 4 == pytest.approx(
        bars[3], rel=0.001
    )  # two of the legend, then 100 and 400


def test_a_server_may_have_a_name_of_its_own_in_the_report():
    options = read_options(["--name", "redis_clone", "--vs", "Redis=:6379", "--vs", "box:7000"])
    assert options.vs == [Server("Redis", ("127.0.0.1", 6379)), Server("box:7000", ("box", 7000))]
    with _servers(options) as servers:
        assert [server.name for server in servers] == ["redis_clone", "Redis", "box:7000"]


def test_tests_are_chosen_by_name_and_a_wrong_name_is_rejected(capsys):
    assert read_options(["-t", "SET,mixed", "-r", "1000"]).t == ["set", "mixed"]
    with pytest.raises(SystemExit):
        read_options(["-t", "nonsense"])
    assert "is none of ping, set" in capsys.readouterr().err


@for_each("part", alone.PARTS[:8])
def test_the_modules_can_be_timed_alone(part):
    part.make()()
