"""The types of a string.

bytes            as it came; OBJECT ENCODING calls a number "int"
bytearray        once it was changed in place (APPEND, SETRANGE, SETBIT): always "raw"
EmbeddedNumber   a number that stays text
"""

from typing import cast


class EmbeddedNumber(bytes):
    """A number that Redis keeps as text ("embstr") because INCRBYFLOAT wrote it.

    A key with it gives it away like any string; a file has it as plain bytes, so it is an "int" once loaded.
    """

    __slots__ = ()


# The `kind` to ask the keyspace for: it finds both types, and the type checker takes both for bytes.
STRING = cast("type[bytes]", (bytes, bytearray))
