"""Wrong answers to `encode_command`.  Each function is one mistake, and takes the place of `encode_command`."""


def characters_are_counted(arguments: Sequence[bytes]) -> bytes:
    """The length is that of the text, not that of the bytes."""
    parts = [COUNTS[len(arguments)]]
    for argument in arguments:
        parts.append(LENGTHS[len(argument.decode('utf-8', 'ignore'))])
        parts.append(argument)
    parts.append(b"")
    return b"\r\n".join(parts)


def the_last_line_has_no_end(arguments: Sequence[bytes]) -> bytes:
    """The last argument has no end of line."""
    parts = [COUNTS[len(arguments)]]
    for argument in arguments:
        parts.append(LENGTHS[len(argument)])
        parts.append(argument)
    return b"\r\n".join(parts)


def a_line_of_words(arguments: Sequence[bytes]) -> bytes:
    """The words are sent as a line, which no argument with a space in it survives."""
    parts = [COUNTS[len(arguments)]]
    for argument in arguments:
        parts.append(LENGTHS[len(argument)])
        parts.append(argument)
    parts.append(b"")
    return b" ".join(arguments) + b"\r\n"
