"""Wrong answers to `glob_sets`.  Each function is one mistake, and takes the place of `_read_set`."""


def unclosed_is_an_error(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """A set without ] is an error here; in Redis it ends with the pattern."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    choices: set[int] = set()
    while pattern[at] != ord("]"):
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            choices.update(range(low, high + 1))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1


def ranges_only_upwards(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """[z-a] is taken to be empty; Redis turns it around."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    choices: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = pattern[at], pattern[at + 2]
            choices.update(range(low, high + 1))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1


def no_backslash(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """A \\ in a set is a character like any other."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    choices: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if False:
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            choices.update(range(low, high + 1))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1


def not_is_a_member(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """^ at the beginning is taken for a member of the set."""
    negated = False
    at += negated
    choices: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            choices.update(range(low, high + 1))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1


def the_end_is_left_out(pattern: bytes, at: int) -> tuple[frozenset[int], int]:
    """The last character of a range is left out."""
    negated = pattern[at : at + 1] == b"^"
    at += negated
    choices: set[int] = set()
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        if pattern[at : at + 1] == b"\\" and at + 1 < len(pattern):
            choices.add(pattern[at + 1])
            at += 2
        elif pattern[at + 1 : at + 2] == b"-" and at + 2 < len(pattern):
            low, high = sorted((pattern[at], pattern[at + 2]))
            choices.update(range(low, high))
            at += 3
        else:
            choices.add(pattern[at])
            at += 1
    return frozenset(ANY_BYTE - choices if negated else choices), at + 1
