"""Which of its three lives the client leads: one command, lines from a pipe, or a prompt."""

import os
import signal
import sys
from collections.abc import Sequence

from redis_clone.client import prompt
from redis_clone.client.command_line import PASSWORD_WARNING, Leave, parse
from redis_clone.client.dialing import complain
from redis_clone.client.lines import obey
from redis_clone.client.options import Options
from redis_clone.client.session import Session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the client; the exit code."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments, os.environ, sys.stdout.isatty())
    except Leave as leave:
        print(leave.text, file=sys.stderr if leave.code else sys.stdout)
        return leave.code
    if options.password_was_typed and options.warn_of_password:
        complain(PASSWORD_WARNING)
    session = Session(options, sys.stdout.buffer)
    try:
        return _run(session, options)
    except BrokenPipeError:  # our reader has left: `client.py ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush would fail again
        return 1
    finally:
        session.close()


def _run(session: Session, options: Options) -> int:
    if not options.command and sys.stdin.isatty():
        return prompt.run(session)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends us at once, as it does any command of a pipe
    if options.command:
        return run_command(session, options)
    return run_lines(session)


def run_command(session: Session, options: Options) -> int:
    """The command of the command line; 1 when the server is not there, or with -e when it refuses."""
    words = list(options.command)
    if options.last_word_from_stdin:
        words.append(sys.stdin.buffer.read())
    if not session.connect():
        return 1
    if len(words) == 2 and words[0].upper() == b"PEEK":
        return 0 if session.peek(words[1]) else 1
    return 0 if session.execute(words, options.repeat) else 1


def run_lines(session: Session) -> int:
    """The lines of stdin, each as if it had been typed; what goes wrong in one does not stop the next."""
    session.connect()
    for line in sys.stdin.buffer:
        if not obey(session, line):
            break
    return 0
