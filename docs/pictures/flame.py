"""Draws where the time of a SET and of a GET goes: a flame graph, by py-spy, of a server under load.

A box is a function, as wide as its share of the samples; on top of it stand the functions that it called.
The load is redis-benchmark with pipelines of 16 and 100,000 keys.  Only the thread that holds the GIL is
sampled, so the time that threads wait for the network or for each other is not in the picture.

py-spy stops all threads for each sample, one after the other, so there are few clients; to look at running
threads (--nonblocking) is quicker, but then a sample mixes two moments.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis_clone.benchmark.svg import BLUE, FAINT, GREEN, INK, MONO, PAPER, PURPLE, RED, Drawing

REPOSITORY = Path(__file__).resolve().parents[2]
SECONDS, SAMPLES_A_SECOND, CLIENTS = 30, 100, 10
PROGRAMS = {
    "py-spy": "pip install py-spy",
    "redis-benchmark": "it comes with Redis (redis-tools in Debian)",
}
PORT = re.compile(r"port=(\d+)")
FRAME = re.compile(r"(?P<function>.+) \(redis_clone/(?P<module>.+)\.py:\d+\)")
COLOURS = {"network": FAINT, "protocol": BLUE, "server": PURPLE, "commands": GREEN, "storage": RED}
WIDE, LINE, LEFT, LEGEND = 1000, 22, 20, 40
LEAST_SHARE = 0.004  # below that a box could not be seen
CHARACTER = 7.3

Stacks = dict[tuple[str, ...], int]  # functions, the outermost first, and in how many samples they were seen


def draw() -> str:
    return picture(read_stacks(_sampled()))


def read_stacks(raw: str) -> Stacks:
    """The stacks of connections in lines of py-spy, such as `outer (file:1);inner (file:2) 17`.

    >>> read_stacks("run (threading.py:1);handle (redis_clone/network/connection.py:2) 17")
    {('network/connection handle',): 17}
    """
    stacks: Stacks = {}
    for line in raw.splitlines():
        frames, _, count = line.rpartition(" ")
        found = [match for frame in frames.split(";") if (match := FRAME.fullmatch(frame))]
        path = tuple(f"{match['module']} {match['function']}" for match in found)
        if path and path[0].endswith("handle"):
            stacks[path] = stacks.get(path, 0) + int(count)
    return stacks


def picture(stacks: Stacks) -> str:
    height = max(map(len, stacks))
    drawing = Drawing(WIDE, LINE * height + LEGEND + 30)
    for number, (folder, colour) in enumerate({**COLOURS, "all else": INK}.items()):
        drawing.box(LEFT + 130 * number, 14, 14, 14, colour, radius=2)
        drawing.text(LEFT + 130 * number + 20, 26, folder, INK, 12)
    drawing.text(WIDE - LEFT, 26, f"{sum(stacks.values())} samples", FAINT, 12, "text-anchor:end")
    ground = drawing.height - 15 - LINE
    _draw_above(drawing, stacks, ground, LEFT, (WIDE - 2 * LEFT) / sum(stacks.values()))
    return drawing.finished()


def _draw_above(drawing: Drawing, stacks: Stacks, y: float, x: float, scale: float) -> None:
    """Draw the functions that one has called side by side, and on each of them those that it has called."""
    for name in sorted({path[0] for path in stacks if path}):
        inner = {path[1:]: count for path, count in stacks.items() if path and path[0] == name}
        width = sum(inner.values()) * scale
        if width >= LEAST_SHARE * WIDE:
            _draw_box(drawing, name, x, y, width)
            _draw_above(drawing, inner, y - LINE, x, scale)
        x += width


def _draw_box(drawing: Drawing, name: str, x: float, y: float, width: float) -> None:
    module, _, function = name.partition(" ")
    drawing.box(x, y, max(width - 1, 1), LINE - 2, COLOURS.get(module.partition("/")[0], INK), radius=2)
    share = f"{100 * width / (WIDE - 2 * LEFT):.0f} %"
    for text in (f"{function} {share}", function, function.rpartition(".")[2]):
        if len(text) * CHARACTER < width - 6:
            drawing.text(x + 5, y + 14, text, PAPER, 12, font=MONO)
            break


def _sampled() -> str:
    """The samples that py-spy took of a server under load, as py-spy writes them."""
    for program, remedy in PROGRAMS.items():
        if shutil.which(program) is None:
            raise SystemExit(f"The flame graph needs {program}: {remedy}")
    with tempfile.TemporaryDirectory() as folder, _started_server(folder) as (server, port):
        out = Path(folder) / "stacks.txt"
        load = [
            "redis-benchmark",
            "-p",
            port,
            "-t",
            "set,get",
            "-P",
            "16",
            "-r",
            "100000",
            "-c",
            str(CLIENTS),
            "-q",
            "-l",
        ]
        how = ["--gil", "--function", "--rate", str(SAMPLES_A_SECOND)]
        with _running(load):
            subprocess.run(
                ["py-spy", "record", *how, "-d", str(SECONDS), "-f", "raw", "-o", out, "-p", str(server)],
                check=True,
            )
        return out.read_text(encoding="utf-8")


@contextmanager
def _started_server(folder: str) -> Iterator[tuple[int, str]]:
    """A server at work: its process id and its port."""
    command = [sys.executable, "server.py", "--port", "0", "--save", "", "--dir", folder]
    with _running(command, REPOSITORY) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if port := PORT.search(line):
                yield process.pid, port[1]
                return
        raise RuntimeError("the server has not started")


@contextmanager
def _running(command: list[str], folder: Path | None = None) -> "Iterator[subprocess.Popen[str]]":
    out = subprocess.PIPE if folder else subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=out, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
