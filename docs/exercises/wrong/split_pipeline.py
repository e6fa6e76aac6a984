"""Wrong answers to `split_pipeline`.  Each function is one mistake, and takes the place of `split_pipeline`."""


def half_a_command_is_run(pieces: list[bytes]) -> tuple[Pipeline, int]:
    """The last command is taken though its end has not come."""
    pipeline: Pipeline = deque()
    at, whole = 0, len(pieces) - 1  # the last piece has no \r\n after it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        argv = pieces[at + 2 : end : 2]
        if [*map(HEADER_OF, map(len, argv))] != pieces[at + 1 : end : 2]:
            break
        pipeline.append(argv)
        at = end
    return pipeline, at


def lengths_are_not_compared(pieces: list[bytes]) -> tuple[Pipeline, int]:
    """An argument with a line end in it is cut in two, because no length is looked at."""
    pipeline: Pipeline = deque()
    at, whole = 0, len(pieces) - 1  # the last piece has no \r\n after it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        argv = pieces[at + 2 : end : 2]
        if end > whole:
            break
        pipeline.append(argv)
        at = end
    return pipeline, at


def one_command_only(pieces: list[bytes]) -> tuple[Pipeline, int]:
    """It stops after the first command."""
    pipeline: Pipeline = deque()
    at, whole = 0, len(pieces) - 1  # the last piece has no \r\n after it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        argv = pieces[at + 2 : end : 2]
        if end > whole or [*map(HEADER_OF, map(len, argv))] != pieces[at + 1 : end : 2]:
            break
        pipeline.append(argv)
        at = end
        break
    return pipeline, at


def the_pieces_are_counted_wrong(pieces: list[bytes]) -> tuple[Pipeline, int]:
    """The number that tells the caller where to go on is one too small."""
    pipeline: Pipeline = deque()
    at, whole = 0, len(pieces) - 1  # the last piece has no \r\n after it
    while at < whole:
        end = at + 1 + 2 * COUNTS.get(pieces[at], whole)
        argv = pieces[at + 2 : end : 2]
        if end > whole or [*map(HEADER_OF, map(len, argv))] != pieces[at + 1 : end : 2]:
            break
        pipeline.append(argv)
        at = end
    return pipeline, max(at - 1, 0)
