"""Formats what a student reads.  It uses ASCII only, for not every terminal shows more."""

import textwrap
from collections.abc import Sequence

from exercises.machinery.catalogue import Exercise, chapter_title
from exercises.machinery.outcome import Outcome
from exercises.machinery.workbook import Progress

WIDTH = 100


def description(exercise: Exercise) -> str:
    paragraphs = [paragraph for paragraph in exercise.text.split("\n\n") if paragraph]
    return "\n\n".join(
        [f"{exercise.name}: {exercise.title}  ({chapter_title(exercise.chapter)})", *map(_filled, paragraphs)]
    )


def _filled(paragraph: str) -> str:
    """The paragraph wrapped, unless it is indented: that is an example."""
    if paragraph.startswith("    ") or "\n    " in paragraph:
        return paragraph
    return textwrap.fill(paragraph, WIDTH)


def format_outcome(exercise: Exercise, outcome: Outcome) -> str:
    lines = [f"  ok       {sentence}" for sentence in outcome.passed]
    if outcome.failed:
        lines += [f"  NOT YET  {outcome.failed}", "", textwrap.indent(outcome.wrong, " " * 11)]
    if outcome.printed:
        lines += ["", "           your code printed", textwrap.indent(outcome.printed.rstrip(), " " * 11)]
    if outcome.untried:
        lines += ["", f"  {outcome.untried} more after it."]
    return "\n".join(lines)


def table(exercises: Sequence[Exercise], progress: Sequence[Progress]) -> str:
    """All exercises by chapter: [x] solved, [.] begun; the stars say how hard it is."""
    lines: list[str] = []
    chapter = 0
    for exercise, state in zip(exercises, progress, strict=True):
        if exercise.chapter != chapter:
            chapter = exercise.chapter
            lines += ["", chapter_title(chapter)]
        mark = "x" if state.solved else "." if state.is_open else " "
        kind = "" if exercise.is_hole else " (design)"
        lines.append(f"   [{mark}] {exercise.name:<18} {'*' * exercise.level:<6}{exercise.title}{kind}")
    solved = sum(state.solved for state in progress)
    open_ = [exercise.name for exercise, state in zip(exercises, progress, strict=True) if state.is_open]
    lines += ["", f"{solved} of {len(exercises)} solved. " + (f"Open: {', '.join(open_)}." if open_ else "")]
    return "\n".join(lines).lstrip("\n")
