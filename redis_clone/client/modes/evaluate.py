"""--eval FILE key key , argument argument: makes an EVAL of it.

It is here, though redis-cli has it, because a script of more than one line is written in a file, and a prompt
takes one line.
"""

from redis_clone.client.dialing import Words


def eval_words(path: str, rest: Words) -> Words:
    """EVAL with the script in the file, or OSError; a comma alone divides the keys from the arguments.

    >>> _divided([b"k1", b"k2", b",", b"a", b","])
    ([b'k1', b'k2'], [b'a', b','])
    """
    with open(path, "rb") as file:
        script = file.read()
    keys, arguments = _divided(rest)
    return [b"EVAL", script, b"%d" % len(keys), *keys, *arguments]


def _divided(rest: Words) -> tuple[Words, Words]:
    if b"," not in rest:
        return rest, []
    comma = rest.index(b",")
    return rest[:comma], rest[comma + 1 :]
