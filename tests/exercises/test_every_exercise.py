"""Each exercise can be solved, is not solved at the beginning, and is put back exactly.

What needs no process is asked of all of them; the checks are run for a few, and with --slow for all.
"""

import ast
import time

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import CHAPTERS, EASIEST, HARDEST, REPOSITORY, all_exercises
from exercises.machinery.running import overlay_of, run

EXERCISES = all_exercises()
SAMPLE = {"integers", "watch", "lost_update"}  # a pure function, the whole server, a design task
HOLES = [each for each in EXERCISES if each.is_hole]
DESIGNS = [each for each in EXERCISES if not each.is_hole]
SOON = 15  # seconds, on a machine that does other things too


def name_of(exercise):
    return exercise.name


def sampled(exercises):
    """All of them, most marked slow."""
    return [
        pytest.param(each, id=each.name, marks=[] if each.name in SAMPLE else pytest.mark.slow)
        for each in exercises
    ]


def own(exercise):
    return (REPOSITORY / exercise.path).read_bytes()


def test_every_chapter_has_some_and_there_are_both_kinds():
    assert len(EXERCISES) >= 25
    assert {each.chapter for each in EXERCISES} == set(CHAPTERS)
    assert len(HOLES) > len(DESIGNS) >= 5


@pytest.mark.parametrize("exercise", EXERCISES, ids=name_of)
def test_an_exercise_says_what_it_is_about(exercise):
    assert exercise.title and len(exercise.text) > 200 and exercise.concept
    assert EASIEST <= exercise.level <= HARDEST
    assert len(exercise.hints) >= 3
    tree = ast.parse(exercise.checks_path.read_text(encoding="utf-8"))
    checks = [node.name for node in tree.body if getattr(node, "name", "").startswith("test_")]
    assert len(checks) >= 4 and len(set(checks)) == len(checks)


@pytest.mark.parametrize("exercise", HOLES, ids=name_of)
def test_a_hole_is_made_in_one_function_and_filled_again_byte_for_byte(exercise):
    before = own(exercise)
    assert not source.is_empty(before, exercise.function)
    after = source.emptied(before, exercise.function, exercise.name)
    assert source.is_empty(after, exercise.function)
    text = source.text_of(before, exercise.function)
    assert source.with_function(after, exercise.function, text) == before
    assert ast.get_docstring(_function(before, exercise)) == ast.get_docstring(_function(after, exercise))
    assert _without(before, exercise) == _without(after, exercise)


def _function(content, exercise):
    return source._node(content, exercise.function)


def _without(content, exercise):
    """All the lines but those of the body."""
    place = source.find(content, exercise.function)
    lines = content.splitlines(keepends=True)
    return lines[: place.body], lines[place.end :]


@pytest.mark.parametrize("exercise", DESIGNS, ids=name_of)
def test_a_design_task_has_a_beginning_and_a_solution_and_nobody_has_begun_it(exercise):
    assert exercise.start_path.is_file() and exercise.solution_path.is_file()
    assert exercise.start_path.read_bytes() != exercise.solution_path.read_bytes()
    assert not (REPOSITORY / exercise.path).exists()


def test_nothing_else_lies_among_the_beginnings_and_the_solutions():
    names = {f"{each.name}.py" for each in DESIGNS}
    for folder in ("starts", "solutions"):
        assert {path.name for path in (REPOSITORY / "docs" / "exercises" / folder).glob("*.py")} == names


@pytest.mark.parametrize("exercise", sampled(EXERCISES))
def test_unsolved_it_fails_soon(exercise):
    if exercise.is_hole:
        content = source.emptied(own(exercise), exercise.function, exercise.name)
    else:
        content = exercise.start_path.read_bytes()
    began = time.monotonic()
    with overlay_of(exercise.path, content) as overlay:
        outcome = run(exercise, overlay, seconds=SOON)
    assert outcome.failed and outcome.wrong and not outcome.is_solved
    assert not outcome.timed_out, f"it took {time.monotonic() - began:.0f} seconds"
    if exercise.is_hole:
        assert source.MARK in outcome.wrong, "what is wrong is the hole, and the student is told so"


@pytest.mark.parametrize("exercise", sampled(HOLES))
def test_the_repository_fills_its_holes(exercise):
    outcome = run(exercise)
    assert outcome.is_solved, f"{outcome.failed}\n{outcome.wrong}"


@pytest.mark.parametrize("exercise", sampled(DESIGNS))
def test_the_solution_solves_it(exercise):
    with overlay_of(exercise.path, exercise.solution_path.read_bytes()) as overlay:
        outcome = run(exercise, overlay)
    assert outcome.is_solved, f"{outcome.failed}\n{outcome.wrong}"
