"""A class is graded: checkouts and patches, good and bad, with a line for each student and exercise."""

import csv
import io
import shutil
import subprocess

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import REPOSITORY, find
from exercises.machinery.grading import as_csv, as_table, found, grade, without_untouched
from harness import PATIENCE

BITS, PIPELINE, RANK, WALK = find("signed_bits"), find("pipeline"), find("rank"), find("walk_from")
OWN_WAY = b"def signed(bits: int) -> int:\n    return (bits + 2**31) % 2**32 - 2**31\n"


@pytest.fixture
def student(tmp_path):
    """Makes a checkout with only what a submission needs; `bits` is what they made of that function."""

    def make(name, bits=None, exercise=BITS):
        root = tmp_path / "class" / name
        for each in (BITS, RANK):
            (root / each.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / each.path, root / each.path)
        if bits is not None:
            path = root / exercise.path
            path.write_bytes(source.with_function(path.read_bytes(), exercise.function, bits))
        return root

    return make


def results(places, *exercises, seconds=15.0):
    return {(each.student, each.exercise): each for each in grade(places, exercises, jobs=2, seconds=seconds)}


def test_a_class_of_five(student, tmp_path):
    student("ada", OWN_WAY)
    student("bob")
    emptied = student("cyd") / BITS.path
    emptied.write_bytes(source.emptied(emptied.read_bytes(), "signed", "signed_bits"))
    student("dan", b"def signed(bits: int) -> int:\n    return bits\n")
    (student("eve") / BITS.path).write_bytes(b"def half(")
    graded = grade(found([tmp_path / "class"]), [BITS], jobs=2, seconds=15)
    assert [(each.student, each.result) for each in graded] == [
        ("ada", "solved"),
        ("bob", "not begun"),
        ("cyd", "empty"),
        ("dan", "failed"),
        ("eve", "unreadable"),
    ]
    assert graded[3].detail == "the highest bit is negative" and (graded[3].passed, graded[3].checks) == (
        1,
        4,
    )
    rows = list(csv.DictReader(io.StringIO(as_csv(graded))))
    assert len(rows) == 5 and rows[0]["student"] == "ada" and rows[0]["exercise"] == "signed_bits"
    assert as_table(graded).split("\n") == [
        "The exercises: signed_bits",
        "",
        "ada  [x]  1 of 1 solved",
        "bob  [ ]  0 of 1 solved",
        "cyd  [.]  0 of 1 solved",
        "            signed_bits: empty",
        "dan  [-]  0 of 1 solved",
        "            signed_bits: failed after 1 of 4 checks: the highest bit is negative",
        "eve  [!]  0 of 1 solved",
        f"            signed_bits: unreadable: {graded[4].detail}",
        "",
        "'x' solved, '-' failed, 't' timeout, '!' unreadable, '.' empty, ' ' not begun",
    ]


def test_an_exercise_that_no_student_has_begun_is_left_out_unless_it_was_asked_for(student):
    ada, bob = student("ada", OWN_WAY), student("bob")
    graded = grade([ada, bob], [BITS, RANK, PIPELINE], jobs=2, seconds=15)
    assert [(each.student, each.exercise, each.result) for each in without_untouched(graded)] == [
        ("ada", "signed_bits", "solved"),
        ("bob", "signed_bits", "not begun"),
    ]


@pytest.mark.slow
def test_a_loop_without_an_end_does_not_stop_the_grading(student):
    endless = student("fay", b"def signed(bits: int) -> int:\n    while True: pass\n")
    (graded,) = results([endless], BITS, seconds=0.3).values()
    assert graded.result == "timeout"


def test_what_else_is_open_or_wrong_in_the_file_does_not_matter(student):
    root = student("gus", b"    def _ascending(self, key):\n        return 1 / 0\n", WALK)
    tree = root / RANK.path
    own = source.text_of(tree.read_bytes(), RANK.function).replace(b"smaller = 0\n", b"smaller = 0  # mine\n")
    tree.write_bytes(source.with_function(tree.read_bytes(), RANK.function, own))
    graded = results([root], RANK, WALK)
    assert graded["gus", "rank"].result == "solved"
    assert graded["gus", "walk_from"].result == "failed"


def test_what_else_was_taken_out_of_the_file_does_not_matter(student):
    root = student("gil", b"    def renamed(self, key):\n        return 1\n", WALK)
    tree = root / RANK.path
    own = source.text_of(tree.read_bytes(), RANK.function).replace(b"smaller = 0\n", b"smaller = 0  # mine\n")
    tree.write_bytes(source.with_function(tree.read_bytes(), RANK.function, own))
    graded = results([root], RANK, WALK)
    assert graded["gil", "rank"].result == "solved"
    assert graded["gil", "walk_from"].result == "unreadable"


def test_functions_that_were_added_beside_it_come_along(student):
    root = student("hal", b"def signed(bits: int) -> int:\n    return _mine(bits)\n")
    with (root / BITS.path).open("ab") as file:
        file.write(b"\n\ndef _mine(bits):\n    return (bits + 2**31) % 2**32 - 2**31\n")
    assert results([root], BITS)["hal", "signed_bits"].result == "solved"


@pytest.mark.slow
def test_design_tasks(student):
    root = student("ida")
    assert results([root], PIPELINE)["ida", "pipeline"].result == "not begun"
    (root / PIPELINE.path).parent.mkdir(parents=True)
    shutil.copy(PIPELINE.start_path, root / PIPELINE.path)
    assert results([root], PIPELINE)["ida", "pipeline"].result == "empty"
    shutil.copy(PIPELINE.solution_path, root / PIPELINE.path)
    assert results([root], PIPELINE)["ida", "pipeline"].result == "solved"


@pytest.mark.slow
def test_patches(student, tmp_path):
    """As `git diff HEAD` makes them; what they change besides is not taken."""
    root = student("jon")
    for command in ("init -q", "add -A", "-c user.name=a -c user.email=a@b commit -qm begin"):
        subprocess.run(["git", *command.split()], cwd=root, check=True, timeout=PATIENCE)
    path = root / BITS.path
    path.write_bytes(source.with_function(path.read_bytes(), "signed", OWN_WAY))
    (root / PIPELINE.path).parent.mkdir(parents=True)
    shutil.copy(PIPELINE.solution_path, root / PIPELINE.path)
    (root / "elsewhere.txt").write_text("not to be taken")
    subprocess.run(["git", "add", "-AN"], cwd=root, check=True, timeout=PATIENCE)
    patch = tmp_path / "class" / "jon.patch"
    command = ["git", "diff", "HEAD"]
    shown = subprocess.run(command, cwd=root, capture_output=True, check=True, timeout=PATIENCE)
    patch.write_bytes(shown.stdout)
    broken = tmp_path / "class" / "kim.diff"
    broken.write_text("--- a/redis_clone/nothing.py\n+++ b/redis_clone/nothing.py\n@@ -1 +1 @@\n-a\n+b\n")
    assert [place.name for place in found([tmp_path / "class"])] == ["jon", "jon.patch", "kim.diff"]
    graded = results([patch, broken], BITS, PIPELINE)
    assert graded["jon", "signed_bits"].result == "solved"
    assert graded["jon", "pipeline"].result == "solved"
    assert graded["kim", "signed_bits"].result == "unreadable"
    others = [each for each in graded.values() if (each.student, each.exercise) != ("jon", "pipeline")]
    assert {each.exercise for each in without_untouched(others)} == {"signed_bits"}, "kim has begun nothing"
    table = as_table(list(graded.values()))
    assert table.count("git apply:") == 1, "what is wrong with the whole patch is said once"
