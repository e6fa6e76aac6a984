"""Each exercise catches the mistakes that people make, in words that help.

Some exercises are tried in the quick run, all of them with --slow, several at once.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from exercises.machinery.catalogue import all_exercises
from exercises.machinery.outcome import IMPORTED
from exercises.machinery.running import overlay_of, run
from wrong_answers import FOLDER, wrong_answers

FEWEST = 3  # of each exercise
SAMPLE = ("integers", "rank")  # run in the quick run too
AT_ONCE = max(2, os.cpu_count() or 1)
SOON = 4.0  # seconds for one check; an answer that never ends is wrong, too
SHOWN = ("expected", "came", "received")

EXERCISES = all_exercises()


def test_each_exercise_keeps_some_wrong_answers_and_nothing_else_is_kept():
    few = {each.name: len(wrong_answers(each)) for each in EXERCISES if len(wrong_answers(each)) < FEWEST}
    kept = {path.stem for path in FOLDER.iterdir() if path.stem != "survivors"}
    assert not few and kept == {each.name for each in EXERCISES}


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(SAMPLE, id="some"),
        pytest.param([each.name for each in EXERCISES], id="all", marks=pytest.mark.slow),
    ],
)
def test_a_wrong_answer_is_told_what_is_wrong(names):
    tried = [answer for each in EXERCISES if each.name in names for answer in wrong_answers(each)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        complaints = [complaint for complaint in pool.map(complaint_about, tried) if complaint]
    assert not complaints, "\n".join(complaints)


def complaint_about(answer):
    """What is not as it should be; "" when the answer fails in a check, with a text that helps."""
    with overlay_of(answer.exercise.path, answer.content) as overlay:
        outcome = run(answer.exercise, overlay, SOON)
    if outcome.is_solved:
        return f"{answer.title} is taken for right"
    if outcome.failed == IMPORTED or not any(word in outcome.wrong for word in SHOWN):
        return f"{answer.title} fails without help, in {outcome.failed!r}:\n{outcome.wrong}"
    return ""
