"""Tries a server that you write yourself, in any language: python docs/exercises/check.py stage

    stage                          lists all stages, and which your server has passed
    stage NAME                     shows what a stage is about
    stage NAME --port 7000         tries it with the server at this port; there may be several names
    stage NAME --hint              gives a hint, and at the next call the next one
    stage --all --port 7000        tries all stages up to the first that fails
    stage --up-to NAME --port 7000    tries all up to this one

    --run './mine --port {port} --dir {folder}'    starts and stops your server; some stages need it
    --seed 7                       the random values of an earlier run
    --seconds 10                   waits longer for each reply (2)
    --host 192.168.1.7             talks to a server on another machine

docs/exercises/README.md says more.
"""

import argparse
import os
import random
import textwrap
from collections.abc import Sequence
from pathlib import Path

from exercises.judge.failure import StageFailed
from exercises.judge.judge import SECONDS
from exercises.judge.running import run
from exercises.judge.stage import Stage, all_stages, find, group_title
from exercises.judge.subject import Subject
from exercises.judge.wire import Address, Record
from exercises.machinery.catalogue import REPOSITORY
from exercises.machinery.workbook import Refused, Workbook

COMMAND = "python docs/exercises/check.py stage"
NEEDS_RUN = "starts your server itself: say how with --run 'COMMAND with {port} and {folder}'"


def main(words: Sequence[str]) -> int:
    """The exit status: 0 when all stages that were tried hold, or there was nothing to try."""
    asked = _parser().parse_args(words)
    workbook = Workbook(Path(os.environ.get("EXERCISES_KEPT_IN", REPOSITORY)), "stages.json")
    if not asked.names and not asked.all and not asked.up_to:
        print(table(all_stages(), workbook))
        return 0
    stages = _chosen(asked)
    if asked.hint:
        return _hint(stages[-1], workbook)
    if not asked.port and not asked.run:
        print(description(stages[-1]))
        return 0
    return _try(stages, asked, workbook)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS,
    )
    parser.add_argument("names", nargs="*", help=argparse.SUPPRESS)
    for option in ("--all", "--hint"):
        parser.add_argument(option, action="store_true", help=argparse.SUPPRESS)
    for option, default in {"--up-to": "", "--host": "127.0.0.1", "--run": ""}.items():
        parser.add_argument(option, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help=argparse.SUPPRESS)
    return parser


def _chosen(asked: argparse.Namespace) -> list[Stage]:
    """The stages that were named."""
    stages = all_stages()
    if asked.all:
        return stages
    if asked.up_to:
        return stages[: stages.index(_named(asked.up_to)) + 1]
    return list(map(_named, asked.names))


def _named(name: str) -> Stage:
    stage = find(name)
    if stage is None:
        raise Refused(f"There is no stage {name}: {COMMAND} lists them")
    return stage


def _hint(stage: Stage, workbook: Workbook) -> int:
    number = workbook.next_hint(stage)
    print(f"Hint {number} of {len(stage.hints)}: {stage.hints[number - 1]}")
    return 0


def _try(stages: Sequence[Stage], asked: argparse.Namespace, workbook: Workbook) -> int:
    """Start the server if we are told how, and run the stages."""
    print(f"seed {asked.seed}")
    if not asked.run or all(stage.is_alone for stage in stages):
        return _run_each(stages, asked, workbook, (asked.host, asked.port), None)
    subject = Subject(asked.run, Record())
    try:
        subject.start()
        return _run_each(stages, asked, workbook, subject.address, subject)
    except StageFailed as failed:
        print(failed)
        return 1
    finally:
        subject.close()


def _run_each(
    stages: Sequence[Stage],
    asked: argparse.Namespace,
    workbook: Workbook,
    address: Address,
    subject: Subject | None,
) -> int:
    """Run the stages up to the first that fails."""
    for stage in stages:
        if stage.is_alone and not asked.run:
            print(f"  skipped  {stage.name}, which {NEEDS_RUN}")
            continue
        failure = run(stage, address, asked.seed, asked.seconds, asked.run)
        if failure and subject is not None:
            failure += subject.post_mortem()
        print(format_outcome(stage, failure, asked.seed), flush=True)
        if failure:
            return 1
        workbook.record_solved(stage)
    return 0


def format_outcome(stage: Stage, failure: str, seed: int) -> str:
    """One line for a stage that holds; all that a student needs for one that does not."""
    if not failure:
        return f"  ok       {stage.name}"
    shown = textwrap.indent(failure, " " * 11)
    return (
        f"  NOT YET  {stage.name}: {stage.title}\n\n{shown}\n\n"
        f"Again with the same values: --seed {seed}. What it is about: {COMMAND} {stage.name}\n"
        f"Stuck? {COMMAND} {stage.name} --hint"
    )


def description(stage: Stage) -> str:
    """What a stage is about, and how to try it."""
    stars = "*" * stage.level
    heading = (
        f"{stage.name}: {stage.title}\n{group_title(stage.group)}, {stars}, about {stage.minutes} minutes"
    )
    alone = f"\n\nThis stage {NEEDS_RUN}." if stage.is_alone else ""
    text = f"\n\n{stage.text}" if stage.text else ""
    server = "--run './mine --port {port} --dir {folder}'" if stage.is_alone else "--port 7000"
    learn = f"You learn: {stage.teaches}."
    return f"{heading}{text}\n\n{learn}{alone}\n\nTry it: {COMMAND} {stage.name} {server}"


def table(stages: Sequence[Stage], workbook: Workbook) -> str:
    """All stages by group: [x] passed; the stars say how hard it is."""
    lines: list[str] = []
    group = ""
    for stage in stages:
        if stage.group != group:
            group = stage.group
            lines += ["", group_title(group)]
        mark = "x" if workbook.progress(stage).solved else " "
        minutes = f"{stage.minutes} min"
        run_ = "  (--run)" if stage.is_alone else ""
        lines.append(f"   [{mark}] {stage.name:<25} {'*' * stage.level:<6}{minutes:>7}  {stage.title}{run_}")
    passed = sum(workbook.progress(stage).solved for stage in stages)
    return "\n".join([*lines, "", f"{passed} of {len(stages)} passed."]).lstrip("\n")
