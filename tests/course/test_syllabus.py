"""The syllabus is true: its times are those of the pages, and whatever it names is there."""

import re

from course import SYLLABUS
from course.chapters import chapters
from course.contents import TITLE
from course.syllabus import Load, check_syllabus
from exercises.judge.stage import GROUPS, all_stages
from exercises.machinery.catalogue import all_exercises

UPDATE = "stale: python docs/check.py --update computes it again"
NOT_EXERCISES = {"recv", "my_redis.py", "docs/course/syllabus.py", "python docs/check.py --update"}


def test_the_times_are_those_of_the_pages_as_they_are_now():
    assert not check_syllabus(), UPDATE


def test_reading_takes_as_long_as_its_words_and_lines_say():
    nothing_to_do = Load(
        words=0, written=0, read=0, exercises=1, exercise_minutes=10, stages=0, stage_minutes=0
    )
    assert nothing_to_do.minutes == 0
    assert nothing_to_do._replace(words=1500).minutes == 10
    assert nothing_to_do._replace(words=1500, written=50, read=100).minutes == 30


def test_each_chapter_has_what_comes_before_it_what_to_grade_and_three_abilities():
    sections = SYLLABUS.read_text(encoding="utf-8").split("\n### ")[1:]
    titles = [TITLE.search(chapter.page.read_text(encoding="utf-8"))[1] for chapter in chapters()]
    assert [section.partition("\n")[0] for section in sections] == titles
    wrong = [section for section in sections if section.count("\n- ") != 3 or "To grade: " not in section]
    assert not wrong, wrong


def test_a_chapter_builds_only_on_chapters_before_it():
    text = SYLLABUS.read_text(encoding="utf-8")
    named = re.findall(r"^### (\d+)\..*\n\nBuilds on: ([\d, ]+)\.", text, re.MULTILINE)
    wrong = [number for number, before in named if max(map(int, before.split(", "))) >= int(number)]
    assert len(named) == len(chapters()) - 1 and not wrong, wrong


def test_the_exercises_and_stages_that_it_names_are_there():
    named = set(re.findall(r"`([^`]+)`", SYLLABUS.read_text(encoding="utf-8"))) - NOT_EXERCISES
    known = {each.name for each in all_exercises()} | {each.name for each in all_stages()} | set(GROUPS)
    assert len(named) > 40 and not named - known, named - known
