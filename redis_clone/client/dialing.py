"""Opens a connection, and sends the first commands on it: password, database and protocol.

An error is one line on stderr.  When a server is there but refuses the password or the database, the prompt
uses the connection all the same, as redis-cli does: the next reply of the server tells the user more.
"""

import sys

from redis_clone.client.connection import Address, Connection, ConnectionLost, Watcher
from redis_clone.client.options import Options
from redis_clone.protocol.errors import RedisError

Words = list[bytes]


def dial(options: Options, address: Address, watcher: Watcher | None = None) -> Connection | None:
    """A connection on which no command was sent yet; None when there is none."""
    try:
        return Connection(address, options.tls_in_use, watcher)
    except OSError as error:
        print_error(f"Could not connect to Redis at {address}: {error.strerror or error}")
        return None


def greet(connection: Connection, options: Options, database: int) -> bool:
    """The first commands of a connection; False when one was refused, after which no further is sent."""
    for title, words in _greeting(options, database):
        reply = connection.call(*words)
        if isinstance(reply, RedisError):
            print_error(f"{title} failed: {reply}")
            return False
    return True


def dial_and_greet(options: Options, watcher: Watcher | None = None) -> Connection | None:
    """A connection that is ready for commands; None when there is none, or the greeting was refused."""
    connection = dial(options, options.address, watcher)
    if connection is None:
        return None
    try:
        if greet(connection, options, options.database):
            return connection
    except ConnectionLost as lost:
        print_error(f"Error: {lost}")
    connection.close()
    return None


def print_error(text: str) -> None:
    """A line on stderr, from the client itself or from a server that refused."""
    print(text, file=sys.stderr, flush=True)


def _greeting(options: Options, database: int) -> list[tuple[str, Words]]:
    commands: list[tuple[str, Words]] = []
    if options.password is not None:
        login = [options.password] if options.user is None else [options.user, options.password]
        commands.append(("AUTH", [b"AUTH", *(word.encode("utf-8", "surrogateescape") for word in login)]))
    if database:
        commands.append((f"SELECT {database}", [b"SELECT", b"%d" % database]))
    if options.protocol == 3:
        commands.append(("HELLO 3", [b"HELLO", b"3"]))
    return commands
