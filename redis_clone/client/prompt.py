"""The prompt: it reads a line, adds it to the history unless it holds a password, and runs it."""

import io
import os
import sys

from redis_clone.client.history import History, history_path
from redis_clone.client.line_editor import LineEditor
from redis_clone.client.lines import run_line
from redis_clone.client.listening import can_wait_for_keys
from redis_clone.client.session import Session


def run(session: Session) -> int:
    """Ask and run_line until the user leaves; the exit code."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # so that any byte can be typed
    session.may_be_interrupted = can_wait_for_keys()
    editor = LineEditor(History(history_path(os.environ)), session.guide)
    try:
        session.connect()
        while (line := editor.read(session.prompt)) is not None:
            if not run_line(session, line.encode(sys.stdin.encoding, "surrogateescape")):
                break
            session.show_time()
    except KeyboardInterrupt:  # while a reply is due that may never come
        print()
        return 1
    return 0
