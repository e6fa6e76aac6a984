"""The log: Redis's line, Redis's levels."""

import os
import re

import pytest

from redis_clone import logging
from redis_clone.logging import log


@pytest.fixture(autouse=True)
def log_as_it_was():
    """The log belongs to the whole process, so give it back as it was."""
    handlers, level, propagate = log.handlers, log.level, log.propagate
    log.handlers = []
    yield
    for handler in log.handlers:
        handler.close()
    log.handlers, log.propagate = handlers, propagate
    log.setLevel(level)


LINE = r"%d:M \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3} %s"


def test_a_line_says_who_when_how_grave_and_what(capsys):
    logging.start("debug", "")
    for say in (logging.debug, logging.verbose, logging.notice, logging.warning):
        say("100% of it")
    lines = capsys.readouterr().out.splitlines()
    for line, mark in zip(lines, [".", "-", "*", "#"], strict=True):
        assert re.fullmatch(LINE % (os.getpid(), re.escape(mark)) + " 100% of it", line)


@pytest.mark.parametrize(
    "level, told",
    [
        ("debug", ["debug", "verbose", "notice", "warning"]),
        ("verbose", ["verbose", "notice", "warning"]),
        ("notice", ["notice", "warning"]),
        ("warning", ["warning"]),
        ("nothing", []),
    ],
)
def test_a_level_tells_what_is_as_grave_or_graver(level, told, capsys):
    logging.start("debug", "")
    logging.set_level(level)
    for name in ("debug", "verbose", "notice", "warning"):
        getattr(logging, name)(name)
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == told


def test_a_bug_comes_with_its_traceback(capsys):
    logging.start("warning", "")
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError:
        logging.bug("It broke")
    first, *traceback = capsys.readouterr().out.splitlines()
    assert first.endswith("# It broke")
    assert "Traceback" in traceback[0] and traceback[-1] == "ZeroDivisionError: by nothing"


def test_a_file_is_appended_to_and_nothing_reaches_the_terminal(tmp_path, capsys):
    path = tmp_path / "redis.log"
    path.write_text("what was there\n")
    logging.start("notice", str(path))
    logging.notice("here I am")
    logging.start("notice", str(path))  # again, with the first file closed
    logging.notice("and again")
    there, first, second = path.read_text().splitlines()
    assert (there, first[-9:], second[-9:]) == ("what was there", "here I am", "and again")
    assert capsys.readouterr().out == ""


def test_an_older_handler_is_closed_when_the_log_starts_anew(tmp_path):
    logging.start("notice", str(tmp_path / "first.log"))
    [first] = log.handlers
    logging.start("notice", str(tmp_path / "second.log"))
    assert first not in log.handlers and first.stream is None
