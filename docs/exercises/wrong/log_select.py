"""Wrong answers to `log_select`.  Each function is one mistake, and takes the place of `OpEncoder.encode`."""


def before_each(self, ops: Sequence[Op]) -> bytes:
    """A SELECT stands before each command, and the log is twice as long."""
    parts = []
    for db, argv, _ in ops:
        if db != NO_DB:
            self.db = db
            parts.append(encode_command([b"SELECT", b"%d" % db]))
        parts.append(encode_command(argv))
    return b"".join(parts)


def not_remembered(self, ops: Sequence[Op]) -> bytes:
    """The database is not remembered from one call to the next."""
    parts = []
    for db, argv, _ in ops:
        if db != self.db and db != NO_DB:
            parts.append(encode_command([b"SELECT", b"%d" % db]))
        parts.append(encode_command(argv))
    return b"".join(parts)


def what_has_no_database(self, ops: Sequence[Op]) -> bytes:
    """For an op without a database one is selected all the same."""
    parts = []
    for db, argv, _ in ops:
        if db != self.db:
            self.db = db
            parts.append(encode_command([b"SELECT", b"%d" % db]))
        parts.append(encode_command(argv))
    return b"".join(parts)


def zero_needs_none(self, ops: Sequence[Op]) -> bytes:
    """A file that begins with database 0 has no SELECT, though its reader may be in another one."""
    parts = []
    for db, argv, _ in ops:
        if db != NO_DB and db != max(self.db, 0):
            parts.append(encode_command([b"SELECT", b"%d" % db]))
        if db != NO_DB:
            self.db = db
        parts.append(encode_command(argv))
    return b"".join(parts)


def an_exec_changes_what_is_selected(self, ops: Sequence[Op]) -> bytes:
    """After an EXEC no database is known to be selected, and the next command has a SELECT for nothing."""
    parts = []
    for db, argv, _ in ops:
        if db != self.db and db != NO_DB:
            parts.append(encode_command([b"SELECT", b"%d" % db]))
        self.db = db
        parts.append(encode_command(argv))
    return b"".join(parts)
