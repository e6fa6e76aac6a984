"""The course is true: excerpts are the source, examples run, sessions happen, chapters stand alone."""

import re
import sys

import pytest
from course import ENTRANCE, EXERCISES, STEPS, pages
from course.chapters import PACKAGE, chapter_of, chapters, imports_of, modules
from course.contents import check_contents
from course.examples import run_examples
from course.excerpts import excerpt, is_excerpt
from course.fences import fences_of
from course.sessions import check_sessions
from course.standalone import run_tests

UPDATE = "stale: python docs/check.py --update puts the source's text in its place"
EXCERPTS = [fence for page in pages() for fence in fences_of(page) if is_excerpt(fence)]
every_page = pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
every_chapter = pytest.mark.parametrize("chapter", chapters(), ids=lambda chapter: chapter.title)


@pytest.mark.parametrize("fence", EXCERPTS, ids=lambda fence: fence.place)
def test_an_excerpt_is_what_the_source_says(fence):
    assert fence.text == excerpt(fence), UPDATE


@every_page
def test_the_examples_run(page):
    assert not run_examples(page)


@pytest.mark.skipif(sys.platform == "win32", reason="sessions are typed on Unix")
@every_page
def test_the_sessions_happen_as_they_are_told(page):
    for _, differences in list(check_sessions(page)):  # all of them, so that their programs end
        assert not differences, "\n".join(map(str, differences))


@every_page
def test_a_page_has_only_fences_that_somebody_understands(page):
    for fence in fences_of(page):
        assert fence.language in {"python", "console", "text", "bash"}, fence.place


@every_page
def test_a_link_leads_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_table_of_contents_is_that_of_the_chapters():
    assert not check_contents(ENTRANCE), UPDATE


def test_each_step_runs_in_a_session_of_its_chapter():
    for step in STEPS.glob("[0-9]*.py"):
        chapter = chapters()[int(step.name[:2]) - 1]
        assert f"docs/steps/{step.name}" in chapter.page.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(EXERCISES.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_an_exercise_stands_in_its_chapter(path):
    number = re.search(r"^CHAPTER = (\d+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    if number is not None:  # else it is no exercise
        text = chapters()[int(number[1]) - 1].page.read_text(encoding="utf-8")
        assert f"- `{path.stem}`" in text


@every_chapter
def test_the_exercises_of_a_chapter_are_there(chapter):
    named = re.findall(r"^- `(\w+)`:", chapter.page.read_text(encoding="utf-8"), re.MULTILINE)
    assert not EXERCISES.exists() or all((EXERCISES / f"{name}.py").exists() for name in named)


def test_every_module_belongs_to_exactly_one_chapter():
    named = [module for chapter in chapters() for module in chapter.modules]
    assert sorted(named) == modules()


@pytest.mark.parametrize("module", modules())
def test_a_module_needs_nothing_of_a_later_chapter(module):
    number = chapter_of()
    later = {needed for needed in imports_of(PACKAGE / module) if number.get(needed, 0) > number[module]}
    assert not later, f"{module} is of chapter {number[module]}"


@pytest.mark.slow
@every_chapter
def test_a_chapter_stands_alone(chapter, tmp_path):
    problems = run_tests(tmp_path, chapter.number)
    assert not problems, problems


@pytest.mark.parametrize("step", sorted(STEPS.glob("[0-9]*.py")), ids=lambda step: step.stem)
def test_a_step_is_short_and_needs_nothing_of_a_later_chapter(step):
    assert step.read_text(encoding="utf-8").count("\n") <= 100
    number = chapter_of()
    assert all(number.get(needed, 0) <= int(step.name[:2]) for needed in imports_of(step))
