"""Draws how a cluster finds that a master has failed, from a golden script of the tests."""

import re
from collections.abc import Iterator

from course import REPOSITORY

from pictures.spacetime import Event, Note, Send, picture
from redis_clone.benchmark.svg import BLUE, INK, RED, Colour

SCRIPT = REPOSITORY / "tests" / "features" / "cluster" / "scripts" / "11_failure_reports.txt"
PARTIES = ("n4", "n1", "n3", "n2")  # in this order most arrows go to a neighbour
MESSAGE = re.compile(r" *\d+ (n\d) -> (n\d) (ping|pong|fail) (.*)")
OPINION = re.compile(r"n0 is [\w,]*?(fail\??|master)$")
CHANGE = re.compile(r" *(\d+) (n\d) sees n0: .* -> (\S+) ")


def draw() -> str:
    title = "n0 has crashed: from an opinion (fail?) to a fact (fail)"
    return picture(title, PARTIES, list(_events()), column=200)


def _events() -> Iterator[Event]:
    for line in SCRIPT.read_text(encoding="utf-8").splitlines():
        if found := MESSAGE.match(line):
            sender, receiver, kind, about = found.groups()
            yield Send(sender, receiver, *_said(kind, about))
        elif found := CHANGE.match(line):
            now_ms, party, flags = found.groups()
            is_fact = flags.endswith("fail")
            text = "n0 has failed (fail)" if is_fact else "n0 does not answer (fail?)"
            yield Note(party, f"{now_ms} ms: {text}", RED if is_fact else INK)


def _said(kind: str, about: str) -> tuple[str, Colour]:
    """What a message says of n0, and its colour."""
    if kind == "fail":
        return "FAIL: n0", RED
    opinion = next(found[1] for part in about.split(", ") if (found := OPINION.match(part)))
    return (kind, INK) if opinion == "master" else (f"{kind}: n0 is {opinion}", BLUE)
