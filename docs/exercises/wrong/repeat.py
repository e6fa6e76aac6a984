"""Wrong answers to `repeat`.  Each function is one mistake, and takes the place of `split_repeat`."""


def a_number_alone(words: Words) -> tuple[int, Words]:
    """A number without a command behind it is taken for a count."""
    if bool(words) and _INTEGER.fullmatch(words[0]):
        return int(words[0]), words[1:]
    return 1, words


def the_number_stays(words: Words) -> tuple[int, Words]:
    """The number is sent as the name of the command."""
    if len(words) > 1 and _INTEGER.fullmatch(words[0]):
        return int(words[0]), words
    return 1, words


def any_digits(words: Words) -> tuple[int, Words]:
    """A word that only begins with digits is taken for a count."""
    if len(words) > 1 and _INTEGER.match(words[0]):
        return int(words[0]), words[1:]
    return 1, words
