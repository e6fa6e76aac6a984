"""The scripts that EVAL and SCRIPT LOAD brought, by the SHA-1 of their text."""

import hashlib
from dataclasses import dataclass
from typing import Any

from redis_clone.errors import RedisError
from redis_clone.scripting.interpreter import Interpreter
from redis_clone.scripting.shebang import read_script

SOURCE = b"user_script"


@dataclass
class Script:
    sha1: str
    function: Any  # of Lua
    flags: frozenset[bytes] | None  # None: it has no shebang

    @property
    def is_read_only(self) -> bool:
        return self.flags is not None and b"no-writes" in self.flags


class Scripts:
    def __init__(self) -> None:
        self.by_sha1: dict[str, Script] = {}

    def load(self, interpreter: Interpreter, text: bytes) -> Script:
        """The script of this text, compiled if it is new."""
        sha1 = hashlib.sha1(text).hexdigest()
        script = self.by_sha1.get(sha1)
        if script is None:
            head = read_script(text)
            try:
                function = interpreter.compile(head.body, SOURCE)
            except RedisError as error:
                raise RedisError(f"ERR Error compiling script (new function): {error}") from None
            script = self.by_sha1[sha1] = Script(sha1, function, head.flags)
        return script

    def find(self, sha1: bytes) -> Script:
        script = self.by_sha1.get(sha1.decode("latin-1").lower())
        if script is None:
            raise RedisError("NOSCRIPT No matching script. Please use EVAL.")
        return script

    def knows(self, sha1: bytes) -> bool:
        return sha1.decode("latin-1").lower() in self.by_sha1

    def clear(self) -> None:
        self.by_sha1.clear()
