"""Step 13: a program is killed in the middle, and its log has kept all that was acknowledged.

python docs/steps/13_log.py
"""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.persistence.aof_log import ALWAYS, Log
from redis_clone.features.persistence.aof_reader import CutShort, read_transactions
from redis_clone.features.propagation import EXEC, MULTI
from redis_clone.protocol.ops import LOG
from redis_clone.structures.clock import Clock

ENOUGH = 200


def work(path: str) -> None:
    """Move one coin after another from ada to bob, and acknowledge each; until the process is killed."""
    log = Log(Clock(), report=print, stop=print)
    log.policy = ALWAYS
    log.switch_file(open(path, "ab", buffering=0))  # noqa: SIM115 (the log closes it)
    number = 0
    while True:
        number += 1
        log.feed([MULTI, (0, [b"DECR", b"ada"], LOG), (0, [b"INCR", b"bob"], LOG), EXEC])
        log.flush_before_reply(log.logged)
        print(number, flush=True)  # the acknowledgement


def kill_it(path: str) -> int:
    """Let a process work, and kill it on the spot; returns how much it had acknowledged."""
    command = [sys.executable, __file__, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) == ENOUGH:
                process.kill()
    return int(line)


def replay(path: str) -> Counter[bytes]:
    balances: Counter[bytes] = Counter()
    with open(path, "rb") as file:
        try:
            for transaction in read_transactions(file.read):
                for name, key in transaction.commands:
                    if name != b"SELECT":
                        balances[key] += 1 if name == b"INCR" else -1
        except CutShort as cut:
            print(f"the file ends in the middle of something; it is good up to byte {cut.offset}")
    return balances


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/appendonly.aof"
        acknowledged = kill_it(path)
        balances = replay(path)
    print(f"acknowledged: {acknowledged}, of these lost: {max(acknowledged - balances[b'bob'], 0)}")
    print(f"coins out of nothing: {balances[b'ada'] + balances[b'bob']}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(sys.argv[1])
    else:
        main()
