"""The conversation of MIGRATE, without sockets: bytes out, answers in, and which keys may be deleted."""

import pytest
from tables import for_each

from redis_clone.features.migration import NO_DB, READING, WRITING, Conversation, Item, Target
from redis_clone.protocol.errors import RedisError

ITEMS = [Item(b"a", 0, b"payload of a"), Item(b"b", 1500, b"payload of b")]
BUSY = "-BUSYKEY Target key name already exists."


def conversation(db=3, auth=(b"word",), **more):
    return Conversation(Target(b"host", b"6379", db, auth), ITEMS, **more)


def words_of(data):
    """The commands among the bytes, without counts and lengths."""
    return [line.decode() for line in data.split(b"\r\n") if line and line[:1] not in b"*$"]


def target_error(text):
    return RedisError(f"ERR Target instance replied with error: {text}")


IO_ERROR = RedisError("IOERR error or timeout reading to target instance")
RESTORES = ["RESTORE", "a", "0", "payload of a", "RESTORE", "b", "1500", "payload of b"]


@for_each(
    "selected, auth, sent",
    [
        (NO_DB, (), ["SELECT", "3", *RESTORES]),
        (3, (), RESTORES),
        (0, (), ["SELECT", "3", *RESTORES]),
        (3, (b"word",), ["AUTH", "word", *RESTORES]),
        (NO_DB, (b"ada", b"word"), ["AUTH", "ada", "word", "SELECT", "3", *RESTORES]),
    ],
)
def test_a_database_is_selected_unless_it_is_and_a_password_is_given_each_time(selected, auth, sent):
    assert words_of(conversation(auth=auth).begin(selected)) == sent


def test_options_and_the_command_of_a_cluster_are_sent_with_each_key():
    data = conversation(auth=(), restore=b"RESTORE-ASKING", replaces=True).begin(3)
    first, second = words_of(data)[:5], words_of(data)[5:]
    assert first == ["RESTORE-ASKING", "a", "0", "payload of a", "REPLACE"]
    assert second == ["RESTORE-ASKING", "b", "1500", "payload of b", "REPLACE"]


@for_each(
    "answers, acknowledged, reply",
    [
        ("+OK|+OK|+OK|+OK", "ab", "OK"),
        (f"+OK|+OK|{BUSY}|+OK", "b", target_error(BUSY[1:])),
        (f"+OK|+OK|+OK|{BUSY}", "a", target_error(BUSY[1:])),
        ("+OK|+OK|-ERR 1|-ERR 2", "", target_error("ERR 1")),
        ("-NOAUTH|+OK|+OK|+OK", "", target_error("NOAUTH")),
        ("+OK|-ERR no db|+OK|+OK", "", target_error("ERR no db")),
        ("-NOAUTH|-ERR no db|-ERR|-ERR", "", target_error("NOAUTH")),
        ("-NOAUTH", "", IO_ERROR),
        ("+OK|+OK", "", IO_ERROR),
        ("+OK|+OK|+OK", "a", IO_ERROR),
        (f"+OK|+OK|{BUSY}", "", target_error(BUSY[1:])),
    ],
)
def test_only_a_key_whose_restore_succeeded_may_be_deleted(answers, acknowledged, reply):
    """The answers are to AUTH, SELECT and two RESTOREs; if there are fewer, the connection broke."""
    talk = conversation()
    talk.begin(NO_DB)
    lines = answers.encode().split(b"|")
    for line in lines:
        talk.receive(line)
    assert b"".join(talk.acknowledged).decode() == acknowledged
    assert talk.is_over == (len(lines) == 4)
    assert talk.may_begin_again == (len(lines) < 3)
    assert talk.reply("" if talk.is_over else READING) == reply


def test_after_an_error_it_is_not_known_which_database_is_selected():
    for last, db in [(b"+OK", 3), (b"-ERR", NO_DB)]:
        talk = conversation(auth=())
        talk.begin(3)
        talk.receive(b"+OK")
        talk.receive(last)
        assert talk.selected_db == db


def test_begun_again_it_forgets_what_was_rejected_before():
    talk = conversation()
    talk.begin(NO_DB)
    talk.receive(b"-NOAUTH")
    talk.begin(3)
    for line in (b"+OK", b"+OK", b"+OK"):
        talk.receive(line)
    assert talk.is_over and talk.acknowledged == [b"a", b"b"] and talk.reply() == "OK"


@for_each("line", [b"HTTP/1.1 400 Bad Request", b"", b"$2", b":1"])
def test_what_is_neither_ok_nor_an_error_acknowledges_nothing(line):
    """The real one deletes the key."""
    talk = conversation(db=3, auth=())
    talk.begin(3)
    with pytest.raises(ValueError):
        talk.receive(line)
    assert not talk.acknowledged and talk.may_begin_again


def test_the_error_of_a_broken_connection_says_what_was_tried():
    assert conversation().reply(WRITING) == RedisError("IOERR error or timeout writing to target instance")
