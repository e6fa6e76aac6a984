"""Starts the client in one of its modes: a prompt, one command, lines from a pipe, or --scan and --pipe."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

from redis_clone.client.command_line import PASSWORD_WARNING, Leave, parse
from redis_clone.client.connection import Connection, ConnectionLost
from redis_clone.client.dialing import Words, dial_and_greet, print_error
from redis_clone.client.lines import run_line
from redis_clone.client.modes.evaluate import eval_words
from redis_clone.client.modes.pipe import pipe
from redis_clone.client.modes.scanning import Refused, scan
from redis_clone.client.options import Options
from redis_clone.client.session import Session
from redis_clone.client.wire import Wire

# Modes that need a connection and no more; a number that one answers is the exit code.
MODES: dict[str, Callable[[Connection, Options, BinaryIO], int | None]] = {
    "scan": scan,
    "pipe": pipe,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the client, and return the exit code."""
    try:
        options = parse(sys.argv[1:] if arguments is None else arguments, os.environ, sys.stdout.isatty())
    except Leave as leave:
        print(leave.text, file=sys.stdout if leave.to_stdout else sys.stderr)
        return leave.code
    if options.ask_for_password:
        import getpass  # here, because few clients ask

        options.password = getpass.getpass("Please input password: ")
    elif options.password_was_typed and options.warn_of_password:
        print_error(PASSWORD_WARNING)
    try:
        return _run(options)
    except BrokenPipeError:  # our reader has left: `client.py ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush would fail again
        return 1


def _run(options: Options) -> int:
    is_interactive = not options.command and not options.mode and sys.stdin.isatty()
    if not is_interactive:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C ends us at once, as any command of a pipe
    if options.mode in MODES:
        return run_mode(options)
    session = Session(options, sys.stdout.buffer)
    try:
        if is_interactive:
            from redis_clone.client import prompt  # here, for what it brings to edit lines takes 10 ms

            return prompt.run(session)
        return run_command(session, options) if options.command or options.mode else run_lines(session)
    finally:
        session.close()


def run_mode(options: Options) -> int:
    """Run --scan or --pipe; the exit code is 1 when the server is not there, hangs up, or refuses."""
    connection = dial_and_greet(options, Wire(sys.stderr, is_on=True) if options.with_wire else None)
    if connection is None:
        return 1
    try:
        return MODES[options.mode](connection, options, sys.stdout.buffer) or 0
    except Refused as refused:
        print_error(str(refused))
    except ConnectionLost as lost:
        print_error(f"Error: {lost}")
    finally:
        connection.close()
    return 1


def run_command(session: Session, options: Options) -> int:
    """Run the command of the command line; 1 when the server is not there, or with -e when it refuses."""
    try:
        words = _command(options)
    except OSError as error:
        print_error(f"Can't open file '{options.script}': {error.strerror}")
        return 1
    if not session.connect():
        return 1
    if len(words) == 2 and words[0].upper() == b"PEEK":
        return 0 if session.peek(words[1]) else 1
    return 0 if session.execute(words, options.repeat) else 1


def _command(options: Options) -> Words:
    """The words of the command, with stdin as the last of them for -x, and with the script for --eval."""
    words = list(options.command)
    if options.last_word_from_stdin:
        words.append(sys.stdin.buffer.read())
    return eval_words(options.script, words) if options.mode == "eval" else words


def run_lines(session: Session) -> int:
    """Run each line of stdin as if it had been typed; an error in one does not stop the next."""
    session.connect()
    for line in sys.stdin.buffer:
        if not run_line(session, line):
            break
    return 0
