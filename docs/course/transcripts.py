"""Reads a session from a page: what is typed where, and what should come back.

    $ python server.py --port 7000     a server is started, in a terminal of its own
    $ kill -9 ...                      and killed on the spot
    $ python server.py --port 7001     a second server; 127.0.0.1:7001> is the prompt of a client there
    $ pkill -9 -f "port 7001"          the server at this port is killed
    $ python client.py -p 7000 PING    any other program runs to its end
    $ python client.py GET a | cat     and with its output in a pipe
    127.0.0.1:7000> GET a              typed at the prompt of a client
    ada[1](TX)> GET a                  and at that of another: each name is a client of its own
    ^C                                 interrupts the program that was typed into or started last
    -- server                          look at the server's screen: what it has shown since
    -- server 7001                     or at the screen of another one, or of a cluster: -- cluster
    -- ada                             or at the screen of a client
    ...                                any text, for any number of lines, or within one

Anything else is what the line above brought.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

PROMPT = re.compile(r"(?P<name>not connected|[\w.:]+)(?P<state>(\[\d+\])?(\(TX\))?)> (?P<typed>.*)")
DOTS = "..."


@dataclass
class Act:
    """Something is done; `expected` is what should be seen of it."""

    line: int  # within the transcript, from 0
    who: str  # "$", "^C", "--", or the name of a client
    typed: str
    state: str = ""  # what the prompt shows: [1], (TX)
    expected: list[str] = field(default_factory=list)


def read_transcript(text: str) -> list[Act]:
    """
    >>> [(act.who, act.typed, act.expected) for act in read_transcript("$ echo a\\na\\nada> PING\\nPONG\\n")]
    [('$', 'echo a', ['a']), ('ada', 'PING', ['PONG'])]
    """
    acts: list[Act] = []
    for number, line in enumerate(text.splitlines()):
        act = _act_of(number, line)
        if act:
            acts.append(act)
        elif acts:
            acts[-1].expected.append(line)
        else:
            raise ValueError(f"a session begins with a prompt, not with {line!r}")
    return acts


def _act_of(number: int, line: str) -> Act | None:
    if line == "^C":
        return Act(number, "^C", "")
    for who in ("$", "--"):
        if line.startswith(who + " "):
            return Act(number, who, line[len(who) + 1 :])
    prompted = PROMPT.fullmatch(line)
    return Act(number, prompted["name"], prompted["typed"], prompted["state"]) if prompted else None


def matches(expected: Sequence[str], seen: Sequence[str]) -> bool:
    """
    >>> matches(["a...c", "..."], ["abc", "d", "e"]), matches(["a"], ["a", "b"])
    (True, False)
    """
    if not expected:
        return not seen
    first, rest = expected[0], expected[1:]
    if first.strip() == DOTS:
        return any(matches(rest, seen[skipped:]) for skipped in range(len(seen) + 1))
    return bool(seen) and _line_matches(first, seen[0]) and matches(rest, seen[1:])


def _line_matches(expected: str, seen: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.rstrip().split(DOTS)))
    return re.fullmatch(pattern, seen.rstrip()) is not None
