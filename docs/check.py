"""Checks whether the course is true, and with --update brings excerpts and sessions up to date.

    python docs/check.py                     all pages
    python docs/check.py 03 08               these chapters only
    python docs/check.py --update 03         excerpts as the source has them, sessions as the server answers
                                             and, of all pages, the contents, the syllabus and the index
    python docs/check.py --build 3           prints my_redis.py as it is at the end of chapter 3

The exit code is 0 when all is true.
"""

import argparse
import re
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from course import ENTRANCE, pages
from course.book_index import check_book_index
from course.contents import check_contents
from course.examples import run_examples
from course.excerpts import Missing, excerpt, is_excerpt
from course.fences import Fence, fences_of, replace
from course.listings import file_after
from course.sessions import Difference, check_sessions
from course.syllabus import check_syllabus

PORT_OF_CLIENT = re.compile(r"(127\.0\.0\.1:)\d{5}\b")  # another one each time

TRACEBACK = "Traceback (most recent call last):"


def check_page(page: Path, update: bool) -> list[str]:
    """What is not true of the page, after the update if there is to be one."""
    problems = _check_excerpts(page, update)
    problems += run_examples(page)
    return problems + _check_all_sessions(page, update)


def _check_excerpts(page: Path, update: bool) -> list[str]:
    problems, texts = [], {}
    for fence in filter(is_excerpt, fences_of(page)):
        try:
            wanted = excerpt(fence)
        except (Missing, FileNotFoundError) as missing:
            problems.append(f"{fence.place}: {missing}")
            continue
        if wanted != fence.text:
            texts[fence] = wanted
    if update:
        replace(page, texts)
        return problems
    return problems + [f"{fence.place}: the source says\n{text}" for fence, text in texts.items()]


def _check_all_sessions(page: Path, update: bool) -> list[str]:
    problems: list[str] = []
    texts: dict[Fence, str] = {}
    for fence, differences in check_sessions(page):
        if differences and update and not any(map(_has_crashed, differences)):
            texts[fence] = _updated(fence, differences)
        else:
            problems += map(str, differences)
    replace(page, texts)
    return problems


def _has_crashed(difference: Difference) -> bool:
    """Whether the program ended in a traceback, and the page knows of none: it is no news for the page."""
    return TRACEBACK in difference.seen and TRACEBACK not in difference.act.expected


def _updated(fence: Fence, differences: list[Difference]) -> str:
    """The session with what was seen in place of what the page says."""
    lines = fence.text.splitlines()
    for difference in reversed(differences):
        start = difference.act.line + 1
        seen = [PORT_OF_CLIENT.sub(r"\1...", line) for line in difference.seen]
        lines[start : start + len(difference.act.expected)] = seen
    return "".join(line + "\n" for line in lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks that the course is true.")
    parser.add_argument("chapters", nargs="*", help="how their names begin; all pages without them")
    parser.add_argument("--update", action="store_true", help="bring excerpts and sessions up to date")
    parser.add_argument("--build", type=int, metavar="N", help="print my_redis.py as chapter N leaves it")
    options = parser.parse_args()
    if options.build is not None:
        print(file_after(options.build), end="")
        return 0
    problems = []
    for page in pages():
        if page.stem.startswith(tuple(options.chapters or [""])):
            problems += check_page(page, options.update)
    problems += check_contents(ENTRANCE, options.update)
    problems += check_syllabus(options.update) + check_book_index(options.update)
    print("\n".join(problems) or "All is true.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
