"""The workbook changes a student's checkout: start, hints, attempts, restore."""

import shutil
import subprocess

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import REPOSITORY, find
from exercises.machinery.workbook import Refused, Workbook
from harness import PATIENCE

RANK, WALK = find("rank"), find("walk_from")  # two holes in one file
PIPELINE = find("pipeline")


@pytest.fixture
def checkout(tmp_path):
    """A student's checkout, with the one file in which both holes are."""
    file = tmp_path / "checkout" / RANK.path
    file.parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / RANK.path, file)
    return tmp_path / "checkout"


@pytest.fixture
def workbook(checkout):
    return Workbook(checkout)


@pytest.fixture
def tree(checkout):
    """The file in which both holes are."""
    return checkout / RANK.path


def test_start_and_restore_leave_the_file_as_it_was(workbook, tree):
    before = tree.read_bytes()
    assert workbook.start(RANK).endswith("AvlTree.rank")
    assert source.is_empty(tree.read_bytes(), "AvlTree.rank")
    workbook.restore(RANK)
    assert tree.read_bytes() == before


def test_the_line_ends_of_windows_survive(workbook, tree):
    tree.write_bytes(tree.read_bytes().replace(b"\n", b"\r\n"))
    before = tree.read_bytes()
    workbook.start(RANK)
    workbook.restore(RANK)
    assert tree.read_bytes() == before


def test_what_was_written_is_kept_each_time(workbook, checkout, tree):
    for number in (1, 2):
        workbook.start(RANK)
        mine = tree.read_bytes() + b"\n# try %d\n" % number
        tree.write_bytes(mine)
        assert workbook.restore(RANK) == checkout / ".exercises" / "attempts" / f"rank-{number}.py"
        assert (checkout / ".exercises" / "attempts" / f"rank-{number}.py").read_bytes() == mine
    assert b"# try" not in tree.read_bytes()


@pytest.mark.parametrize("first, second", [(RANK, WALK), (WALK, RANK)], ids=["as begun", "the other way"])
def test_two_holes_in_one_file_do_not_disturb_each_other(workbook, tree, first, second):
    before = tree.read_bytes()
    workbook.start(RANK)
    workbook.start(WALK)
    workbook.restore(first)
    assert not source.is_empty(tree.read_bytes(), first.function)
    assert source.is_empty(tree.read_bytes(), second.function)
    workbook.restore(second)
    assert tree.read_bytes() == before


def test_a_file_that_was_broken_is_restored_too(workbook, tree):
    before = tree.read_bytes()
    workbook.start(RANK)
    workbook.start(WALK)
    tree.write_bytes(b"def half a function(")
    workbook.restore(RANK)
    assert source.is_empty(tree.read_bytes(), WALK.function), "what else was open begins anew"
    workbook.restore(WALK)
    assert tree.read_bytes() == before


def test_a_file_that_was_deleted_is_restored_too(workbook, tree):
    before = tree.read_bytes()
    workbook.start(RANK)
    tree.unlink()
    workbook.restore(RANK)
    assert tree.read_bytes() == before


def test_what_is_open_is_not_opened_twice(workbook):
    workbook.start(RANK)
    with pytest.raises(Refused, match="open already"):
        workbook.start(RANK)
    with pytest.raises(Refused, match="not open"):
        workbook.restore(WALK)


def test_a_function_with_changes_that_are_not_committed_is_left_alone(workbook, checkout, tree):
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm begin"):
        subprocess.run(["git", *command.split()], cwd=checkout, check=True, timeout=PATIENCE)
    mine = tree.read_bytes().replace(b"smaller = 0\n", b"smaller = 0  # mine\n")
    assert mine != tree.read_bytes()
    tree.write_bytes(mine)
    with pytest.raises(Refused, match="not committed"):
        workbook.start(RANK)
    assert tree.read_bytes() == mine
    workbook.start(WALK)  # in the same file, but another function
    workbook.restore(WALK)
    assert tree.read_bytes() == mine


def git(checkout, *words):
    done = subprocess.run(["git", *words], cwd=checkout, capture_output=True, check=True, timeout=PATIENCE)
    return done.stdout.decode()


