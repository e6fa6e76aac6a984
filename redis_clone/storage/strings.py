"""What a string is: `bytes`, or a `bytearray` once it was changed in place (APPEND, SETRANGE, SETBIT)."""

from typing import cast

# Asking the keyspace for bytes must find a bytearray too; for the type checker, both are bytes.
STRING = cast("type[bytes]", (bytes, bytearray))
