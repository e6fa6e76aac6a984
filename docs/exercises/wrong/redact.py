"""Wrong answers to `redact`.  Each function is one mistake, and takes the place of `redacted`."""


def only_small_letters(argv: list[bytes]) -> list[bytes]:
    """A command in capitals is not recognized."""
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)  # which knows a command by its new name after rename-command
    name = argv[0]
    find = SECRETS.get(name)
    if find is None:
        return argv
    secret = set(find(lowered))
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]


def all_but_the_name(argv: list[bytes]) -> list[bytes]:
    """All arguments are hidden, and nobody can see what was done."""
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)  # which knows a command by its new name after rename-command
    name = spec.name.lower().encode() if spec else b"|".join(lowered[:2])
    find = SECRETS.get(name) or SECRETS.get(lowered[0])
    if find is None:
        return argv
    secret = set(range(1, len(argv)))
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]


def the_argv_itself(argv: list[bytes]) -> list[bytes]:
    """The command's own arguments are overwritten, so it cannot run any more."""
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)  # which knows a command by its new name after rename-command
    name = spec.name.lower().encode() if spec else b"|".join(lowered[:2])
    find = SECRETS.get(name) or SECRETS.get(lowered[0])
    if find is None:
        return argv
    secret = set(find(lowered))
    for at in secret:
        argv[at] = REDACTED
    return argv


def by_its_new_name_it_is_unknown(argv: list[bytes]) -> list[bytes]:
    """A command that was renamed shows its password."""
    lowered = [argument.lower() for argument in argv]
    find = SECRETS.get(lowered[0]) or SECRETS.get(b"|".join(lowered[:2]))
    if find is None:
        return argv
    secret = set(find(lowered))
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]


def by_its_old_name_it_is_unknown(argv: list[bytes]) -> list[bytes]:
    """Under the name that a command had before, its password is shown."""
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)
    find = SECRETS.get(spec.name.lower().encode()) if spec else None
    if find is None:
        return argv
    secret = set(find(lowered))
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]


def a_copy_of_each(argv: list[bytes]) -> list[bytes]:
    """A command without a secret is copied, each time."""
    lowered = [argument.lower() for argument in argv]
    spec = lookup(argv)
    name = spec.name.lower().encode() if spec else b"|".join(lowered[:2])
    find = SECRETS.get(name) or SECRETS.get(lowered[0])
    secret = set(find(lowered)) if find else set()
    return [REDACTED if at in secret else argument for at, argument in enumerate(argv)]
