"""One of two processes that call each other: the judge's, or the student's.

A request names an operation and its arguments; the answer is a value or an exception.  While a thread waits
for an answer, it answers what the other process asks meanwhile: a check calls `stream.read_line()` over
there, and that calls `receive()` over here.  So a thread of one process has one thread of the other as its
partner, and a connection (a Line) with it alone.  A thread that has none yet makes one.

Each connection begins with a token that only the two processes know, so that no other program can join in.
"""

import contextlib
import hmac
import socket
import threading
from collections.abc import Callable
from typing import Any

from exercises.machinery.messages import Data, Line, Values

REQUEST, ANSWER, RAISED = "request", "answer", "raised"


class Gone(BaseException):
    """The other process has ended, or sent nonsense.  No check may catch this, so it is no Exception."""


class Peer:
    """This process, as it talks to the other one."""

    def __init__(self, values: Values, token: str) -> None:
        self.values, self.token = values, token
        self.others_port = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._own = threading.local()

    def listen(self) -> None:
        """Accepts connections, and serves each in a thread."""
        threading.Thread(target=self._accept, daemon=True).start()

    def meet(self, is_running: Callable[[], bool]) -> None:
        """Waits for the first line of the other process, and takes it for this thread; may raise Gone."""
        self._listener.settimeout(0.05)
        while True:
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                if not is_running():
                    raise Gone("it ended at once") from None
                continue
            line = Line(connection)
            if hmac.compare_digest(str(line.receive()), self.token):
                break
        self.others_port = line.receive()
        self._own.line = line
        self._listener.settimeout(None)
        self.listen()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._welcome, args=(connection,), daemon=True).start()

    def _welcome(self, connection: socket.socket) -> None:
        with contextlib.suppress(Gone, OSError, EOFError, ValueError), connection:
            line = Line(connection)
            if hmac.compare_digest(str(line.receive()), self.token):
                self.serve(line)

    def serve(self, line: Line) -> None:
        """Answers what is asked on this line, until it ends."""
        self._own.line = line
        while True:
            self._answer(line, line.receive())

    def connect(self) -> Line:
        """A new line to the other process."""
        line = Line(socket.create_connection(("127.0.0.1", self.others_port)))
        line.send(self.token)
        return line

    def request(self, operation: str, *arguments: Any, **named: Any) -> Any:
        """Asks the other process; raises what was raised there."""
        encoded = [self.values.encode(each) for each in arguments]
        also = {name: self.values.encode(each) for name, each in named.items()}
        try:
            line = self._line()
            line.send([REQUEST, operation, encoded, also])
            kind, payload = self._wait_for_answer(line)
            came = self.decode_exception(payload) if kind == RAISED else self.values.decode(payload)
        except (EOFError, OSError):
            raise Gone("no answer came") from None
        except Exception as problem:  # whatever the other process sent in place of a message
            raise Gone(f"{type(problem).__name__}: {problem}") from None
        if kind == RAISED:
            raise came
        return came

    def _line(self) -> Line:
        if not hasattr(self._own, "line"):
            self._own.line = self.connect()
        line: Line = self._own.line
        return line

    def _wait_for_answer(self, line: Line) -> tuple[str, Data]:
        while True:
            message = line.receive()
            if message[0] != REQUEST:
                kind, payload = message
                return kind, payload
            self._answer(line, message)

    def _answer(self, line: Line, message: Data) -> None:
        _, operation, arguments, named = message
        try:
            given = [self.values.decode(each) for each in arguments]
            also = {name: self.values.decode(each) for name, each in named.items()}
            answer = [ANSWER, self.values.encode(self.perform(operation, given, also))]
        except Gone:
            raise
        except BaseException as problem:
            answer = [RAISED, self.encode_exception(problem)]
        line.send(answer)

    def perform(self, operation: str, arguments: list[Any], named: dict[str, Any]) -> Any:
        """Does what the other process asks for."""
        raise NotImplementedError

    def encode_exception(self, problem: BaseException) -> Data:
        raise NotImplementedError

    def decode_exception(self, data: Data) -> BaseException:
        raise NotImplementedError
