"""Whatever a student's code does, an outcome comes back, and soon."""

from textwrap import indent

import pytest
from exercises.machinery import source
from exercises.machinery.catalogue import EXERCISES, REPOSITORY, find
from exercises.machinery.outcome import IMPORTED
from exercises.machinery.reporting import format_outcome
from exercises.machinery.running import overlay_of, run

CONSTANT = find("signed_bits")  # a small function, whose checks take no time


def outcome_of(body, seconds=15):
    before = (REPOSITORY / CONSTANT.path).read_bytes()
    function = f"def signed(bits: int) -> int:\n    {body}\n".encode()
    with overlay_of(CONSTANT.path, source.with_function(before, "signed", function)) as overlay:
        return run(CONSTANT, overlay, seconds)


def test_a_right_answer():
    outcome = outcome_of("return (bits + 2**31) % 2**32 - 2**31")
    assert outcome.is_solved and len(outcome.checks) == len(outcome.passed) == 4


def test_a_wrong_answer_says_what_was_called_expected_and_what_came():
    outcome = outcome_of("return bits & 0xFFFFFFFF")
    assert outcome.passed == ["small numbers"] and outcome.failed == "the highest bit is negative"
    assert outcome.wrong.split("\n") == [
        "called    signed(2147483648)",
        "expected  -2147483648",
        "came      2147483648",
    ]
    assert outcome.untried == 2


@pytest.mark.slow
def test_a_loop_without_an_end_is_ended_and_its_line_is_shown():
    for seconds in (1, 5, 25):  # more, if a busy machine needs them all to import the code
        outcome = outcome_of("while True: pass", seconds)
        if outcome.failed != IMPORTED:
            break
    assert outcome.timed_out and outcome.failed == "small numbers"
    assert f"no end, for {seconds} seconds" in outcome.wrong and "bit_library.py, in signed" in outcome.wrong


@pytest.mark.slow
def test_code_that_lifts_its_own_time_limit_is_ended_too():
    body = "import faulthandler; faulthandler.cancel_dump_traceback_later()\n    while True: pass"
    assert outcome_of(body, 0.5).timed_out


@pytest.mark.slow
def test_code_that_ends_otherwise_has_failed():
    for body, failed in {
        "import os; os._exit(0)": "small numbers",
        "raise SystemExit(0)": "small numbers",
        "import ctypes; ctypes.string_at(0)": "small numbers",
        "return signed(bits)": "small numbers",
        "raise KeyboardInterrupt": "small numbers",
        "import sys; sys.stdout.close(); return 1": "small numbers",
        "def (": IMPORTED,
    }.items():
        outcome = outcome_of(body)
        assert outcome.failed == failed and outcome.wrong and not outcome.is_solved, (body, outcome)


def test_a_thread_that_never_ends_keeps_nobody():
    outcome = outcome_of(
        "import threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); "
        "return (bits + 2**31) % 2**32 - 2**31"
    )
    assert outcome.is_solved


def test_what_the_code_prints_is_shown():
    outcome = outcome_of("print('bits are', bits)")
    assert outcome.printed == "bits are 0\n"


def test_an_exception_is_shown_with_its_line():
    outcome = outcome_of("return bits / 0")
    assert "ZeroDivisionError" in outcome.wrong
    assert (
        "redis_clone/features/scripting/bit_library.py, line" in outcome.wrong
        and "return bits / 0" in outcome.wrong
    )


def test_a_conversation_is_shown_up_to_where_it_went_wrong():
    watch = find("watch")
    before = (REPOSITORY / watch.path).read_bytes()
    careless = b"    def watched_keys_changed(self) -> bool:\n        return False\n"
    with overlay_of(watch.path, source.with_function(before, watch.function, careless)) as overlay:
        outcome = run(watch, overlay)
    assert outcome.failed == "exec does nothing when another client wrote the key"
    formatted = format_outcome(watch, outcome).removesuffix("\n\n  4 more after it.")
    readme = (EXERCISES / "README.md").read_text(encoding="utf-8")
    assert indent(formatted, "    ") in readme, f"the README shows it so:\n{formatted}"
