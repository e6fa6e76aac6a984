"""Wrong answers to `read_transactions`.  Each function is one mistake, and takes the place of `read_transactions`."""


def half_a_transaction(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """The commands of a transaction without its EXEC are run."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            if queued:
                yield Transaction(queued, good)
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            queued.append(argv)
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)


def one_by_one(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """The commands of a transaction come one by one."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            yield Transaction([argv], commands.offset)
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)


def good_moves_inside(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """What is good to keep ends in the middle of a transaction."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            queued.append(argv)
            good = commands.offset
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)


def no_end_is_an_end(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """A file that ends inside a transaction is taken to be whole."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            queued.append(argv)
        else:
            good = commands.offset
            yield Transaction([argv], good)


def in_capitals_only(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """A multi in small letters begins no transaction."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0]
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
            queued = None
        elif queued is not None:
            queued.append(argv)
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)


def exec_stays_open(
    read: Callable[[int], bytes], start: int = 0, skips_newlines: bool = False
) -> Iterator[Transaction]:
    """After its EXEC the transaction is still open."""
    commands = _Commands(read, start, skips_newlines=skips_newlines)
    good = start
    queued: list[Argv] | None = None  # since MULTI
    while True:
        try:
            argv = commands.next()
        except EOFError:
            raise CutShort(good, queued is not None) from None
        if argv is None:
            break
        name = argv[0].upper()
        if name == b"MULTI":
            queued = []
        elif name == b"EXEC" and queued is not None:
            good = commands.offset
            yield Transaction(queued, good)
        elif queued is not None:
            queued.append(argv)
        else:
            good = commands.offset
            yield Transaction([argv], good)
    if queued is not None:
        raise CutShort(good, True)
