"""Replies are read strictly, compared by their kind, and whatever a server answers is told to the student."""

import random
import socket
import threading

import pytest
from exercises.judge import rdb
from exercises.judge.resp import Incomplete, Malformed, parse
from exercises.judge.running import run
from exercises.judge.stage import all_stages, find
from exercises.judge.values import (
    ANY,
    NULL,
    NULL_ARRAY,
    OK,
    InAnyOrder,
    Map,
    Push,
    Set,
    Status,
    encode,
    error,
    matches,
)
from tables import for_each

VALUES = [OK, "", b"a\r\nb", 0, -7, None, NULL, NULL_ARRAY, [], [1, ["a", None]], True, False, 1.5]
VALUES += [Set(["a"]), Push(["message", "b"]), Map({"a": 1}), error("ERR no")]


@for_each("value", VALUES)
def test_a_reply_is_whole_with_its_last_byte_and_not_before(value):
    data = encode(value)
    for length in range(len(data)):
        with pytest.raises(Incomplete):
            parse(data[:length])
    came, end = parse(data + b"+more\r\n")
    assert end == len(data) and matches(value, came)


def test_no_value_matches_another_one():
    for expected in VALUES:
        for other in VALUES:
            if other is not expected:
                assert not matches(expected, parse(encode(other))[0]), (expected, other)


def test_what_matches_more_than_one_value():
    assert matches(error("ERR no"), parse(b"-ERR no such thing\r\n")[0])
    assert not matches(error("ERR no"), "ERR no such thing")
    assert matches(InAnyOrder(["a", "b"]), [b"b", b"a"]) and not matches(InAnyOrder(["a"]), [b"a", b"a"])
    assert matches([1, ANY], [1, [b"x"]]) and not matches(Status("a"), b"a")


@for_each(
    "data, sentence",
    [
        (b"hello\r\n", "begins with one of"),
        (b"+OK\n", r"\\n where \\r\\n belongs"),
        (b":12a\r\n", "whole number"),
        (b",x\r\n", "a number belongs here"),
        (b"$3\r\nabcd\r\n", "has 4"),
        (b"*2\r\n:1\r\nhello\r\n", "begins with one of"),
    ],
)
def test_bytes_that_are_no_reply_are_explained(data, sentence):
    with pytest.raises(Malformed, match=sentence):
        parse(data)


def test_an_rdb_file_is_read_as_it_was_written():
    strings = {"a": "1", "long" * 15: "x" * 63}
    data = rdb.file_of(strings, {"a": 5})
    assert rdb.strings_of(data) == {key.encode(): value.encode() for key, value in strings.items()}
    for length in range(len(data)):
        with pytest.raises((ValueError, IndexError)):
            rdb.strings_of(data[:length])


class Parrot:
    """A server that gives one answer to everything, except to FLUSHALL."""

    def __init__(self, answer):
        self.answer, self.listener = answer, socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        try:
            with peer:
                while data := peer.recv(65536):
                    peer.sendall(b"+OK\r\n" if b"FLUSHALL" in data else self.answer)
        except OSError:
            return

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


ANSWERS = [OK, "1", 1, None, [], [["a"]], [1, b"x", [2]], error("ERR no"), Map({}), Push(["a"])]


@pytest.mark.slow
@for_each("answer", ANSWERS)
def test_whatever_a_server_answers_is_told_to_the_student(answer):
    parrot = Parrot(encode(answer))
    for stage in all_stages():
        if not stage.is_alone:
            text = run(stage, parrot.address, 7, 0.05)
            assert "received" in text or "came" in text or "expected" in text, (stage.name, text)
    parrot.close()


@for_each("name", ["scan", "stream-ids-made", "full-synchronization", "evict-any", "client-unblock"])
def test_noise_is_told_to_the_student_too(name):
    parrot = Parrot(random.Random(name).randbytes(30))
    assert "received" in run(find(name), parrot.address, 7, 0.05)
    parrot.close()
