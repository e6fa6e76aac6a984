"""docs/redis.conf explains every parameter that works, and changes no default."""

import re

import pytest
from harness import REPOSITORY, Client, has_real_server, real_server, started

from redis_clone.config.parameters import PARAMETERS
from redis_clone.config.reading import read_file
from redis_clone.config.values import Config

EXAMPLE = REPOSITORY / "docs" / "redis.conf"
WORKING = {each.name for each in PARAMETERS.values() if not (each.idle or each.only or each.hidden)}


def names():
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return [line.split()[0] for line in lines if line and not line.startswith("#")]


def test_it_names_every_parameter_that_works_once_and_no_other():
    named = names()
    assert WORKING - set(named) == set(), "these work now: explain them in docs/redis.conf"
    assert set(named) - WORKING == set(), "these do not work"
    assert len(named) == len(set(named)) or {n for n in named if named.count(n) > 1} <= {"save"}


def test_it_says_the_defaults(monkeypatch):
    config, without = Config(), Config()
    read_file(config, str(EXAMPLE))
    assert {name: config[name] for name in WORKING} == {name: without[name] for name in WORKING}


def test_a_comment_stands_before_each_parameter_or_the_group_that_it_is_in():
    for group in re.split(r"\n\n+", EXAMPLE.read_text(encoding="utf-8")):
        assert group.lstrip().startswith("#"), group


def test_a_server_starts_with_it():
    with started(str(EXAMPLE)) as (_, port):
        client = Client(("127.0.0.1", port))
        assert client("CONFIG GET databases") == [b"databases", b"16"]
        client.close()


@pytest.mark.skipif(not has_real_server(), reason="needs redis-server")
def test_the_real_server_starts_with_it_but_for_what_is_ours_or_newer(tmp_path):
    path = tmp_path / "redis.conf"
    ours = "trace|page|page-bind|page-token|single-core"
    newer = "cluster-announce-human-nodename|set-max-listpack-.*"
    left_out = f"(?m)^({ours}|{newer}|bind|port|dir) .*$"
    path.write_text(re.sub(left_out, "", EXAMPLE.read_text(encoding="utf-8")))
    with real_server(tmp_path, config_file=str(path)) as address:
        client = Client(address)
        assert client("CONFIG GET databases") == [b"databases", b"16"]
        client.close()
