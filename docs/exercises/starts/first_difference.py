"""Two copies, and where they part."""

Recording = list[tuple[int, list[bytes]]]  # commands, each with the offset at which it ends


def parted(old: Recording, new: Recording) -> tuple[int, list[list[bytes]]]:
    """The last offset that both have in common, and the commands that only the old master has."""
    raise NotImplementedError("parted is yours to write")
