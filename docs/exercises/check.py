"""Starts, checks and grades the exercises of the course: python docs/exercises/check.py

    list                  lists all of them, and how far you are
    start NAME            empties a function of the server, or lays out a file, for you to write
    NAME                  runs its checks
    show NAME             shows its text again
    hint NAME             gives a hint, and at the next call the next one
    restore NAME          restores what was there before; what you wrote is kept in .exercises/attempts
    solution NAME         shows the repository's own, once you have solved it (--peek: before)
    grade PLACE... [--csv]    grades a class: checkouts, patches, or folders of them; grade --help says more
    stage                 lists the stages of a server that you write yourself; stage --help says more

docs/exercises/README.md says more.  The program needs nothing but Python 3.10.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The folder above, and not this one: the names of exercises might be those of Python's own modules.
sys.path[:] = [str(HERE.parent), *(path for path in sys.path if path and Path(path).resolve() != HERE)]

from exercises.judge import program as stages  # noqa: E402
from exercises.machinery import grading, reporting, source  # noqa: E402
from exercises.machinery.catalogue import REPOSITORY, BadExercise, Exercise, all_exercises, find  # noqa: E402
from exercises.machinery.outcome import Outcome  # noqa: E402
from exercises.machinery.running import SECONDS, run  # noqa: E402
from exercises.machinery.workbook import Refused, Workbook  # noqa: E402

COMMAND = "python docs/exercises/check.py"


def main(words: list[str]) -> int:
    """The exit status: 0 when it was done, or the exercise is solved."""
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    if not words or words[0] in ("-h", "--help", "help"):
        print((__doc__ or "").strip())
        return 0
    try:
        if words[0] == "list":
            return list_()
        if words[0] == "grade":
            return grade(words[1:])
        if words[0] == "stage":
            return stages.main(words[1:])
        if words[0] == "solution":
            return solution(_named([word for word in words[1:] if word != "--peek"]), "--peek" in words)
        if words[0] in ACTIONS:
            return ACTIONS[words[0]](_named(words[1:]))
        return check(_named(words))
    except (Refused, BadExercise) as reason:
        print(f"{reason}.")
        return 2


def _named(words: list[str]) -> Exercise:
    if len(words) != 1:
        raise Refused(f"Name one exercise: {COMMAND} list shows them")
    exercise = find(words[0])
    if exercise is None:
        raise Refused(f"There is no exercise {words[0]}: {COMMAND} list shows them")
    return exercise


def list_() -> int:
    workbook, exercises = Workbook(REPOSITORY), all_exercises()
    print(reporting.table(exercises, [workbook.progress(each) for each in exercises]))
    return 0


def start(exercise: Exercise) -> int:
    where = Workbook(REPOSITORY).start(exercise)
    print(f"{reporting.description(exercise)}\n\nYours to write: {where}")
    print(f"Then: {COMMAND} {exercise.name}")
    return 0


def show(exercise: Exercise) -> int:
    print(f"{reporting.description(exercise)}\n\nConcept: {exercise.concept}\nFile:    {exercise.path}")
    return 0


def check(exercise: Exercise) -> int:
    workbook = Workbook(REPOSITORY)
    if not workbook.is_open(exercise):
        raise Refused(f"You have not begun it: {COMMAND} start {exercise.name}")
    outcome = _tried(workbook, exercise)
    print(f"{exercise.name}: {exercise.title}\n\n{reporting.format_outcome(exercise, outcome)}\n")
    if not outcome.is_solved:
        if others := [name for name in _open(workbook) if name != exercise.name]:
            print(f"Open besides, which may be why: {', '.join(others)}")
        print(f"Stuck? {COMMAND} hint {exercise.name}")
        return 1
    workbook.record_solved(exercise)
    print(f"Solved. Compare with the repository's own: {COMMAND} solution {exercise.name}")
    print(f"And give the repository its code back (graded? hand in first): {COMMAND} restore {exercise.name}")
    return 0


def _tried(workbook: Workbook, exercise: Exercise) -> Outcome:
    """Tries what counts if it is graded."""
    path = REPOSITORY / exercise.path
    try:
        ours = workbook.original(exercise) if exercise.is_hole else b""
        return grading.run_answer(exercise, ours, path.read_bytes())
    except (OSError, source.NotFound):
        return run(exercise)  # which says what is wrong with the file


def hint(exercise: Exercise) -> int:
    number = Workbook(REPOSITORY).next_hint(exercise)
    print(f"Hint {number} of {len(exercise.hints)}: {exercise.hints[number - 1]}")
    return 0


def restore(exercise: Exercise) -> int:
    attempt = Workbook(REPOSITORY).restore(exercise)
    outcome = "as it was before" if exercise.is_hole else "gone, as before"
    print(f"{exercise.path} is {outcome}. What you had is in {attempt.relative_to(REPOSITORY)}.")
    return 0


def solution(exercise: Exercise, peek: bool) -> int:
    workbook = Workbook(REPOSITORY)
    if not peek and not workbook.progress(exercise).solved:
        raise Refused("Solve it first, or say --peek")
    if exercise.is_hole:
        text = source.text_of(workbook.original(exercise), exercise.function)
    else:
        text = exercise.solution_path.read_bytes()
    print(text.decode("utf-8"))
    return 0


def grade(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{COMMAND} grade", description="Grade a whole class.")
    parser.add_argument(
        "places", nargs="+", type=Path, metavar="PLACE", help="checkouts, patches, folders of them"
    )
    parser.add_argument("--csv", action="store_true", help="a line for each student and exercise")
    parser.add_argument(
        "--only", default="", metavar="NAMES", help="these exercises and chapters: --only 5,watch"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="checks that run at once")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for one check")
    asked = parser.parse_args(words)
    exercises = _chosen(asked.only.split(",")) if asked.only else all_exercises()
    if open_ := _open(Workbook(REPOSITORY)):
        raise Refused(
            f"Your own repository is the measure, and in it are open: {', '.join(open_)}. Restore first"
        )
    places = grading.found(asked.places)
    if not places:
        raise Refused("There is no checkout and no patch")
    grades = grading.grade(places, exercises, asked.jobs, asked.seconds)
    if not asked.only:
        grades = grading.without_untouched(grades)
    print(grading.as_csv(grades) if asked.csv else grading.as_table(grades), end="" if asked.csv else "\n")
    return 0


def _chosen(words: list[str]) -> list[Exercise]:
    """The exercises of these names and of the chapters of these numbers, in the order of the course."""
    chapters = [int(word) for word in words if word.isdecimal()]
    names = [_named([word]).name for word in words if not word.isdecimal()]
    chosen = [each for each in all_exercises() if each.name in names or each.chapter in chapters]
    for number in chapters:
        if number not in [each.chapter for each in chosen]:
            raise Refused(f"There is no exercise of a chapter {number}: {COMMAND} list shows them")
    return chosen


def _open(workbook: Workbook) -> list[str]:
    return [each.name for each in all_exercises() if workbook.is_open(each)]


ACTIONS = {"start": start, "show": show, "hint": hint, "restore": restore}

if __name__ == "__main__":
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # `list | head` has read enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (Python flushes it at the end)
        status = 1
    sys.exit(status)
