"""Draws a failover in a cluster, from a golden script of the tests: who found, said and decided what."""

import re
from collections.abc import Iterator

from course import REPOSITORY

from pictures.spacetime import Event, Note, Send, picture
from redis_clone.benchmark.svg import BLUE, GREEN, INK, RED, Colour

SCRIPT = REPOSITORY / "tests" / "features" / "cluster" / "scripts" / "05_election.txt"
PARTIES = ("n0", "n3", "n1", "n2")  # the master that crashes, its replica, and the two masters that vote
NAMES = {"n0": "n0, master", "n3": "n3, its replica", "n1": "n1, master", "n2": "n2, master"}
MESSAGE = re.compile(r" *(\d+) (n\d) -> (n\d) (fail|auth-req|auth-ack) ")
CHANGE = re.compile(r" *(\d+) (n\d) (?:(sees n0|itself|last vote)): (.*) -> (.*)")
COLOURS = {"fail": RED, "auth-req": BLUE, "auth-ack": GREEN}


def draw() -> str:
    names = [NAMES[party] for party in PARTIES]
    return picture("A master crashes, and its replica is elected", names, list(_events()), column=210)


def _events() -> Iterator[Event]:
    """The first part of the script, without what other replicas do; times in milliseconds."""
    text = SCRIPT.read_text(encoding="utf-8").partition("# The old master")[0]
    yield Note(NAMES["n0"], "crashes", RED)
    for line in text.splitlines():
        if found := MESSAGE.match(line):
            _, sender, receiver, kind = found.groups()
            if sender in PARTIES and receiver in PARTIES:
                yield Send(NAMES[sender], NAMES[receiver], kind, COLOURS[kind])
        elif (found := CHANGE.match(line)) and found[2] in PARTIES and (said := _said(*found.groups()[2:])):
            yield Note(NAMES[found[2]], f"{found[1]} ms: {said[0]}", said[1])


def _said(about: str, before: str, now: str) -> tuple[str, Colour] | None:
    """A change of what a node knows, in words, and in which colour."""
    if about == "itself":
        return f"a master, {' '.join(now.split()[1:3])}", GREEN
    if about == "last vote":
        return f"its vote of epoch {now} is on the disk", INK
    if "fail?" in now:
        return "finds n0 failing (fail?)", INK
    if "fail?" in before:
        return "n0 has failed (fail)", RED
    return None
