"""Where the file of a full synchronization begins and ends, however its bytes are cut."""

import pytest

from redis_clone.features.replication.transfer import BadTransfer, IncomingFile, Transfer

MARK = b"m" * 40
FILE = b"REDIS0011 and mm more \n\r\n$ bytes"
FORMS = {"length": b"$%d\r\n" % len(FILE) + FILE + b"*1\r\n", "mark": b"$EOF:" + MARK + b"\r\n" + FILE + MARK}


def received(data, at_once):
    transfer, file = Transfer(), b""
    for begin in range(0, len(data), at_once):
        if transfer.is_over:
            return transfer, file, data[begin:]
        file += transfer.receive(data[begin : begin + at_once])
    return transfer, file, b""


@pytest.mark.parametrize("form", FORMS)
def test_the_file_is_found_however_it_comes(form):
    for begin in (b"", b"\n", b"\n\n\n"):
        data = begin + FORMS[form]
        for at_once in range(1, len(data) + 1):
            transfer, file, left = received(data, at_once)
            assert (file, transfer.is_over, transfer.received) == (FILE, True, len(FILE)), at_once
            assert transfer.rest + left == (b"*1\r\n" if form == "length" else b"")


def test_an_empty_file_is_one_too():
    assert received(b"$0\r\n", 4)[0].is_over
    assert received(b"$EOF:" + MARK + b"\r\n" + MARK, 7)[0].is_over


@pytest.mark.parametrize(
    "line", [b"-ERR no\r\n", b"$EOF:short\r\n", b"$x\r\n", b"+OK\r\n", b"*1\r\n", b"$" + b"1" * 5000]
)
def test_what_is_no_file_is_rejected(line):
    with pytest.raises(BadTransfer):
        Transfer().receive(line)


def test_the_length_is_known_once_the_first_line_has_come():
    transfer = Transfer()
    transfer.receive(b"\n$12")
    assert transfer.length == -1
    transfer.receive(b"3\r\n")
    assert (transfer.length, transfer.received, transfer.is_over) == (123, 0, False)


@pytest.mark.parametrize("form", FORMS)
def test_an_incoming_file_is_read_like_any_other_however_it_comes(form):
    data = FORMS[form]
    for at_once in range(1, len(data) + 1):
        pieces = iter([data[begin : begin + at_once] for begin in range(0, len(data), at_once)])
        file = IncomingFile(lambda pieces=pieces: next(pieces))
        file.begin()
        assert file.length == (len(FILE) if form == "length" else 0) and file.tell() == 0
        read = b""
        while piece := file.read(3):
            read += piece
        assert (read, file.tell()) == (FILE, len(FILE)), at_once
        assert file.rest + b"".join(pieces) == (b"*1\r\n" if form == "length" else b"")


def test_what_goes_wrong_while_a_file_comes_reaches_who_reads_it():
    pieces = iter([b"$100\r\n", b"REDIS"])
    file = IncomingFile(pieces.__next__)
    file.begin()
    assert file.read(100) == b"REDIS"
    with pytest.raises(StopIteration):
        file.read(100)
