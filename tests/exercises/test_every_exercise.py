"""Each exercise can be solved, is not solved at the beginning, and is restored exactly.

The tests that need no process go through all exercises, and their message names every one that fails.  The
checks are run for three exercises, and with --slow for all.
"""

import ast
import time

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import CHAPTERS, REPOSITORY, all_exercises
from exercises.machinery.running import overlay_of, run

EXERCISES = all_exercises()
SAMPLE = {"integers", "watch", "lost_update"}  # a pure function, the whole server, a design task
HOLES = [each for each in EXERCISES if each.is_hole]
DESIGNS = [each for each in EXERCISES if not each.is_hole]
SOON = 15  # seconds, on a machine that does other things too


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


def failing(exercises, claims_of):
    """Every claim that does not hold, with the name of its exercise."""
    return [
        f"{each.name}: {claim}" for each in exercises for claim, holds in claims_of(each).items() if not holds
    ]


def test_each_exercise_with_a_hole_is_emptied_in_one_function_and_filled_byte_for_byte():
    wrong = failing(HOLES, _claims_of_a_hole)
    assert not wrong, "\n".join(wrong)


def _claims_of_a_hole(exercise):
    before = own(exercise)
    after = source.emptied(before, exercise.function, exercise.name)
    text = source.text_of(before, exercise.function)
    docstrings = [ast.get_docstring(_function(content, exercise)) for content in (before, after)]
    return {
        "it is not empty before": not source.is_empty(before, exercise.function),
        "it is empty after": source.is_empty(after, exercise.function),
        "it is filled to the byte": source.with_function(after, exercise.function, text) == before,
        "its docstring stays": docstrings[0] == docstrings[1],
        "all other lines stay": _without(before, exercise) == _without(after, exercise),
    }


def _function(content, exercise):
    return source._node(content, exercise.function)


def _without(content, exercise):
    """All lines except those of the body."""
    place = source.find(content, exercise.function)
    lines = content.splitlines(keepends=True)
    return lines[: place.body], lines[place.end :]


def test_each_exercise_of_design_begins_with_something_else_than_its_solution():
    wrong = failing(
        DESIGNS,
        lambda each: {
            "the solution is not the beginning": each.start_path.read_bytes()
            != each.solution_path.read_bytes(),
            "nobody has begun it": not (REPOSITORY / each.path).exists(),
        },
    )
    assert not wrong, "\n".join(wrong)


def test_each_design_task_has_a_beginning_and_a_solution_and_nothing_else_has():
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
        assert not outcome.passed, "the first check calls what the student writes, and no copy of the judge"


@pytest.mark.parametrize("exercise", sampled(HOLES))
def test_the_repository_fills_its_holes(exercise):
    outcome = run(exercise)
    assert outcome.is_solved, f"{outcome.failed}\n{outcome.wrong}"


@pytest.mark.parametrize("exercise", sampled(DESIGNS))
def test_the_solution_solves_it(exercise):
    with overlay_of(exercise.path, exercise.solution_path.read_bytes()) as overlay:
        outcome = run(exercise, overlay)
    assert outcome.is_solved, f"{outcome.failed}\n{outcome.wrong}"
