"""oom-score-adj, on a file of our own and on that of a server's process."""

from pathlib import Path

import pytest
from harness import Client, started

from redis_clone.server.oom_score import FILE, OomScore


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "oom_score_adj"
    path.write_text("50\n")
    return path


@pytest.mark.parametrize(
    "mode, score, number",
    [("yes", 200, 250), ("absolute", 200, 200), ("absolute", 2000, 1000), ("yes", -2000, -1000)],
)
def test_the_number_is_added_or_set_within_the_limits_of_the_system(file, mode, score, number):
    OomScore(str(file)).adjust(mode, score)
    assert int(file.read_text()) == number


def test_no_puts_back_what_was_there(file):
    oom_score = OomScore(str(file))
    oom_score.adjust("no", 1)
    oom_score.adjust("yes", 100)
    oom_score.adjust("yes", 200)
    assert int(file.read_text()) == 250, "added to what was there first"
    oom_score.adjust("no", 200)
    assert int(file.read_text()) == 50


def test_a_system_that_refuses_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="Failed to apply new oom_score_adj configuration"):
        OomScore(str(tmp_path / "none")).adjust("yes", 1)


@pytest.mark.skipif(not Path(FILE).exists(), reason="only Linux has it")
def test_config_set_changes_the_number_of_the_process():
    with started() as (process, port):
        client, path = Client(("127.0.0.1", port)), Path(f"/proc/{process.pid}/oom_score_adj")
        before = int(path.read_text())
        assert client("CONFIG SET oom-score-adj-values '700 800 900'") == "OK"
        assert int(path.read_text()) == before
        assert client("CONFIG SET oom-score-adj absolute") == "OK"
        assert int(path.read_text()) == 700
        assert client("CONFIG SET oom-score-adj-values '800 800 900'") == "OK"
        assert int(path.read_text()) == 800
        assert client("CONFIG SET oom-score-adj no") == "OK"
        assert int(path.read_text()) == before
        client.close()
