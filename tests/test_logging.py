"""The log: the format of Redis's lines, and Redis's levels."""

import os
import re
import socket

import pytest
from harness import PATIENCE

from redis_clone import logging
from redis_clone.logging import log
from redis_clone.network import syslog


@pytest.fixture(autouse=True)
def log_as_it_was():
    """Restore the log, which belongs to the whole process."""
    handlers, level, propagate = log.handlers, log.level, log.propagate
    log.handlers = []
    yield
    for handler in log.handlers:
        handler.close()
    log.handlers, log.propagate = handlers, propagate
    log.setLevel(level)


LINE = r"%d:C \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d\.\d{3} %s"


def test_a_line_has_the_process_the_role_the_time_the_level_and_the_message(capsys):
    logging.start("debug", "")
    for say in (logging.debug, logging.verbose, logging.notice, logging.warning):
        say("100% of it")
    lines = capsys.readouterr().out.splitlines()
    for line, mark in zip(lines, [".", "-", "*", "#"], strict=True):
        assert re.fullmatch(LINE % (os.getpid(), re.escape(mark)) + " 100% of it", line)


@pytest.mark.parametrize(
    "level, shown",
    [
        ("debug", ["debug", "verbose", "notice", "warning"]),
        ("verbose", ["verbose", "notice", "warning"]),
        ("notice", ["notice", "warning"]),
        ("warning", ["warning"]),
        ("nothing", []),
    ],
)
def test_a_level_shows_its_own_messages_and_graver_ones(level, shown, capsys):
    logging.start("debug", "")
    logging.set_level(level)
    for name in ("debug", "verbose", "notice", "warning"):
        getattr(logging, name)(name)
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == shown


def test_bytes_that_are_no_utf_8_are_logged_as_escapes(tmp_path):
    logging.start("notice", str(tmp_path / "log"))
    logging.notice(b"Connecting to MASTER x\xff".decode("utf-8", "surrogateescape"))
    assert (tmp_path / "log").read_text().endswith(r"* Connecting to MASTER x\udcff" + "\n")


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


def test_the_role_stands_behind_the_process_id(capsys):
    logging.start("notice", "")
    logging.notice("starting")
    logging.set_role("M")
    logging.notice("started")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{os.getpid()}:C ") and second.startswith(f"{os.getpid()}:M ")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be moved there")
def test_a_file_that_is_moved_away_is_begun_anew(tmp_path):
    path = tmp_path / "redis.log"
    logging.start("notice", str(path))
    logging.notice("one")
    path.rename(tmp_path / "redis.log.1")
    logging.notice("two")
    assert path.read_text().endswith(" two\n")
    assert (tmp_path / "redis.log.1").read_text().endswith(" one\n")


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted there")
def test_a_file_that_cannot_be_opened_for_a_while_loses_lines_and_nothing_else(tmp_path):
    path = tmp_path / "logs" / "redis.log"
    path.parent.mkdir()
    logging.start("notice", str(path))
    path.unlink()
    path.parent.rmdir()
    logging.notice("lost")
    path.parent.mkdir()
    logging.notice("found")
    assert path.read_text().endswith(" found\n") and "lost" not in path.read_text()


@pytest.fixture
def system_log(tmp_path, monkeypatch):
    """Takes the place of the system's log; returns the lines that it got."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "log"))
    listener.settimeout(PATIENCE)
    monkeypatch.setattr(syslog, "SOCKETS", (str(tmp_path / "log"),))
    yield lambda: listener.recv(1000).rstrip(b"\0").decode()
    listener.close()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no Unix sockets here")
@pytest.mark.parametrize(
    "say, grade", [(logging.debug, 7), (logging.verbose, 6), (logging.notice, 5), (logging.warning, 4)]
)
def test_the_systems_log_gets_the_lines_too_with_its_own_levels(say, grade, system_log, capsys):
    logging.start("debug", "")
    syslog.add_syslog("my-redis", "local3")
    say("hello")
    assert system_log() == f"<{19 * 8 + grade}>my-redis[{os.getpid()}]: hello"
    assert capsys.readouterr().out.endswith(" hello\n")
