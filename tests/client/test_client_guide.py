"""What the prompt knows to help with, and when it asks for it."""

from redis_clone.client.guide import Guide
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import OK, Reply

DOCS: Reply = [b"get", [b"summary", b"Reads."]]


class Server:
    """Answers COMMAND DOCS with what it has."""

    def __init__(self, docs: Reply) -> None:
        self.docs = docs
        self.times_asked = 0

    def ask(self, *words: bytes) -> Reply:
        assert words == (b"COMMAND", b"DOCS")
        self.times_asked += 1
        return self.docs


def test_the_manual_is_asked_for_once() -> None:
    server = Server(DOCS)
    guide = Guide(server.ask)
    assert server.times_asked == 0
    assert guide.manual()["GET"].summary == guide.manual()["GET"].summary == "Reads."
    assert server.times_asked == 1


def test_a_manual_that_was_refused_is_asked_for_again_after_the_password() -> None:
    server = Server(RedisError("NOAUTH Authentication required."))
    guide = Guide(server.ask)
    assert guide.manual() == guide.manual() == {}
    assert server.times_asked == 1, "not at every key that is typed"
    server.docs = DOCS
    guide.learn([b"AUTH", b"wrong"], RedisError("WRONGPASS"))
    assert guide.manual() == {}
    guide.learn([b"auth", b"tiger"], OK)
    assert "GET" in guide.manual()


def test_nobody_asks_while_one_cannot() -> None:
    server = Server(None)
    guide = Guide(server.ask)
    assert guide.manual() == {}
    server.docs = DOCS
    assert "GET" in guide.manual()
