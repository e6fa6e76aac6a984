"""--latency and --latency-history: how long a PING takes, measured from here, in milliseconds.

At a terminal the figures are written over themselves until Ctrl-C; for a pipe, or as --raw, --csv or --json,
one second (or -i) is measured and told once.
"""

import time
from dataclasses import dataclass
from typing import BinaryIO

from redis_clone.client.connection import Connection
from redis_clone.client.options import Options

BETWEEN = 0.01  # seconds from one PING to the next
ALONE, RANGE = 1.0, 15.0  # seconds of a single measurement, and of each in a history
OVERWRITE = "\x1b[0G\x1b[2K"  # to the first column, and erase the line

FORMS = {
    "raw": "{0.least} {0.most} {0.mean:.2f} {0.count}",
    "csv": "{0.least},{0.most},{0.mean:.2f},{0.count}",
    "json": '{{"min": {0.least}, "max": {0.most}, "avg": {0.mean:.2f}, "count": {0.count}}}',
    "quoted json": '{{"min": {0.least}, "max": {0.most}, "avg": {0.mean:.2f}, "count": {0.count}}}',
    "pretty": "min: {0.least}, max: {0.most}, avg: {0.mean:.2f} ({0.count} samples)",
}


@dataclass
class Figures:
    """Of the samples so far, in whole milliseconds as redis-cli has them.

    >>> figures = Figures()
    >>> for ms in (3, 1): figures.add(ms)
    >>> FORMS["raw"].format(figures)
    '1 3 2.00 2'
    """

    least: int = 0
    most: int = 0
    total: int = 0
    count: int = 0

    def add(self, ms: int) -> None:
        self.least = min(self.least, ms) if self.count else ms
        self.most = max(self.most, ms)
        self.total += ms
        self.count += 1

    @property
    def mean(self) -> float:
        return self.total / self.count


def latency(connection: Connection, options: Options, output: BinaryIO) -> None:
    """Measure until Ctrl-C, or once."""
    is_history = options.mode == "latency history"
    is_live = options.form == "pretty"
    seconds = options.interval or (RANGE if is_history else ALONE)
    figures, began = Figures(), time.monotonic()
    while True:
        figures.add(_ping(connection))
        passed = time.monotonic() - began
        text = FORMS[options.form].format(figures)
        if is_live:
            _write(output, OVERWRITE + text)
        elif is_history:
            _write(output, text + "\n")
        if is_history and passed > seconds:
            _write(output, f" -- {passed:.2f} seconds range\n")
            figures, began = Figures(), time.monotonic()
        elif not is_live and not is_history and passed > seconds:
            _write(output, text + "\n")
            return
        time.sleep(BETWEEN)


def _ping(connection: Connection) -> int:
    began = time.perf_counter()
    connection.call(b"PING")
    return int((time.perf_counter() - began) * 1000)


def _write(output: BinaryIO, text: str) -> None:
    output.write(text.encode())
    output.flush()
