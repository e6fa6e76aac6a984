"""The replay of reads against a cache: a small one, against our own server."""

from itertools import islice
from random import Random

import pytest
from harness import Client, our_server

from redis_clone.benchmark import hit_rates


@pytest.mark.parametrize("trace", hit_rates.TRACES.values(), ids=hit_rates.TRACES.keys())
def test_a_trace_is_the_same_each_time(trace):
    first, second = (list(islice(trace(Random(1)), 30_000)) for _ in range(2))
    assert first == second and len(set(first)) > 1000


def test_the_share_of_hits_is_shown_and_drawn_and_the_server_is_as_before(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(hit_rates, "ROOM", 200)
    monkeypatch.setattr(hit_rates, "POLICIES", ("allkeys-lru",))
    with our_server(maxmemory="5000000") as (host, port):
        assert (
            hit_rates.main([f"{host}:{port}", "--reads", "1000", "--plot", str(tmp_path / "hits.svg")]) == 0
        )
        client = Client((host, port))
        assert client("CONFIG GET maxmemory") == [b"maxmemory", b"5000000"] and client("DBSIZE") == 0
        client.close()
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line.partition(",")[0] for line in lines] == ["allkeys-lru"] * 3
    assert all(10 < float(line.split()[-1].rstrip("%")) < 90 for line in lines)
    assert (tmp_path / "hits.svg").read_text().count("<rect") >= 4
