"""A wrong answer: only the offsets are compared, not the commands."""

Recording = list[tuple[int, list[bytes]]]  # commands, each with the offset at which it ends


def parted(old: Recording, new: Recording) -> tuple[int, list[list[bytes]]]:
    """The last offset that both have in common, and the commands that only the old master has."""
    common = 0
    for one, other in zip(old, new, strict=False):
        if one[0] != other[0]:
            break
        common += 1
    last_offset = old[common - 1][0] if common else 0
    return last_offset, [argv for _, argv in old[common:]]
