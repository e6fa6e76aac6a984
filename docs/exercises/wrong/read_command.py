"""Wrong answers to `read_command`.  Each function is one mistake, and takes the place of `read_command`."""


def the_end_of_an_argument_stays(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    """The two bytes behind an argument are read, but not taken away."""
    kind = stream.peek()
    if not kind:
        return None
    if kind != b"*":
        return _read_inline(stream)
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if room < 0 or number == most:
            raise QueryBufferFull
        arguments.append(stream.read_exactly(length + 2))
    return arguments


def arguments_are_lines(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    """An argument is read as a line, which one with a line end in it does not survive."""
    kind = stream.peek()
    if not kind:
        return None
    if kind != b"*":
        return _read_inline(stream)
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if room < 0 or number == most:
            raise QueryBufferFull
        arguments.append(stream.read_line())
    return arguments


def no_limit_on_all(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    """Each argument has a limit, and all together have none."""
    kind = stream.peek()
    if not kind:
        return None
    if kind != b"*":
        return _read_inline(stream)
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if number == most:
            raise QueryBufferFull
        arguments.append(stream.read_exactly(length + 2)[:-2])
    return arguments


def no_inline_commands(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    """A line without * is a broken protocol, so telnet cannot be used."""
    kind = stream.peek()
    if not kind:
        return None
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if room < 0 or number == most:
            raise QueryBufferFull
        arguments.append(stream.read_exactly(length + 2)[:-2])
    return arguments


def the_end_is_an_error(stream: Stream, limits: Limits = UNLIMITED, trusted: bool = True) -> list[bytes] | None:
    """The end of the stream between two commands is taken for an error."""
    kind = stream.peek()
    if not kind:
        raise EOFError
    if kind != b"*":
        return _read_inline(stream)
    count = _read_count(stream, trusted)
    arguments: list[bytes] = []
    room = limits.command_bytes
    most = limits.arguments if count > LEAST_ARGUMENTS else count
    for number in range(count):
        length = _read_length(stream, limits, trusted)
        room -= length
        if room < 0 or number == most:
            raise QueryBufferFull
        arguments.append(stream.read_exactly(length + 2)[:-2])
    return arguments
