"""Writes the table of contents in docs/walkthrough.md: for each chapter its title and its question.

A chapter begins with `# 3. The command table`, and its question is the first line in italics.
"""

import re
from pathlib import Path

from course.chapters import Chapter, chapters

HEAD = "| chapter | the question |\n| --- | --- |\n"
TITLE = re.compile(r"^# (.*)$", re.MULTILINE)
QUESTION = re.compile(r"^\*(.*?)\*$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(re.escape(HEAD) + r"(\|.*\n)*")


def contents() -> str:
    return HEAD + "".join(map(_row, chapters()))


def _row(chapter: Chapter) -> str:
    text = chapter.page.read_text(encoding="utf-8")
    title, question = TITLE.search(text), QUESTION.search(text)
    assert title and question, f"{chapter.page.name} begins with a title and a question"
    link = f"[{title[1]}](chapters/{chapter.page.name})"
    return f"| {link} | {' '.join(question[1].split())} |\n"


def check_contents(entrance: Path, update: bool = False) -> list[str]:
    text = entrance.read_text(encoding="utf-8")
    wanted = TABLE.sub(lambda _: contents(), text)
    if update:
        entrance.write_text(wanted, encoding="utf-8")
    return [] if update or wanted == text else [f"{entrance.name}: the table of chapters is stale"]
