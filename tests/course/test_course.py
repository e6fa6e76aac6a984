"""The course is true: excerpts are the source, examples run, sessions happen, chapters stand alone.

Each test goes through all pages, chapters or modules, and its message names every one that fails.  The
programs of several pages run at the same time, for they often wait; all of them run with --slow.
"""

import re
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from course import ENTRANCE, EXERCISES, STEPS, pages
from course.chapters import PACKAGE, chapter_of, chapters, imports_of, modules
from course.contents import check_contents
from course.examples import run_examples
from course.excerpts import Missing, excerpt, is_excerpt
from course.fences import fences_of
from course.sessions import check_sessions
from course.standalone import run_tests
from exercises.machinery.catalogue import all_exercises

UPDATE = "stale: python docs/check.py --update puts the source's text in its place"
AT_ONCE = 4  # pages whose programs run at the same time
FENCES = [fence for page in pages() for fence in fences_of(page)]
STEP_FILES = sorted(STEPS.glob("[0-9]*.py"))


# Programs run for the page of one chapter in the quick run.
one_page_or_all = pytest.mark.parametrize(
    "tried",
    [[chapters()[5].page], pytest.param(pages(), marks=pytest.mark.slow)],
    ids=["one page", "all pages"],
)


def problems_of(tried, check):
    """The problems that `check` finds in these pages, as one text."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return "\n".join(problem for problems in pool.map(check, tried) for problem in problems)


def test_an_excerpt_is_what_the_source_says():
    stale = [fence.place for fence in FENCES if is_excerpt(fence) and fence.text != _excerpt(fence)]
    assert not stale, f"{stale} {UPDATE}"


def _excerpt(fence):
    try:
        return excerpt(fence)
    except (Missing, FileNotFoundError):
        return None


@one_page_or_all
def test_the_examples_run(tried):
    wrong = problems_of(tried, run_examples)
    assert not wrong, wrong


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
@one_page_or_all
def test_the_sessions_happen_as_the_pages_show_them(tried):
    wrong = problems_of(tried, _differences)
    assert not wrong, wrong


def _differences(page):
    return [str(each) for _, differences in check_sessions(page) for each in differences]


def test_a_page_has_only_fences_that_a_check_understands():
    unknown = [each.place for each in FENCES if each.language not in {"python", "console", "text", "bash"}]
    assert not unknown, unknown


def test_a_link_leads_somewhere():
    links = re.compile(r"\]\((?!https?:)([^)#]+)")
    code = re.compile(r"^```.*?^```", re.M | re.S)  # where table[key](argument) is no link
    targets = [page.parent / each for page in pages() for each in links.findall(code.sub("", _text(page)))]
    missing = [str(target) for target in targets if not target.exists()]
    assert targets and not missing, missing


def _text(path):
    return path.read_text(encoding="utf-8")


def test_the_table_of_contents_is_that_of_the_chapters():
    assert not check_contents(ENTRANCE), UPDATE


def test_each_step_runs_in_a_session_of_its_chapter():
    missing = [
        step.name
        for step in STEP_FILES
        if f"docs/steps/{step.name}" not in _text(chapters()[int(step.name[:2]) - 1].page)
    ]
    assert not missing, missing


def test_each_exercise_stands_in_its_chapter_and_nothing_else_does():
    listed = {
        (chapter.number, name)
        for chapter in chapters()
        for name in re.findall(r"^- `(\w+)`:", _text(chapter.page), re.MULTILINE)
    }
    written = {
        (int(number), path.stem)
        for path in EXERCISES.glob("[a-z]*.py")
        for number in re.findall(r"^CHAPTER = (\d+)$", _text(path), re.MULTILINE)
    }
    assert written and listed == written, listed ^ written


def test_every_module_belongs_to_exactly_one_chapter():
    named = [module for chapter in chapters() for module in chapter.modules]
    assert sorted(named) == modules()


def test_a_module_needs_nothing_of_a_later_chapter():
    number = chapter_of()
    later = [
        f"{module} of chapter {number[module]} needs {needed} of {number[needed]}"
        for module in modules()
        for needed in imports_of(PACKAGE / module)
        if number.get(needed, 0) > number[module]
    ]
    assert not later, "\n".join(later)


@pytest.mark.slow
@pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.title)
def test_a_chapter_stands_alone(chapter, tmp_path):
    problems = run_tests(tmp_path, chapter.number)
    assert not problems, problems


def test_a_step_is_short():
    long = [step.name for step in STEP_FILES if _text(step).count("\n") > 100]
    assert STEP_FILES and not long, long


def test_a_step_needs_nothing_of_a_later_chapter():
    later = [
        f"{step.name} needs {needed}"
        for step in STEP_FILES
        for needed in imports_of(step)
        if chapter_of().get(needed, 0) > int(step.name[:2])
    ]
    assert not later, "\n".join(later)


def test_an_exercise_comes_before_the_excerpt_that_solves_it():
    late = [
        f"{each.name}: line {fence.line} of {fence.page.name} shows the solution"
        for each in all_exercises()
        if each.is_hole
        for fence in FENCES
        if _shows(fence, each) and not _is_told_before(each, fence)
    ]
    assert not late, late


def _shows(fence, exercise):
    """Whether an excerpt has the function of a hole in it, or the class around it."""
    path, _, name = exercise.hole.partition(":")
    names = [word.partition(":")[0] for word in fence.words[1:]]
    is_of_this_file = is_excerpt(fence) and fence.words[0] == path
    return is_of_this_file and any(name == each or name.startswith(f"{each}.") for each in names)


def _is_told_before(exercise, fence):
    """Whether the reader has met the exercise: on an earlier page, or above the excerpt."""
    number = int(fence.page.name[:2]) if fence.page.name[:2].isdigit() else 0
    above = "\n".join(_text(fence.page).splitlines()[: fence.line])
    name = exercise.name
    is_above = re.search(rf"`{name}`|start\s{name}\b", above)
    return exercise.chapter < number or (exercise.chapter == number and bool(is_above))
