"""Step 18: runs a script over a dict.  It shows what a script can reach, and how an endless one is stopped.

python docs/steps/18_script.py 'return redis.call("SET", KEYS[1], ARGV[1])' key -- value
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.scripting.host import RegisteredFunction, ScriptError
from redis_clone.features.scripting.interpreter import Interpreter
from redis_clone.protocol.errors import RedisError
from redis_clone.protocol.replies import Reply, SimpleString

PATIENCE_S = 0.2


class Host:
    """The functions that a script can call."""

    protocol = 2

    def __init__(self) -> None:
        self.data: dict[bytes, bytes] = {}
        self.deadline_s = time.monotonic() + PATIENCE_S

    def call(self, argv: list[bytes]) -> Reply:
        name, *words = argv
        if name == b"SET" and len(words) == 2:
            self.data[words[0]] = words[1]
            return SimpleString("OK")
        if name == b"GET" and len(words) == 1:
            return self.data.get(words[0])
        raise RedisError("ERR Unknown Redis command called from script")

    def check(self) -> str | None:
        """Called again and again while a script runs."""
        return "ERR it took too long" if time.monotonic() > self.deadline_s else None

    def log(self, level: int, text: str) -> None:
        print(text)

    def set_protocol(self, protocol: int) -> None: ...
    def set_replication(self, flags: int) -> None: ...
    def register(self, function: RegisteredFunction) -> None: ...

    def may_run(self, argv: list[bytes]) -> bool:
        return argv[0] in (b"SET", b"GET")


def run(text: str, keys: list[str], arguments: list[str]) -> Reply:
    args = [arg.encode() for arg in keys + arguments]
    try:
        script = Interpreter(Host()).compile(text.encode(), b"user_script")
        return script(args, len(keys))
    except RedisError as error:
        return error
    except ScriptError as failure:
        return failure.reply("this one")


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit(f"Which script? python {sys.argv[0]} 'return 1'")
    script, *rest = sys.argv[1:]
    at = rest.index("--") if "--" in rest else len(rest)
    print(run(script, rest[:at], rest[at + 1 :]))
