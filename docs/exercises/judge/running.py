"""Runs one stage against a server.  The same seed gives the same random values."""

from contextlib import ExitStack

from exercises.judge.failure import StageFailed
from exercises.judge.judge import SECONDS, judging
from exercises.judge.stage import Stage
from exercises.judge.subject import Subject
from exercises.judge.values import OK
from exercises.judge.wire import OF_ANOTHER_FORM, Address

EMPTY = "each stage begins with FLUSHALL, which is a stage itself"


def run(stage: Stage, address: Address, seed: int, seconds: float = SECONDS, command: str = "") -> str:
    """Returns "" when the stage holds, else what the student reads.

    A stage that is alone needs `command`, and starts servers itself; any other talks to `address`.
    """
    with ExitStack() as stack:
        judge = stack.enter_context(judging(address, f"{seed} {stage.name}", seconds))
        if stage.is_alone:
            judge.subject = Subject(command, judge.record)
            stack.callback(judge.subject.close)
        try:
            if stage.begins_empty:
                judge.client("judge").expect("FLUSHALL", OK, EMPTY)
                judge.record.exchanges.clear()
            stage.function(judge)
        except StageFailed as failed:
            return str(failed) + (judge.subject.post_mortem() if judge.subject else "")
        except OF_ANOTHER_FORM:
            return str(
                judge.record.failed("this means the last reply has another form than a Redis gives it")
            )
    return ""
