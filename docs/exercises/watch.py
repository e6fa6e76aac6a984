"""EXEC runs only if no watched key has changed.

WATCH lets a client say: run my transaction only if no other client has written these keys since I looked.
No lock is held meanwhile; that is why it is called optimistic. Each write to a watched key gives the key
another version (a number that only grows), and WATCH has stored the version that it saw, in
`self._watched`. When EXEC comes, this function answers whether any of the keys has another version now.
"""

from exercises.machinery.conversation import LiveServer

CHAPTER = 6
LEVEL = 1
CONCEPT = "compare and set without a lock"
HOLE = "redis_clone/features/transactions.py:Transaction.watched_keys_changed"
HINTS = (
    "Look at `watch`, a few lines above: what are the keys of the dict self._watched, and what its values?",
    "A Database can be asked for the version that a key has now: database.version(key).",
    "The builtin any() over self._watched.items() says it in one line.",
)


def test_exec_runs_when_no_client_wrote_the_key(server: LiveServer) -> None:
    first = server.client("first")
    first("SET balance 10")
    first("WATCH balance")
    first("MULTI")
    first("INCRBY balance 1")
    first.expect("EXEC", [11])


def test_exec_does_nothing_when_another_client_wrote_the_key(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH balance")
    second("SET balance 5")
    first("MULTI")
    first("INCRBY balance 1")
    first.expect("EXEC", None)
    second.expect("GET balance", b"5")


def test_writing_the_same_value_again_counts_as_a_change(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    second("SET balance 5")
    first("WATCH balance")
    second("SET balance 5")
    first("MULTI")
    first("PING")
    first.expect("EXEC", None)


def test_one_changed_key_of_several_is_enough(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH a b c")
    second("SET c 1")
    first("MULTI")
    first("PING")
    first.expect("EXEC", None)


def test_other_keys_do_not_matter(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH a")
    second("SET b 1")
    first("MULTI")
    first("PING")
    first.expect("EXEC", ["PONG"])


def test_the_key_of_the_same_name_in_another_database_does_not_matter(server: LiveServer) -> None:
    first, second = server.client("first"), server.client("second")
    first("WATCH a")
    second("SELECT 1")
    second("SET a 1")
    first("MULTI")
    first("PING")
    first.expect("EXEC", ["PONG"])
