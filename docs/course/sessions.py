"""Types the sessions, the `console` fences of a page, at a live server, and compares what comes back.

    ```console                        with the server
    ```console docs/steps/09_x.py     with that program in its place, and clients of its own
    ```console my_redis.py            in a sitting of its own, beside that of the page

`python my_redis.py 7000` is the reader's own server, as the listings up to this place of the book make it.
When it is started or replaced, the clients connect anew, for the reader starts it often.

The sessions of one page are one sitting: its server and its clients live on from fence to fence, as the
reader's terminals do.  The server is `python server.py --port 7000`, unless the session starts it itself.  It
saves nothing unless the session says so.  Its port is any that is free; the page calls it 7000.  A server at
another port runs beside it, and 127.0.0.1:7001 is a client there; clients with names are at 7000.  Programs
that stay on run in terminals of their own, too (STAY_ON).
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
from course.listings import FILE, file_at
from course.ports import BUS, NODES, free_port, free_ports, is_free
from course.standalone import folder_of_step
from course.terminals import PATIENCE, Terminal, client_at, environment
from course.transcripts import Act, matches, read_transcript

SHOWN_PORT = "7000"
MANY = 1_000_000
MOMENT = 0.3  # seconds that a prompt is waited for where it need not come
PORTS = re.compile(r"connect |REPLICAOF |FAILOVER |CLUSTER MEET ")  # commands that name one
LISTENS = re.compile(r"P?SUBSCRIBE|MONITOR")  # after which there is no prompt until Ctrl-C
PORT_OF_SERVER = re.compile(r"Running mode=.*port=(\d+)[^$]*Ready to accept")
PORT_OF_STEP = re.compile(r"port (\d+)")
USUAL = {"--port": "0", "--save": ""}
STAY_ON = re.compile(r"python (?:-m redis_clone\.|docs/steps/19_)(cluster|replica)\b")
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
            sitting.write_own_file(file_at(fence))
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
    """One server or several, the clients at them, and a folder for what they write."""

    def __init__(self, folder: Path, step: str = "") -> None:
        self._folder = folder
        self._step = step
        self._ports: dict[str, str] = {}  # the real ones, by those on the page
        self._servers: dict[str, Terminal] = {}  # by their ports on the page
        self._programs: dict[str, Terminal] = {}  # others that stay on, by their names
        self._clients: dict[str, Terminal] = {}
        self._last: Terminal | None = None  # the one that Ctrl-C reaches
        self._last_client = ""
        self._is_own = False  # the server that runs is the reader's
        self._own_addresses: list[str] = []  # of connections that are not on the page

    def write_own_file(self, source: str) -> None:
        """Puts the reader's my_redis.py, as it is by now, where programs run."""
        if source:
            (self._folder / FILE).write_text(source, encoding="utf-8")

    def close(self) -> None:
        for terminal in [*self._clients.values(), *self._servers.values(), *self._programs.values()]:
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
        """The lines with the ports of the page in place of ours, and without what we ourselves have asked."""
        shown = [line for line in lines if not any(address in line for address in self._own_addresses)]
        names = {real: port for port, real in self._ports.items()}
        return [re.sub(r"\b\d{5}\b", lambda found: names.get(found[0], found[0]), line) for line in shown]

    def left_over(self) -> Iterator[tuple[str, list[str]]]:
        """What clients show and the page does not have."""
        for name, client in self._clients.items():
            if client.prompt() is not None and (lines := client.take_news()):
                yield name, lines

    def _terminal(self, name: str) -> Terminal:
        if name.partition(" ")[0] == "server":  # "server 7001" is another one than "server"
            port = name.removeprefix("server").strip() or SHOWN_PORT
            self._real_port(port)
            return self._servers[port]
        if name in self._programs:
            return self._programs[name]
        if name not in self._clients:
            self._clients[name] = client_at(self._port_of_client(name), self._folder)
        return self._clients[name]

    def _port_of_client(self, name: str) -> int:
        """127.0.0.1:7001 is a client of that server; a name is one at the first."""
        _, _, port = name.rpartition(":")
        return self._real_port(port if port in self._ports else SHOWN_PORT)

    def _real_port(self, port: str) -> int:
        """Where the server is that the page has at this port; it is started if none is yet."""
        if port not in self._ports:
            self._start_server([])
        return int(self._ports[port])

    def _with_real_ports(self, words: list[str]) -> list[str]:
        for port, real in self._ports.items():
            words = [re.sub(rf"\b{port}\b", real, word) for word in words]
        return words

    # The servers, and other programs that stay on.

    def _start_server(self, words: list[str]) -> Terminal:
        if self._step:
            folder = folder_of_step(REPOSITORY / self._step, self._folder)
            return self._start(SHOWN_PORT, [sys.executable, self._step, "0"], folder, PORT_OF_STEP)
        words = [
            *words,
            *(word for name, value in USUAL.items() if name not in words for word in (name, value)),
        ]
        port = words[words.index("--port") + 1]
        if port == "0":
            port = SHOWN_PORT
        if self._is_own:
            self._hang_up()
            self._is_own = False
        self._ports.setdefault(port, "0")  # the second time it is the same one, for the clients find it there
        command = [sys.executable, str(REPOSITORY / "server.py"), *self._with_real_ports(words)]
        return self._start(port, command, self._folder, PORT_OF_SERVER)

    def _start_own(self, words: list[str]) -> Terminal:
        """Start the reader's server.  It prints nothing, so it runs when its port is taken."""
        port, *others = words
        self._hang_up()
        self._is_own = True
        real = self._ports.setdefault(port, str(free_port()))
        server = self._terminal_of(port, [sys.executable, FILE, real, *others], self._folder)
        server.wait(lambda: not is_free(int(real)))
        return server

    def _hang_up(self) -> None:
        """Ends all clients; the next that is typed into is a new one."""
        for client in self._clients.values():
            client.kill()
        self._clients.clear()

    def _start(self, port: str, command: list[str], folder: Path, where: re.Pattern[str]) -> Terminal:
        server = self._terminal_of(port, command, folder)
        server.wait(lambda: where.search("\n".join(server.news())))
        found = where.search("\n".join(server.news()))
        if not found:
            raise RuntimeError("\n".join(["it does not start:", *server.news()]))
        self._ports[port] = found[1]
        return server

    def _terminal_of(self, port: str, command: list[str], folder: Path) -> Terminal:
        """The terminal of the server at this port, in place of the one that ran there before."""
        if port in self._servers:
            self._servers[port].kill()
        self._servers[port] = Terminal(command, folder)
        return self._servers[port]

    def _start_program(self, name: str, words: list[str]) -> Terminal:
        if name == "cluster":
            first = free_ports()
            for number in range(NODES):
                self._ports[str(int(SHOWN_PORT) + number)] = str(first + number)
                self._ports[str(int(SHOWN_PORT) + number + BUS)] = str(first + number + BUS)
            words = [*words, "--port", SHOWN_PORT]
        else:
            self._real_port(SHOWN_PORT)
        if name in self._programs:
            self._programs[name].kill()
        self._programs[name] = Terminal([sys.executable, *self._with_real_ports(words[1:])], REPOSITORY)
        return self._programs[name]

    # What is done.

    def _run(self, act: Act) -> list[str]:
        words = shlex.split(act.typed)
        if words[0] in ("kill", "pkill"):  # without a port it is the first that ends
            _, _, port = words[-1].rpartition(" ")
            self._servers[port if port in self._servers else SHOWN_PORT].kill()
            return []
        if words[:2] == ["python", "server.py"] and not BRIEF & set(words):
            self._last = self._start_server(words[2:])
            return self._look(self._last, act) if act.expected else []
        if words[:2] == ["python", FILE]:
            self._last = self._start_own(words[2:])
            return self._look(self._last, act) if act.expected else []
        if program := STAY_ON.match(act.typed):
            self._last = self._start_program(program[1], words)
            return self._look(self._last, act)
        return self._run_to_its_end(words)

    def _run_to_its_end(self, words: list[str]) -> list[str]:
        self._real_port(SHOWN_PORT)  # for the other programs talk to it
        words = self._with_real_ports(words)
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
        typed = act.typed
        if PORTS.match(typed):
            (typed,) = self._with_real_ports([typed])
        if act.expected:
            client.type(typed)
            return self._answer(client, act)
        port = self._port_of_client(self._last_client)
        waiting = self._number_of_waiting(port)  # for if nothing comes back, the client is blocked
        client.type(typed)
        patience = MOMENT if self._step else PATIENCE  # a step does not count blocked clients
        client.wait(lambda: client.prompt() is not None or self._number_of_waiting(port) > waiting, patience)
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

    def _number_of_waiting(self, port: int) -> int:
        """Clients that a command keeps waiting, as the server counts them."""
        try:
            with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
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
