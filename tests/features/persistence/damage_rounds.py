"""Random damage to files that a server finds at its start: each is a clean error, or a proper load.

    python tests/features/persistence/damage_rounds.py --rounds 10000 [--seed 1]

A round takes a good folder, with a snapshot or with an append-only file of a base and two increments,
changes some bytes, cuts a file or takes it away, and starts a server on it.  An error must name the file,
say where in it something is wrong and what to do, and leave the folder as it was; and after a start it must
be possible to save what was loaded, and to load it again.
"""

import argparse
import os
import random
import re
import sys
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

if __name__ == "__main__":
    here = Path(__file__).resolve()
    sys.path[:0] = [str(here.parents[3]), str(here.parents[2])]

from redis_clone import commands, logging
from redis_clone.features.persistence.dataset import CannotLoad
from redis_clone.server.loading import load_at_start
from redis_clone.server.locking import execute, locked, locked_outside_scripts
from redis_clone.server.state import Client, Server
from redis_clone.storage.digest import digest_of_all

commands.load()

WHERE = re.compile(
    r"reads up to|holds (data|functions)|at (offset|byte|line) \d+|up to offset \d+|length\. stat:"
    r"|empty AOF manifest"
)
WHAT_TO_DO = re.compile(
    r"[Mm]ake a backup|put a good copy|Put a whole copy|put it back|correct it|Load it with"
)

FILLING = """
SET string value|SET number 12|SET expiring soon EX 1000|RPUSH list a b c|LMOVE list other LEFT RIGHT
SADD set 1 2 3|SADD words x y|SPOP words 1|HSET hash field value other 2|HINCRBYFLOAT hash other 0.25
ZADD zset 1.5 a -inf b|XADD stream 1-1 a 1|XGROUP CREATE stream group 0|XADD stream 3 b 3
XREADGROUP GROUP group ada COUNT 1 STREAMS stream >|PFADD hll a b c|SETBIT bits 99 1|SELECT 5
SET elsewhere 1|MULTI|INCR tx|SELECT 0|INCR tx|EXEC|SET large {large}
""".format(large="abcdefgh" * 40).replace("\n", "|").strip("|").split("|")  # fmt: skip


@contextmanager
def started(folder, **parameters):
    """A server without a network that has loaded the folder."""
    before = os.getcwd()
    server = Server()
    server.config.set_all({"dir": str(folder), "save": "", **parameters}, starting=True)
    try:
        load_at_start(server)
        yield server
    finally:
        server.aof_files.stop()
        os.chdir(before)  # `dir` is where a server works


def fill(server):
    client = Client(server)
    for line in FILLING:
        execute(client, line.encode().split())
    return digest_of_all(server.databases)


def snapshot_folder(folder):
    with started(folder) as server:
        fill(server)
        assert server.rdb_saving.save()


def log_folder(folder, preamble):
    """A base with data in it, and behind it two increments."""
    options = {"appendonly": "yes", "aof-use-rdb-preamble": preamble}
    with started(folder, **options) as server:
        fill(server)
        server.aof_rewriting.start(partial(locked, server), partial(locked_outside_scripts, server))
        server.rewrites.job.thread.join()
        fill(server)
    with started(folder, **options) as server:
        manifest = server.aof_files.manifest.with_increment(server.config["appendfilename"])
        server.log.switch_file(server.aof_files.open_increment(manifest.increments[-1]))
        server.aof_files.save_manifest(manifest)
        fill(server)


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(folder, files):
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def damaged(files, chance):
    """The files, one of them damaged; the manifest as often as all others together."""
    files = dict(files)
    manifests = [name for name in files if name.suffix == ".manifest"]
    name = chance.choice(manifests if manifests and chance.random() < 0.3 else sorted(files))
    data = bytearray(files[name])
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) or 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = bytes([data[at] ^ 1 << chance.randrange(8)]) if data else b"x"
            case 1:
                del data[at : at + chance.randint(1, 20)]
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 20))
            case 3:
                del data[at:]
            case 4:  # a piece of itself, as a disk that mixes up its blocks would have it
                start = chance.randrange(len(data) or 1)
                data[at : at + 30] = data[start : start + 30]
            case 5:
                data[at : at + 1] = b"%d" % chance.choice([0, -1, 9, 2**31, 2**63])
    files[name] = bytes(data)
    if chance.random() < 0.02:
        del files[name]
    return files


def run_round(files, chance, **options):
    """True when the server started; AssertionError when it did what it must not."""
    files = damaged(files, chance)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, files)
        try:
            with started(folder, **options) as server:
                check_what_was_loaded(server)
        except CannotLoad as problem:
            text = str(problem)
            assert WHERE.search(text) and WHAT_TO_DO.search(text), text
            assert any(name.name in text for name in files) or "stat:" in text, text
            assert contents(folder) == files, f"the folder has changed: {text}"
            return False
    return True


def check_what_was_loaded(server):
    """Assert that the dataset can be saved and loaded again."""
    digest = digest_of_all(server.databases)
    assert server.rdb_saving.save()
    for database in server.databases:
        database.clear()
    server.changes.clear()
    server.rdb_saving.load_at_start()
    assert digest_of_all(server.databases) == digest


KINDS = {
    "snapshot": (snapshot_folder, {}),
    "log": (lambda folder: log_folder(folder, "yes"), {"appendonly": "yes"}),
    "plain log": (lambda folder: log_folder(folder, "no"), {"appendonly": "yes"}),
}


def run_rounds(kind, count, seed):
    """How many damaged files were rejected."""
    make, options = KINDS[kind]
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        files = contents(Path(folder))
    refused = 0
    for number in range(seed, seed + count):
        chance = random.Random(number)
        truncates = {"aof-load-truncated": chance.choice(["yes", "yes", "no"])}
        try:
            refused += not run_round(files, chance, **options, **truncates)
        except BaseException:
            print(f"{kind}, seed {number}")
            raise
    return refused


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    logging.start("warning", "/dev/null")
    for kind in KINDS:
        count = arguments.rounds // len(KINDS)
        print(f"{kind}: {count} damages, {run_rounds(kind, count, arguments.seed)} of them refused")


if __name__ == "__main__":
    main()
