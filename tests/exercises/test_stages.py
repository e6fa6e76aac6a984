"""Every stage holds on both servers, and each has a wrong server that it catches."""

import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from exercises.judge.running import run
from exercises.judge.stage import GROUPS, all_stages, find, group_title
from exercises.judge.subject import Subject
from exercises.judge.wire import Record
from harness import PATIENCE, REPOSITORY, has_real_server, our_server, real_server
from naive_server import FLAWS, Naive
from tables import for_each
from wrong_servers import WRONG, spoil

QUICK = ("base", "first_keys", "strings", "keys", "lists", "hashes", "sets")  # they wait for nothing


SHARED = [stage for stage in all_stages() if not stage.is_alone]
ALONE = [stage for stage in all_stages() if stage.is_alone]
SEED = 7
AT_ONCE = 4
SHORT = 0.3  # seconds, for a wrong server that may say nothing at all

OURS = f"{shlex.quote(sys.executable)} {shlex.quote(str(REPOSITORY / 'server.py'))}"
COMMANDS = {"ours": OURS, "real": "redis-server"}
PLACE = " --port {port} --dir {folder}"


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The addresses of two servers of this module's own, for stages change their parameters."""
    with our_server() as ours:
        if not has_real_server():
            yield {"ours": ours}
            return
        # A small backlog, for what it takes is memory that eviction cannot get back.
        folder = tmp_path_factory.mktemp("real")
        with real_server(folder, "--repl-backlog-size", "16kb") as real:
            yield {"ours": ours, "real": real}


def failures(stages, address, seconds=PATIENCE, command=""):
    """What each stage says that does not hold.  Those that start a server mostly wait: a few at once."""
    with ThreadPoolExecutor(AT_ONCE if command else 1) as pool:
        said = pool.map(lambda stage: run(stage, address, SEED, seconds, command), stages)
        outcomes = {stage.name: text for stage, text in zip(stages, said, strict=True)}
    return "\n\n".join(f"{name}\n{text}" for name, text in outcomes.items() if text)


@pytest.mark.parametrize("which", ["ours", "real"])
@pytest.mark.parametrize(
    "group",
    [
        pytest.param(group, marks=[] if group in QUICK else pytest.mark.slow)
        for group in GROUPS
        if any(stage.group == group for stage in SHARED)
    ],
)
def test_every_stage_holds_on_both_servers(judged, which, group):
    if which not in judged:
        pytest.skip("needs redis-server")
    assert not failures([stage for stage in SHARED if stage.group == group], judged[which])


@pytest.mark.slow
@pytest.mark.parametrize("which", ["ours", "real"])
def test_every_stage_that_starts_a_server_holds_on_both(which):
    if which == "real" and not has_real_server():
        pytest.skip("needs redis-server")
    assert not failures(ALONE, "", command=COMMANDS[which] + PLACE)


def test_a_server_of_a_hundred_lines_passes_the_base():
    server = Naive()
    assert not failures([stage for stage in SHARED if not stage.begins_empty], server.address)
    server.close()


@pytest.mark.slow
def test_a_server_in_another_language_passes_the_base(tmp_path):
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    program, source = tmp_path / "base", REPOSITORY / "tests" / "exercises" / "base_server.c"
    subprocess.run([compiler, "-o", str(program), str(source)], check=True, timeout=PATIENCE)
    subject = Subject(f"{shlex.quote(str(program))} {{port}}", Record())
    try:
        subject.start()
        assert not failures([stage for stage in SHARED if not stage.begins_empty], subject.address)
    finally:
        subject.close()


def test_each_stage_has_a_wrong_server():
    names = [stage.name for stage in all_stages()]
    assert len(names) == len(set(names)) and sorted([*FLAWS, *WRONG]) == sorted(names)


@pytest.mark.slow
@for_each("name", [stage.name for stage in SHARED if not stage.begins_empty])
def test_a_flaw_of_the_naive_server_is_found_at_its_stage(name):
    server = Naive(name)
    failure = run(find(name), server.address, SEED, SHORT)
    server.close()
    assert failure


@pytest.mark.slow
@for_each("name", [stage.name for stage in SHARED if stage.begins_empty])
def test_a_spoiled_command_is_found_at_its_stage(name, judged, monkeypatch):
    with monkeypatch.context() as patched:
        spoil(name, patched.setattr)
        assert run(find(name), judged["ours"], SEED, SHORT)


@pytest.mark.slow
def test_a_spoiled_server_is_found_when_it_is_started():
    program = REPOSITORY / "tests" / "exercises" / "wrong_servers.py"

    def fail_at(name):
        command = f"{shlex.quote(sys.executable)} {shlex.quote(str(program))} {name}"
        return run(find(name), "", SEED, 1.0, command + PLACE)

    names = [stage.name for stage in ALONE]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = dict(zip(names, pool.map(fail_at, names), strict=True))
    assert not {name: text for name, text in said.items() if not text or "ended at once" in text}


def test_every_stage_says_what_a_student_needs():
    for stage in all_stages():
        assert stage.title.endswith(".") and stage.teaches and stage.hints, stage.name
        assert 1 <= stage.level <= 5 and stage.minutes >= 5, stage.name
        assert all(hint.endswith((".", "?")) for hint in stage.hints), stage.name
    assert all(group_title(group) for group in GROUPS)
