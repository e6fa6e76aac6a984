"""`check.py stage` runs as a student runs it, with a server of the student's."""

import json
import shlex
import sys
from textwrap import indent

import pytest
from exercises.judge import program
from exercises.judge.stage import all_stages
from exercises.machinery.catalogue import EXERCISES
from harness import REPOSITORY
from naive_server import Naive

NAIVE = REPOSITORY / "tests" / "exercises" / "naive_server.py"
RUN = f"{shlex.quote(sys.executable)} {shlex.quote(str(NAIVE))} {{port}}"


@pytest.fixture
def stage(tmp_path, monkeypatch, capsys):
    """Calls it as for a checkout of the student's: returns the exit status, and what was printed."""
    monkeypatch.setattr(program, "REPOSITORY", tmp_path)

    def call(*words):
        status = program.main(list(map(str, words)))
        return status, capsys.readouterr().out

    return call


@pytest.fixture
def naive():
    """Starts naive servers; answers the port."""
    servers = []

    def start(flaw=""):
        servers.append(Naive(flaw))
        return servers[-1].address[1]

    yield start
    for server in servers:
        server.close()


def test_the_list_shows_all_stages_and_what_was_passed(stage, naive, tmp_path):
    count = len(all_stages())
    assert f"0 of {count} passed." in stage()[1]
    assert stage("ping", "--port", naive(), "--seed", 7) == (0, "seed 7\n  ok       ping\n")
    status, shown = stage()
    assert status == 0 and "[x] ping  " in shown and "[ ] ping-again" in shown
    assert f"1 of {count} passed." in shown and "Lists (chapter 4)\n" in shown
    assert json.loads((tmp_path / ".exercises" / "stages.json").read_text())["ping"]["solved"]


def test_a_stage_without_a_port_is_described(stage):
    status, shown = stage("save-and-restart")
    assert status == 0 and shown.startswith("save-and-restart: SAVE writes all keys to dump.rdb")
    assert "about 45 minutes" in shown and "You learn: a snapshot in a file." in shown
    assert "--run 'COMMAND with {port} and {folder}'" in shown


def test_a_failure_says_how_to_see_the_same_again(stage, naive):
    status, shown = stage("echo", "--port", naive("echo"), "--seed", 7)
    assert status == 1 and "  NOT YET  echo: ECHO sends back its argument, as a bulk string.\n" in shown
    assert "a simple string (+) where a bulk string ($) belongs" in shown
    assert "--seed 7" in shown and "stage echo --hint" in shown
    assert "client > ECHO" in shown


def test_the_readme_shows_a_failure_as_it_is_printed(stage, naive):
    _, shown = stage("echo", "--port", naive("echo"), "--seed", 7)
    failure = shown.partition("seed 7\n")[2].partition("\n\nAgain")[0]
    assert indent(failure, "    ") in (EXERCISES / "README.md").read_text(encoding="utf-8"), failure


def test_the_readmes_count_the_stages():
    count = f"{len(all_stages())} stages"
    assert count in (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert f"There are {len(all_stages())}," in (EXERCISES / "README.md").read_text(encoding="utf-8")


def test_the_seed_gives_the_same_values_and_another_gives_others(stage, naive):
    port = naive("echo")
    first, again, other = (stage("echo", "--port", port, "--seed", seed)[1] for seed in (7, 7, 8))
    assert first == again and first.replace("7", "8") != other


def test_a_range_stops_at_the_first_stage_that_fails(stage, naive):
    status, shown = stage("--up-to", "pipeline", "--port", naive("in-pieces"), "--seconds", 0.2)
    assert status == 1 and "ok       echo" in shown and "NOT YET  in-pieces" in shown
    assert "pipeline\n" not in shown
    status, shown = stage("--all", "--port", naive())
    assert status == 1 and "ok       flushall" in shown and "NOT YET  incr:" in shown


def test_hints_come_one_after_the_other(stage):
    hints = next(each.hints for each in all_stages() if each.name == "ping")
    for number in (0, 1, 1):
        assert stage("ping", "--hint") == (0, f"Hint {number + 1} of 2: {hints[number]}\n")


def test_the_server_is_started_and_stopped_by_its_command(stage):
    status, shown = stage("--up-to", "ping-again", "--run", RUN)
    assert status == 0 and "ok       ping-again" in shown


def test_a_command_that_does_not_run_is_shown_with_what_it_printed(stage):
    words = "import sys; print('no such port'); sys.exit(3)"
    status, shown = stage("ping", "--run", f"{shlex.quote(sys.executable)} -c {shlex.quote(words)} {{port}}")
    assert status == 1 and "your server ended at once, with the exit status 3" in shown
    assert "no such port" in shown
    status, shown = stage("ping", "--run", "/nothing/here {port}")
    assert status == 1 and "No such file or directory" in shown


def test_a_server_that_crashes_is_shown_with_its_last_words(stage):
    words = f"import sys; sys.path.insert(0, {str(NAIVE.parent)!r}); import naive_server, os\n"
    words += "def crash(*words): print('out of ideas', flush=True); os._exit(4)\n"
    words += "naive_server.Naive.bulk = crash; naive_server.Naive(port=int(sys.argv[1]))\n"
    words += "naive_server.threading.Event().wait()"
    status, shown = stage("echo", "--run", f"{shlex.quote(sys.executable)} -c {shlex.quote(words)} {{port}}")
    assert status == 1 and "the connection ended: your server probably crashed" in shown
    assert "your server ended, with the exit status 4" in shown and "out of ideas" in shown


def test_a_stage_that_needs_run_says_so(stage, naive):
    status, shown = stage("save-and-restart", "--port", naive())
    assert status == 0 and "skipped  save-and-restart, which starts your server itself" in shown


def test_a_stage_that_does_not_exist(stage):
    with pytest.raises(program.Refused, match="There is no stage nothing"):
        stage("nothing", "--port", 1)
