"""What a browser may ask the server to do, by the path of its request.

    POST /halt              hold every command before it takes the lock
    POST /step              let a held command go on to its next station; ?client=ID: that client's
    POST /resume            let all run

and in a node of a lesson's cluster, for the bus of all nodes, which are named by their ports:

    POST /bus/halt, /bus/resume   the bus halts, and goes on
    POST /bus/step                a message arrives, or time passes; ?message=NUMBER: that of an arrow
    POST /bus/event                steps until a node logs something
    POST /bus/cut?one=&other=     two nodes do not hear each other, or do again
    POST /bus/pause?node=         a node stands still, or goes on
    POST /bus/align               replicas ask for votes at the same time, or no longer
"""

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qs

from redis_clone.server.inspection.panels import Inspection

LONGEST_NUMBER = 18  # digits
Actions = dict[str, Callable[[], object]]


def actions(inspection: Inspection, query: str) -> Actions:
    """What each path does with this query."""
    words = {name: values[0] for name, values in parse_qs(query).items()}
    stepping = inspection.stepping
    found: Actions = {
        "/halt": stepping.halt,
        "/resume": stepping.resume,
        "/step": partial(stepping.step, _number(words, "client")),
    }
    if (bus := inspection.bus) is not None:
        found |= {
            "/bus/halt": inspection.halt_bus,
            "/bus/resume": bus.resume,
            "/bus/step": partial(bus.step, _number(words, "message") or None),
            "/bus/event": bus.step_to_event,
            "/bus/cut": partial(bus.cut, _number(words, "one"), _number(words, "other")),
            "/bus/pause": partial(bus.pause, _number(words, "node")),
            "/bus/align": bus.align,
        }
    return found


def _number(words: dict[str, str], name: str) -> int:
    """A number of the query; 0, which names nothing, where there is none."""
    text = words.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
