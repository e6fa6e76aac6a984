"""Computes the times in docs/syllabus.md: how long a chapter, its exercises and its stages take.

The rates below were set once, for a reader who tries what the page shows.  Everything else is counted:

  * words outside the fences;
  * lines that the reader writes (course/listings.py), and other lines of code and of sessions;
  * the levels of the exercises, and the minutes that each stage says of itself.
"""

import re
from typing import NamedTuple

from exercises.judge.stage import all_stages, group_title
from exercises.machinery.catalogue import all_exercises

from course import SYLLABUS
from course.chapters import Chapter, chapters
from course.contents import TITLE
from course.fences import fences_of
from course.listings import is_listing

WORDS_A_MINUTE = 150
LINES_READ_A_MINUTE = 10
LINES_WRITTEN_A_MINUTE = 5
MINUTES_OF_LEVEL = {1: 10, 2: 20, 3: 40, 4: 80, 5: 160}  # from ten minutes to an evening
STEP = 5  # minutes: nothing is known more exactly

HEAD = (
    "| chapter | words | lines to write | lines to read | minutes "
    "| exercises | minutes | stages | minutes |\n"
    "| --- | --: | --: | --: | --: | --: | --: | --: | --: |\n"
)
TABLE = re.compile(re.escape(HEAD) + r"(\|.*\n)*")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"chapters? (\d+)")


class Load(NamedTuple):
    """What one chapter asks of a student; two of them can be added."""

    words: int
    written: int  # lines
    read: int  # lines
    exercises: int
    exercise_minutes: int
    stages: int
    stage_minutes: int

    @property
    def minutes(self) -> int:
        """The time for the text, its code and its sessions, without the exercises."""
        exact = (
            self.words / WORDS_A_MINUTE
            + self.written / LINES_WRITTEN_A_MINUTE
            + self.read / LINES_READ_A_MINUTE
        )
        return round(exact / STEP) * STEP


def load_of(chapter: Chapter) -> Load:
    text = chapter.page.read_text(encoding="utf-8")
    fences = fences_of(chapter.page)
    written = sum(fence.text.count("\n") for fence in fences if is_listing(fence))
    read = sum(fence.text.count("\n") for fence in fences if not is_listing(fence))
    levels = [each.level for each in all_exercises() if each.chapter == chapter.number]
    minutes = [each.minutes for each in all_stages() if chapter_of_group(each.group) == chapter.number]
    return Load(
        len(CODE.sub("", text).split()),
        written,
        read,
        len(levels),
        sum(MINUTES_OF_LEVEL[level] for level in levels),
        len(minutes),
        sum(minutes),
    )


def chapter_of_group(group: str) -> int:
    """The first of the chapters that a group of stages names."""
    number = NUMBER.search(group_title(group))
    assert number, f"the stages of {group} name no chapter"
    return int(number[1])


def table() -> str:
    loads = [load_of(chapter) for chapter in chapters()]
    rows = [_row(_link(chapter), load, load.minutes) for chapter, load in zip(chapters(), loads, strict=True)]
    together = Load(*map(sum, zip(*loads, strict=True)))
    return HEAD + "".join(rows) + _row("all", together, sum(load.minutes for load in loads))


def _link(chapter: Chapter) -> str:
    title = TITLE.search(chapter.page.read_text(encoding="utf-8"))
    assert title
    return f"[{title[1]}](chapters/{chapter.page.name})"


def _row(name: str, load: Load, minutes: int) -> str:
    cells = [name, round(load.words, -2), round(load.written, -1), round(load.read, -1), minutes, *load[3:]]
    return f"| {' | '.join(map(str, cells))} |\n"


def check_syllabus(update: bool = False) -> list[str]:
    """What is stale in the table of times, after the update if there is to be one."""
    text = SYLLABUS.read_text(encoding="utf-8")
    wanted = TABLE.sub(lambda _: table(), text)
    if update:
        SYLLABUS.write_text(wanted, encoding="utf-8")
    return [] if update or wanted == text else [f"{SYLLABUS.name}: the table of times is stale"]
