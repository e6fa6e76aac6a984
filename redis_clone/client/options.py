"""What the user asked the client for: one field for each thing that can be asked.

The command line fills the fields in (command_line.py); all other modules only read them.
"""

from redis_clone.client.connection import DEFAULT_HOST, DEFAULT_PORT, Address
from redis_clone.client.tls import Tls


class Options:
    """What is asked; the defaults, below, are those of a bare `client.py` at a terminal."""

    def __init__(self) -> None:
        self.tls = Tls()
        self.command: list[bytes] = []

    # Where, and as whom.
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    path: str = ""
    user: str | None = None
    password: str | None = None
    password_was_typed: bool = False
    warn_of_password: bool = True
    ask_for_password: bool = False
    database: int = 0
    protocol: int = 0  # as the server starts, unless 2 or 3 was asked for
    with_tls: bool = False

    # How often the command is sent, and what with.
    repeat: int = 1  # a negative one never ends
    interval: float = 0.0  # seconds
    last_word_from_stdin: bool = False
    fail_on_error_reply: bool = False

    # How replies look.
    form: str = "pretty"
    with_tables: bool = False  # only for a person at a terminal
    show_pushes: bool = True
    with_wire: bool = False

    # Another life than that of a prompt, and what belongs to it.
    mode: str = ""
    pattern: bytes | None = None
    count: int | None = None
    pipe_timeout: float = 30.0  # seconds
    script: str = ""

    @property
    def tls_in_use(self) -> Tls | None:
        return self.tls if self.with_tls else None

    @property
    def address(self) -> Address:
        return Address(self.host, self.port, self.path)
