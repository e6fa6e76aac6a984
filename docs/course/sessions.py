"""Types the sessions, the `console` fences of a page, at a live server, and compares what comes back.

    ```console                        with the server
    ```console docs/steps/03_x.py     with that program in its place, and clients of its own

The sessions of one page are one sitting: its server and its clients live on from fence to fence, as the
reader's terminals do.  The server is `python server.py --port 7000`, unless the session starts it itself.  It
saves nothing unless the session says so.  Its port is any that is free; the page calls it 7000.
"""

import re
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from course import REPOSITORY
from course.fences import Fence, fences_of
from course.standalone import folder_of_step
from course.terminals import PATIENCE, Terminal, client_at, environment
from course.transcripts import Act, matches, read_transcript

SHOWN_PORT = "7000"
MANY = 1_000_000
MOMENT = 0.3  # seconds that a prompt is waited for where it need not come
LISTENS = re.compile(r"P?SUBSCRIBE|MONITOR")  # after which there is no prompt until Ctrl-C
PORT_OF_SERVER = re.compile(r"Running mode=.*port=(\d+)[^$]*Ready to accept")
PORT_OF_STEP = re.compile(r"port (\d+)")
USUAL = {"--port": "0", "--save": ""}
BRIEF = {"--version", "--help", "--check-rdb", "--check-aof"}  # after which no server runs


class Difference(NamedTuple):
    """What a page says, and what is seen instead."""

    place: str
    act: Act
    seen: list[str]

    def __str__(self) -> str:
        said, seen = ("".join(f"    {line}\n" for line in lines) for lines in (self.act.expected, self.seen))
        return f"{self.place}: {self.act.typed}\n  the page says:\n{said}  but what comes is:\n{seen}"


def check_sessions(page: Path) -> Iterator[tuple[Fence, list[Difference]]]:
    """Each console fence, and where the page is not true."""
    fences = [fence for fence in fences_of(page) if fence.language == "console"]
    if not fences:
        return
    with _sittings() as sitting_of:
        for fence in fences:
            sitting = sitting_of(fence.words[0] if fence.words else "")
            yield fence, list(_differences(fence, sitting))


def _differences(fence: Fence, sitting: "Sitting") -> Iterator[Difference]:
    for act in read_transcript(fence.text):
        seen = sitting.perform(act)
        if not matches(act.expected, seen):
            yield Difference(f"{fence.page.name}:{fence.line + act.line}", act, seen)
    for name, lines in sitting.left_over():
        act = Act(fence.text.count("\n"), "--", name)
        yield Difference(f"{fence.page.name}:{fence.line + act.line}", act, lines)


@contextmanager
def _sittings() -> "Iterator[Callable[[str], Sitting]]":
    """One for each program that the page talks to; all end together."""
    sittings: dict[str, Sitting] = {}

    def sitting_of(step: str) -> Sitting:
        if step not in sittings:
            folder = Path(place) / f"sitting-{len(sittings)}"
            folder.mkdir()
            sittings[step] = Sitting(folder, step)
        return sittings[step]

    with tempfile.TemporaryDirectory() as place:
        try:
            yield sitting_of
        finally:
            for sitting in sittings.values():
                sitting.close()