@pytest.fixture
def committed(checkout):
    """The checkout with git, as a student has cloned it; it is a folder of a larger repository."""
    top = checkout.parent
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm begin"):
        git(top, *command.split())
    return checkout


def test_git_diff_shows_only_what_was_written_since_the_start(workbook, committed, tree):
    workbook.start(RANK)
    assert not git(committed, "diff")
    assert "-        smaller = 0" in git(committed, "diff", "HEAD"), "the patch to hand in has it"
    tree.write_bytes(tree.read_bytes().replace(b"raise NotImplementedError", b"return 7  #", 1))
    shown = [line for line in git(committed, "diff").splitlines() if line[:1] in "+-" and line[1:2] == " "]
    assert len(shown) == 2 and "return 7" in shown[1]
    workbook.restore(RANK)
    assert not git(committed, "diff", "HEAD") and not git(committed, "diff", "--cached")


def test_a_second_start_in_the_file_does_not_stage_what_was_written_for_the_first(workbook, committed, tree):
    workbook.start(RANK)
    tree.write_bytes(tree.read_bytes().replace(b"raise NotImplementedError", b"return 7  #", 1))
    workbook.start(WALK)
    assert "return 7" in git(committed, "diff")
    workbook.restore(RANK)
    assert git(committed, "diff") == ""
    workbook.restore(WALK)
    assert not git(committed, "diff", "HEAD") and not git(committed, "diff", "--cached")


def test_nothing_else_that_is_staged_or_changed_is_touched(workbook, committed, tree):
    begin = tree.read_bytes()
    tree.write_bytes(begin + b"# staged\n")
    git(committed, "add", "-A")
    tree.write_bytes(begin + b"# staged\n# not staged\n")
    workbook.start(RANK)
    assert [line for line in git(committed, "diff").splitlines() if line.startswith("+#")] == [
        "+# not staged"
    ]
    workbook.restore(RANK)
    assert git(committed, "show", f":./{RANK.path}").encode() == begin + b"# staged\n"
    assert tree.read_bytes() == begin + b"# staged\n# not staged\n"


def test_a_file_that_was_laid_out_is_staged_until_it_is_restored(workbook, committed):
    place = committed / PIPELINE.path
    workbook.start(PIPELINE)
    assert not git(committed, "diff")
    place.write_bytes(b"mine = 1\n")
    assert "+mine = 1" in git(committed, "diff") and "+mine = 1" in git(committed, "diff", "HEAD")
    workbook.restore(PIPELINE)
    assert not git(committed, "diff", "HEAD") and not git(committed, "ls-files", PIPELINE.path)


def test_a_design_task_is_laid_out_and_taken_away_again(workbook, checkout):
    place = checkout / PIPELINE.path
    assert workbook.start(PIPELINE) == PIPELINE.path
    assert place.read_bytes() == PIPELINE.start_path.read_bytes()
    place.write_bytes(b"# mine\n")
    attempt = workbook.restore(PIPELINE)
    assert not place.exists() and attempt.read_bytes() == b"# mine\n"


def test_a_file_of_the_students_is_not_overwritten(workbook, checkout):
    place = checkout / PIPELINE.path
    place.parent.mkdir(parents=True)
    place.write_bytes(b"# mine\n")
    with pytest.raises(Refused, match="there already"):
        workbook.start(PIPELINE)
    assert place.read_bytes() == b"# mine\n"


def test_hints_come_one_at_a_time_and_the_last_one_stays(workbook, checkout):
    assert [workbook.next_hint(RANK) for _ in range(5)] == [1, 2, 3, 3, 3]
    assert Workbook(checkout).next_hint(RANK) == 3, "another call of the program goes on there"


def test_the_original_can_be_read_while_it_is_open(workbook, tree):
    before = tree.read_bytes()
    workbook.start(RANK)
    assert workbook.original(RANK) == before


def test_no_bytecode_of_before_is_left(workbook, tree):
    """Python trusts it by time and size; two versions of one second and one size would be taken for one."""
    import importlib.util
    import py_compile
    from pathlib import Path

    py_compile.compile(str(tree))
    assert Path(importlib.util.cache_from_source(str(tree))).exists()
    workbook.start(RANK)
    assert not Path(importlib.util.cache_from_source(str(tree))).exists()
