"""Step 12: a snapshot of a dataset is written to a file, while the dataset goes on changing.

python docs/steps/12_snapshot.py [folder]       writes dump.rdb there, and reads it again
"""

import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from redis_clone.features.persistence.rdb_file import RdbFile
from redis_clone.features.persistence.rdb_loader import RdbLoader, load_file
from redis_clone.features.persistence.snapshot import Snapshot
from redis_clone.storage.database import Database
from redis_clone.structures.clock import Clock

ACCOUNTS, AMOUNT = 20_000, 100
SETTINGS = {
    "rdbcompression": True, "rdbchecksum": True, "rdb-save-incremental-fsync": True, "rdb-key-save-delay": 0,
}  # fmt: skip
LOCK = threading.Lock()


def account(number: int) -> bytes:
    return b"account:%d" % number


def balance(database: Database, number: int) -> int:
    return int(database.get(account(number), bytes) or 0)


def transfer(database: Database, source: int, target: int) -> None:
    """Move one coin.  The caller holds the lock, so no snapshot shows half of it."""
    for number, change in ((source, -1), (target, +1)):
        database.update(account(number), b"%d" % (balance(database, number) + change), "set")


def save(snapshot: Snapshot, folder: str) -> None:
    """The thread "snapshot": slices under the lock, the slow part without it."""
    with RdbFile(folder, "dump.rdb", SETTINGS, snapshot.sizes) as file:
        file.begin({})
        while True:
            with LOCK:
                entries = snapshot.take()
            if not entries:
                break
            file.write(entries)
        file.finish()
        file.publish()


def main(folder: str) -> None:
    database = Database(0, Clock(), [])
    for number in range(ACCOUNTS):
        database.update(account(number), b"%d" % AMOUNT, "set")
    with LOCK:
        snapshot = Snapshot([database])
    thread = threading.Thread(target=save, args=(snapshot, folder))
    thread.start()
    transfers = 0
    while thread.is_alive():
        with LOCK:
            transfer(database, transfers % ACCOUNTS, (transfers * 7 + 1) % ACCOUNTS)
        transfers += 1
    loaded = Database(0, Clock(), [])
    load_file(f"{folder}/dump.rdb", RdbLoader([loaded], None))
    changed = sum(balance(database, n) != balance(loaded, n) for n in range(ACCOUNTS))
    total = sum(balance(loaded, n) for n in range(ACCOUNTS))
    print(f"{transfers} transfers were made while the file was written")
    print(f"{changed} of {ACCOUNTS} accounts differ from the file")
    print(f"in the file there are {total} coins")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        main(sys.argv[1])
    else:
        with tempfile.TemporaryDirectory() as place:
            main(place)
