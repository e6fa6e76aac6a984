"""What is remembered of what was typed, and where."""

import os
import sys
from pathlib import Path

import pytest

from redis_clone.client.history import MOST_LINES, History, history_path, holds_secret

SECRET = [
    b"AUTH pw",
    b"auth me pw",
    b"3 AUTH pw",
    b"HELLO 3 AUTH me pw SETNAME x",
    b"ACL SETUSER me on >pw",
    b"CONFIG SET maxmemory 0 requirepass pw",
    b"config set masterauth pw",
    b"MIGRATE h 6379 k 0 100 AUTH pw",
    b"MIGRATE h 6379 k 0 100 COPY AUTH2 me pw KEYS a b",
    b"AUTH 'pw",
    b":pipeline PING ; AUTH pw",
]
HARMLESS = [b"SET auth pw", b"HELLO 3", b"CONFIG SET maxmemory 0", b"", b'GET "a', b":wire on"]


def test_a_line_with_a_password_is_known_and_no_other() -> None:
    assert [line for line in SECRET + HARMLESS if holds_secret(line)] == SECRET


PLACES = [
    ({"REDISCLI_HISTFILE": "/x/history"}, Path("/x/history")),
    ({"REDISCLI_HISTFILE": "/dev/null"}, None),
    (
        {"XDG_STATE_HOME": os.path.abspath("/state")},
        Path(os.path.abspath("/state"), "redis_clone", "history"),
    ),
    ({"XDG_STATE_HOME": "relative"}, Path.home() / ".local" / "state" / "redis_clone" / "history"),
    ({}, Path.home() / ".local" / "state" / "redis_clone" / "history"),
]


def test_the_file_is_where_the_environment_says() -> None:
    assert [(environment, history_path(environment)) for environment, _ in PLACES] == PLACES


def test_two_sessions_at_once_lose_no_line(tmp_path: Path) -> None:
    one, other = (History(tmp_path / "a" / "history") for _ in range(2))
    one.add("SET a 1")
    other.add("GET \udcff")
    one.add("DEL a")
    assert other.load() == ["SET a 1", "GET \udcff", "DEL a"]


def test_a_long_file_is_cut_to_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_text("".join(f"GET {n}\n" for n in range(2 * MOST_LINES + 1)))
    assert History(path).load()[-1] == f"GET {2 * MOST_LINES}"
    assert path.read_text().count("\n") == MOST_LINES


@pytest.mark.skipif(sys.platform == "win32", reason="other permissions")
def test_only_the_user_can_read_the_file(tmp_path: Path) -> None:
    History(tmp_path / "history").add("GET a")
    assert (tmp_path / "history").stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "history")
    history.add("GET a")
    assert history.load() == []
