"""Wrong answers to `log_line`.  Each function is one mistake, and takes the place of `RedisFormatter.formatMessage`."""


def no_role(self, record: logging.LogRecord) -> str:
    """The letter that says who writes is missing."""
    mark = MARKS.get(record.levelno, "#")
    return f"{os.getpid()} {self.formatTime(record)} {mark} {record.message}"


def the_name_of_the_level(self, record: logging.LogRecord) -> str:
    """The level is written out, where Redis has a mark."""
    mark = MARKS.get(record.levelno, "#")
    return f"{os.getpid()}:{self.role} {self.formatTime(record)} {record.levelname} {record.message}"


def what_was_given(self, record: logging.LogRecord) -> str:
    """The text is not filled in: %s stands in the log."""
    mark = MARKS.get(record.levelno, "#")
    return f"{os.getpid()}:{self.role} {self.formatTime(record)} {mark} {record.msg}"


def a_mark_for_each_level(self, record: logging.LogRecord) -> str:
    """A level without a mark of its own is a KeyError, and its message is lost."""
    return f"{os.getpid()}:{self.role} {self.formatTime(record)} {MARKS[record.levelno]} {record.message}"
