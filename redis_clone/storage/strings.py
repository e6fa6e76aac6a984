"""The types of a string: `bytes`, or `bytearray` once it was changed in place (APPEND, SETRANGE, SETBIT)."""

from typing import cast

# The `kind` to ask the keyspace for: it finds both types, and the type checker takes both for bytes.
STRING = cast("type[bytes]", (bytes, bytearray))
