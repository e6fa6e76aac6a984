"""Wrong answers to `shebang`.  Each function is one mistake, and takes the place of `read_script`."""


def the_line_is_gone(text: bytes) -> Head:
    """The line end is taken away, too, and all errors are one line off."""
    if not text.startswith(b"#!"):
        return Head(None, text)
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid script shebang")
    engine, *options = _words(line, "ERR Invalid engine in script shebang")
    if engine != b"#!lua":
        raise RedisError(f"ERR Unexpected engine in script shebang: {engine.decode('latin-1')}")
    flags: frozenset[bytes] = frozenset()
    for option in options:
        if not option.startswith(b"flags="):
            raise RedisError(f"ERR Unknown lua shebang option: {option.decode('latin-1')}")
        flags |= _read_flags(option.removeprefix(b"flags="))
    return Head(flags, body)


def any_engine(text: bytes) -> Head:
    """Any engine is taken for Lua."""
    if not text.startswith(b"#!"):
        return Head(None, text)
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid script shebang")
    engine, *options = _words(line, "ERR Invalid engine in script shebang")
    flags: frozenset[bytes] = frozenset()
    for option in options:
        if not option.startswith(b"flags="):
            raise RedisError(f"ERR Unknown lua shebang option: {option.decode('latin-1')}")
        flags |= _read_flags(option.removeprefix(b"flags="))
    return Head(flags, newline + body)


def unknown_options(text: bytes) -> Head:
    """An option that nobody knows is passed over."""
    if not text.startswith(b"#!"):
        return Head(None, text)
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid script shebang")
    engine, *options = _words(line, "ERR Invalid engine in script shebang")
    if engine != b"#!lua":
        raise RedisError(f"ERR Unexpected engine in script shebang: {engine.decode('latin-1')}")
    flags: frozenset[bytes] = frozenset()
    for option in options:
        if not option.startswith(b"flags="):
            continue
        flags |= _read_flags(option.removeprefix(b"flags="))
    return Head(flags, newline + body)


def no_flags_are_no_line(text: bytes) -> Head:
    """A script with the line but without flags is taken for one without the line."""
    if not text.startswith(b"#!"):
        return Head(None, text)
    line, newline, body = text.partition(b"\n")
    if not newline:
        raise RedisError("ERR Invalid script shebang")
    engine, *options = _words(line, "ERR Invalid engine in script shebang")
    if engine != b"#!lua":
        raise RedisError(f"ERR Unexpected engine in script shebang: {engine.decode('latin-1')}")
    flags: frozenset[bytes] = frozenset()
    for option in options:
        if not option.startswith(b"flags="):
            raise RedisError(f"ERR Unknown lua shebang option: {option.decode('latin-1')}")
        flags |= _read_flags(option.removeprefix(b"flags="))
    return Head(flags or None, newline + body)
