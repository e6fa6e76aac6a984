"""Reads the command line of the client into Options.

OPTIONS has one row for each option, and --help prints the rows.  Names and meanings are those of redis-cli.
An option that only redis-cli has stands in ONLY_IN_REDIS_CLI, and the error line says so.  The first word
that does not begin with a dash begins the command, and every word behind it belongs to the command.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from redis_clone import VERSION
from redis_clone.client.connection import DEFAULT_HOST, DEFAULT_PORT
from redis_clone.client.options import Options

PASSWORD_WARNING = (
    "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe."
)


# What this client leaves to redis-cli: no chapter needs it, and redis-cli does it with our server as well.
ONLY_IN_REDIS_CLI = {
    *("--bigkeys", "--memkeys", "--memkeys-samples", "--hotkeys", "--stat", "--lru-test"),
    *("--latency", "--latency-history", "--latency-dist", "--intrinsic-latency"),
    *("--json", "--quoted-json", "--quoted-input", "--quoted-pattern", "--show-pushes", "-X", "-d", "-D"),
    *("--cluster", "-c", "--replica", "--rdb", "--functions-rdb", "--ldb", "--ldb-sync-mode"),
    *("--cacertdir", "--tls-ciphers", "--tls-ciphersuites", "--verbose"),
}


class Leave(Exception):
    """There is nothing to run: print `text`, on stdout if the user asked for it, and exit with `code`."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.text, self.code, self.to_stdout = text, code, not code


class Option(NamedTuple):
    """A row: what the value is called ("" for an option without one), what to do with it, what help says."""

    value: str
    apply: Callable[[Options, str], None]
    help: str


def parse(
    arguments: Sequence[str], environment: Mapping[str, str] | None = None, to_terminal: bool = True
) -> Options:
    """The options that the command line and REDISCLI_AUTH amount to; Leave when there is nothing to run.

    >>> options = parse(["-p", "7000", "--csv", "GET", "-p"])
    >>> options.address, options.form, options.command
    (Address(host='127.0.0.1', port=7000, path=''), 'csv', [b'GET', b'-p'])
    """
    options = Options()
    options.form = "pretty" if to_terminal else "raw"
    options.show_pushes = to_terminal
    options.with_tables = to_terminal
    options.password = (environment or {}).get("REDISCLI_AUTH")
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        _apply_next(options, rest)
    options.command = list(map(os.fsencode, rest))
    options.fail_on_error_reply &= bool(rest) or options.mode == "eval"  # a pipe goes on after an error
    return options


def _apply_next(options: Options, rest: list[str]) -> None:
    """Take one option, and its value if it has one, from the front of `rest`."""
    name = rest.pop(0)
    option = OPTIONS.get(name)
    if name == "-h" and not rest:
        raise Leave(help_text(), 0)
    if name in ONLY_IN_REDIS_CLI:
        raise Leave(f"This client has no option {name}: use redis-cli, which works with this server too.")
    if option is None or (option.value and not rest):
        raise Leave(_unrecognized(name))
    value = rest.pop(0) if option.value else ""
    try:
        option.apply(options, value)
    except ValueError:
        raise Leave(_unrecognized(name)) from None


def _unrecognized(name: str) -> str:
    return f"Unrecognized option or bad number of args for: '{name}'"


def _store(attribute: str, convert: Callable[[str], object] = str) -> Callable[[Options, str], None]:
    return lambda options, value: setattr(options, attribute, convert(value))


def _store_tls(attribute: str) -> Callable[[Options, str], None]:
    return lambda options, value: setattr(options.tls, attribute, value)


def _set(attribute: str, constant: object) -> Callable[[Options, str], None]:
    return lambda options, _: setattr(options, attribute, constant)


def _seconds(value: str) -> float:
    seconds = float(value)
    if not 0 <= seconds <= 1e9:  # neither is NaN
        raise ValueError
    return seconds


def _set_port(options: Options, value: str) -> None:
    try:
        options.port = int(value)
    except ValueError:
        options.port = -1
    if not 0 <= options.port <= 65535:
        raise Leave("Invalid server port.")


def _set_password(options: Options, value: str) -> None:
    options.password = value
    options.password_was_typed = True


def _set_protocol(options: Options, version: int) -> None:
    if options.protocol not in (0, version):
        raise Leave("Options -2 and -3 are mutually exclusive.")
    options.protocol = version


def _set_script(options: Options, value: str) -> None:
    options.mode, options.script = "eval", value


def _set_uri(options: Options, uri: str) -> None:
    from urllib.parse import unquote, urlsplit  # here, because few clients are given a URI

    parts = urlsplit(uri)
    if parts.scheme not in ("redis", "rediss"):
        raise Leave("Invalid URI scheme")
    options.with_tls |= parts.scheme == "rediss"
    options.host = parts.hostname or DEFAULT_HOST
    options.port = parts.port or DEFAULT_PORT
    options.database = int(parts.path.strip("/") or 0)
    if parts.password is not None:
        options.user = unquote(parts.username or "") or None
        _set_password(options, unquote(parts.password))
    elif parts.username is not None:  # one word alone is the password
        _set_password(options, unquote(parts.username))