class Sitting:
    """A server, the clients at it, and a folder for what they write."""

    def __init__(self, folder: Path, step: str = "") -> None:
        self._folder = folder
        self._step = step
        self._server: Terminal | None = None
        self._port = "0"
        self._shown_port = SHOWN_PORT
        self._clients: dict[str, Terminal] = {}
        self._last: Terminal | None = None  # the one that Ctrl-C reaches
        self._last_client = ""
        self._own_addresses: list[str] = []  # of connections that are not on the page

    def close(self) -> None:
        for terminal in [*self._clients.values(), self._server]:
            if terminal is not None:
                terminal.kill()

    def perform(self, act: Act) -> list[str]:
        """Performs the act, and returns what is seen then."""
        if act.who == "$":
            seen = self._run(act)
        elif act.who == "^C":
            seen = self._interrupt(act)
        elif act.who == "--":
            self._last = self._terminal(act.typed)
            seen = self._look(self._last, act)
        else:
            seen = self._type(act)
        return self._as_on_the_page(seen)

    def _as_on_the_page(self, lines: list[str]) -> list[str]:
        """The lines with the port of the page in place of ours, and without what we ourselves have asked."""
        shown = [line for line in lines if not any(address in line for address in self._own_addresses)]
        return [re.sub(rf"\b{self._port}\b", self._shown_port, line) for line in shown]

    def left_over(self) -> Iterator[tuple[str, list[str]]]:
        """What clients show and the page does not have."""
        for name, client in self._clients.items():
            if client.prompt() is not None and (lines := client.take_news()):
                yield name, lines

    def _terminal(self, name: str) -> Terminal:
        if self._server is None:
            self._start_server([])
        assert self._server is not None
        if name == "server":
            return self._server
        if name not in self._clients:
            self._clients[name] = client_at(int(self._port), self._folder)
        return self._clients[name]

    # The server.

    def _start_server(self, words: list[str]) -> Terminal:
        if self._server is not None:
            self._server.kill()
        if self._step:
            folder = folder_of_step(REPOSITORY / self._step, self._folder)
            return self._start([sys.executable, self._step, "0"], folder, PORT_OF_STEP)
        words = [
            *words,
            *(word for name, value in USUAL.items() if name not in words for word in (name, value)),
        ]
        at = words.index("--port") + 1
        if words[at] != "0":
            self._shown_port = words[at]
        words[at] = self._port  # the second time the same one, for the clients find it there
        return self._start(
            [sys.executable, str(REPOSITORY / "server.py"), *words], self._folder, PORT_OF_SERVER
        )

    def _start(self, command: list[str], folder: Path, where: re.Pattern[str]) -> Terminal:
        server = self._server = Terminal(command, folder)
        server.wait(lambda: where.search("\n".join(server.news())))
        found = where.search("\n".join(server.news()))
        if not found:
            raise RuntimeError("\n".join(["it does not start:", *server.news()]))
        self._port = found[1]
        return server

    # What is done.

    def _run(self, act: Act) -> list[str]:
        words = shlex.split(act.typed)
        if words[0] == "kill":
            self._terminal("server").kill()
            return []
        if words[:2] == ["python", "server.py"] and not BRIEF & set(words):
            self._last = self._start_server(words[2:])
            return self._look(self._last, act) if act.expected else []
        return self._run_to_its_end(words)

    def _run_to_its_end(self, words: list[str]) -> list[str]:
        self._terminal("server")  # for the other programs talk to it
        words = [word.replace(self._shown_port, self._port) for word in words]
        if words[-2:] == ["|", "cat"]:  # its output is a pipe, as that of every program here
            del words[-2:]
        elif words[:2] == ["python", "client.py"]:  # it looks whether that is a terminal, as the reader's is
            words[1:2] = ["-m", "course.typist"]
        if words[0] == "python":
            words = [
                sys.executable,
                *(str(REPOSITORY / word) if word[-3:] == ".py" else word for word in words[1:]),
            ]
        done = subprocess.run(
            words,
            cwd=self._folder,
            env=environment(self._folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
        )
        return done.stdout.decode("utf-8", "backslashreplace").splitlines()

    def _interrupt(self, act: Act) -> list[str]:
        assert self._last is not None, "nothing runs that could be interrupted"
        self._last.take_news()
        self._last.interrupt()
        return self._answer(self._last, act)

    def _type(self, act: Act) -> list[str]:
        if act.who != "not connected":
            self._last_client = act.who
        client = self._last = self._terminal(self._last_client)
        client.wait(lambda: client.prompt() is not None, MOMENT)  # it may be on its way after a reply
        if lines := client.take_news():
            return ["(before that)", *lines]
        if client.prompt() not in (None, act.state):
            return [f"(the prompt shows {client.prompt()!r})"]
        typed = act.typed.replace(self._shown_port, self._port) if act.typed[:8] == "connect " else act.typed
        if act.expected:
            client.type(typed)
            return self._answer(client, act)
        waiting = self._number_of_waiting()  # for if nothing comes back, the client is blocked
        client.type(typed)
        patience = MOMENT if self._step else PATIENCE  # a step does not count blocked clients
        client.wait(lambda: client.prompt() is not None or self._number_of_waiting() > waiting, patience)
        return client.take_news() if client.prompt() is not None else []

    def _answer(self, terminal: Terminal, act: Act) -> list[str]:
        """What comes until the prompt is back, or what should have come has."""
        terminal.wait(lambda: terminal.prompt() is not None or self._has_come(terminal, act))
        patience = MOMENT if LISTENS.match(act.typed) else PATIENCE
        terminal.wait(lambda: terminal.prompt() is not None, patience)
        return terminal.take_news()

    def _look(self, terminal: Terminal, act: Act) -> list[str]:
        terminal.wait(
            lambda: act.expected and self._has_come(terminal, act), PATIENCE if act.expected else MOMENT
        )
        return terminal.take_news()

    def _has_come(self, terminal: Terminal, act: Act) -> bool:
        seen = self._as_on_the_page(terminal.news())
        return bool(seen) and matches(act.expected, seen)

    def _number_of_waiting(self) -> int:
        """Clients that a command keeps waiting, as the server counts them."""
        try:
            with socket.create_connection(("127.0.0.1", int(self._port)), PATIENCE) as connection:
                mine = connection.getsockname()[1]
                self._own_addresses += [f"127.0.0.1:{mine} ", f"127.0.0.1:{mine}]"]
                connection.sendall(b"INFO clients\r\n")
                answer = connection.recv(65536)
        except OSError:
            return 0
        if answer.startswith(b"-BUSY"):
            return MANY  # a script keeps all of them waiting
        found = re.search(rb"blocked_clients:(\d+)", answer)
        return int(found[1]) if found else 0
