"""The cache of scripts that EVAL and SCRIPT LOAD have compiled, by the SHA-1 of their text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from redis_clone.features.scripting.host import EntryPoint
from redis_clone.features.scripting.shebang import read_script
from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.features.scripting.interpreter import Interpreter

SOURCE = b"user_script"


class Script(NamedTuple):
    sha1: str
    entry_point: EntryPoint
    flags: frozenset[bytes] | None  # None without a shebang
    is_read_only: bool
    allows_oom: bool

    @property
    def may_cross_slots(self) -> bool:
        return self.flags is None or b"allow-cross-slot-keys" in self.flags


class Scripts:
    def __init__(self) -> None:
        self.by_sha1: dict[bytes, Script] = {}
        self.by_text: dict[bytes, Script] = {}  # the same scripts, so that EVAL computes no SHA-1

    def load(self, interpreter: Interpreter, text: bytes) -> Script:
        """Compiles a new script and keeps it."""
        script = _compiled(interpreter, text)
        self.by_sha1[script.sha1.encode()] = self.by_text[text] = script
        return script

    def find(self, sha1: bytes) -> Script:
        script = self.by_sha1.get(sha1) or self.by_sha1.get(sha1.lower())
        if script is None:
            raise RedisError("NOSCRIPT No matching script. Please use EVAL.")
        return script

    def knows(self, sha1: bytes) -> bool:
        return sha1.lower() in self.by_sha1

    def clear(self) -> None:
        self.by_sha1.clear()
        self.by_text.clear()


def _compiled(interpreter: Interpreter, text: bytes) -> Script:
    head = read_script(text)
    try:
        entry_point = interpreter.compile(head.body, SOURCE)
    except RedisError as error:
        raise RedisError(f"ERR Error compiling script (new function): {error}") from None
    flags = head.flags or ()
    is_read_only, allows_oom = b"no-writes" in flags, b"allow-oom" in flags
    return Script(interpreter.sha1(text), entry_point, head.flags, is_read_only, allows_oom)