def _show_help(options: Options, _: str) -> None:
    raise Leave(help_text(), 0)


def _show_version(options: Options, _: str) -> None:
    raise Leave(f"client.py {VERSION}", 0)


OPTIONS: dict[str, Option] = {
    "-h": Option("host", _store("host"), f"where the server is ({DEFAULT_HOST})"),
    "-p": Option("port", _set_port, f"the port it listens at ({DEFAULT_PORT})"),
    "-s": Option("socket", _store("path"), "the path of its Unix socket, instead of host and port"),
    "-a": Option("password", _set_password, "say this password first; safer in the variable REDISCLI_AUTH"),
    "--pass": Option("password", _set_password, "the same as -a"),
    "--askpass": Option("", _set("ask_for_password", True), "ask for the password, and do not show it"),
    "--user": Option("name", _store("user"), "say the password as this user"),
    "--no-auth-warning": Option("", _set("warn_of_password", False), "no warning about -a"),
    "-u": Option("uri", _set_uri, "all in one: redis://user:password@host:port/database"),
    "--tls": Option("", _set("with_tls", True), "encrypt the connection"),
    "--sni": Option("host", _store_tls("server_name"), "with --tls: the name to ask the server for"),
    "--cacert": Option("file", _store_tls("trusted_file"), "with --tls: the certificates to trust"),
    "--cert": Option("file", _store_tls("certificate"), "with --tls: our own certificate"),
    "--key": Option("file", _store_tls("key"), "with --tls: its key"),
    "--insecure": Option(
        "", lambda options, _: setattr(options.tls, "insecure", True), "with --tls: trust any certificate"
    ),
    "-n": Option("database", _store("database", int), "begin in this database (0)"),
    "-2": Option("", lambda options, _: _set_protocol(options, 2), "speak RESP2"),
    "-3": Option("", lambda options, _: _set_protocol(options, 3), "speak RESP3"),
    "-r": Option("times", _store("repeat", int), "run the command so often; -1 is for ever"),
    "-i": Option("seconds", _store("interval", _seconds), "wait so long after each run; 0.1 is fine"),
    "-x": Option("", _set("last_word_from_stdin", True), "the last argument is what stdin holds"),
    "-e": Option("", _set("fail_on_error_reply", True), "exit with 1 when the reply is an error"),
    "--wire": Option("", _set("with_wire", True), "show the bytes both ways, and explain each piece"),
    "--raw": Option("", _set("form", "raw"), "replies as bare bytes (when the output is no terminal)"),
    "--no-raw": Option("", _set("form", "pretty"), "replies with types and numbers (at a terminal)"),
    "--no-table": Option("", _set("with_tables", False), "no tables at a terminal: replies as in redis-cli"),
    "--csv": Option("", _set("form", "csv"), "replies as comma-separated values"),
    "--eval": Option("file", _set_script, "run this Lua script; behind it: key key , argument argument"),
    "--pipe": Option("", _set("mode", "pipe"), "send stdin as it is, and count the replies"),
    "--pipe-timeout": Option(
        "seconds", _store("pipe_timeout", _seconds), "with --pipe: how long to wait for a reply (30; 0: ever)"
    ),
    "--scan": Option("", _set("mode", "scan"), "list the names of all keys"),
    "--pattern": Option(
        "glob", _store("pattern", os.fsencode), "with a scan: only names that look like this"
    ),
    "--count": Option("keys", _store("count", int), "with a scan: about so many keys at a time"),
    "--help": Option("", _show_help, "this text"),
    "--version": Option("", _show_version, "the version"),
    "-v": Option("", _show_version, "the version"),
}


def help_text() -> str:
    rows = [(f"{name} <{row.value}>" if row.value else name, row.help) for name, row in OPTIONS.items()]
    program = _started_by()
    lines = [f"  {usage:<25} {text}" for usage, text in rows]
    return "\n".join(
        [
            f"client.py {VERSION}, the client of a Redis that you can read",
            "",
            f"Usage: {program} [options] [command [argument ...]]",
            *lines,
            "",
            "Without a command: a prompt at a terminal, else one command a line from stdin.",
            f"  {program} -n 2 SET greeting hello",
            f"  {program} --wire GET greeting",
            f"  {program} -x SET picture < picture.png",
            f"  {program} -r 10 -i 1 INCR ticks",
            f"  {program} --eval script.lua key1 key2 , argument",
            f"  {program} --scan --pattern 'user:*'",
        ]
    )


def _started_by() -> str:
    """How a user starts this client: as a script that pip has installed, or in a checkout."""
    name = os.path.basename(sys.argv[0])
    return name if name == "redis-clone-client" else "python client.py"
