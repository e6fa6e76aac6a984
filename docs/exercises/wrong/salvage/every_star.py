"""A wrong answer: a star anywhere, in a value too, is taken for the beginning of a command."""

LONGEST_NUMBER = 20  # bytes; where no line ends within it there is no number


def salvage(data: bytes) -> list[list[bytes]]:
    """All commands that are whole, each as its argv, in their order."""
    commands: list[list[bytes]] = []
    at = 0
    while at < len(data):
        found = _command(data, at)
        if found is not None:
            argv, at = found
            commands.append(argv)
            continue
        line = data.find(b"*", at + 1) - 2
        if line < -1:
            break
        at = line + 2
    return commands


def _command(data: bytes, at: int) -> tuple[list[bytes], int] | None:
    """The argv of the command that begins at `at`, and the offset behind it."""
    count, at = _number(data, at, b"*")
    if count < 1:
        return None
    argv: list[bytes] = []
    while len(argv) < count:
        length, at = _number(data, at, b"$")
        end = at + length
        if length < 0 or data[end : end + 2] != b"\r\n":
            return None
        argv.append(data[at:end])
        at = end + 2
    return argv, at


def _number(data: bytes, at: int, sign: bytes) -> tuple[int, int]:
    """The number behind the sign, and the offset behind its line; -1 if there is none."""
    end = data.find(b"\r\n", at, at + LONGEST_NUMBER)
    digits = data[at + 1 : end]
    if end < 0 or data[at : at + 1] != sign or not digits.isdigit():
        return -1, at
    return int(digits), end + 2
