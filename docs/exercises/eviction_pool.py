"""A pool remembers the best candidates for eviction.

When memory is full, the key that was accessed longest ago should go. To know which that is, all keys
would have to stand in order, and each GET would change the order. So the server looks at five keys picked
at random, and keeps the best candidates it has ever seen in a small pool. In the end the best of hundreds
goes, though only five are looked at each time.

`offer(candidate)` puts a candidate into the pool if it belongs there. `self._candidates` is a list of at
most SIZE candidates in ascending order; they compare by their rank, and the highest rank is evicted
first. A full pool takes a candidate only if it is better than the worst one, which then leaves; and the
same candidate is not taken twice.
"""

from random import Random

from exercises.machinery.conversation import LiveServer
from exercises.machinery.trial import calling
from redis_clone.cache.pool import SIZE, Candidate, Pool

CHAPTER = 9
LEVEL = 2
CONCEPT = "sampling, with a memory"
HOLE = "redis_clone/cache/pool.py:Pool.offer"
HINTS = (
    "When it is full, self._candidates[0] is the worst. A candidate whose rank is no higher than that one's"
    " stays outside.",
    "insort (from bisect, imported already) puts it where it belongs.",
    "Then the list may be one too long: del self._candidates[0].",
)


def offered(*candidates: Candidate) -> list[tuple[int, bytes]]:
    """The pool, after these were offered to an empty one, as pairs of rank and key."""
    pool = Pool()
    for candidate in candidates:
        pool.offer(candidate)
    return [(candidate.rank, candidate.key) for candidate in pool._candidates]


def of(rank: int) -> Candidate:
    return Candidate(rank, 0, b"k%d" % rank)


def test_they_stand_in_ascending_order() -> None:
    calling(offered, of(5), of(9), of(2)).gives([(2, b"k2"), (5, b"k5"), (9, b"k9")])


def test_the_same_one_is_not_taken_twice() -> None:
    calling(offered, of(5), of(9), of(5)).gives([(5, b"k5"), (9, b"k9")])


def test_two_keys_may_have_the_same_rank() -> None:
    calling(offered, Candidate(5, 0, b"a"), Candidate(5, 0, b"b")).gives([(5, b"a"), (5, b"b")])


def test_a_full_pool_takes_a_better_one_for_the_worst() -> None:
    full = [of(rank) for rank in range(10, 10 + SIZE)]
    calling(
        lambda: offered(*full, of(100)), given=f"ranks 10 to {9 + SIZE}, and then 100", shown="the pool"
    ).gives([(rank, b"k%d" % rank) for rank in [*range(11, 10 + SIZE), 100]])


def test_a_little_better_than_the_worst_is_enough() -> None:
    full = [of(rank) for rank in range(10, 10 * SIZE + 1, 10)]
    calling(
        lambda: offered(*full, of(15)),
        given=f"ranks 10, 20 to {10 * SIZE}, and then 15",
        shown="the pool",
    ).gives([(15, b"k15"), *[(rank, b"k%d" % rank) for rank in range(20, 10 * SIZE + 1, 10)]])


def test_a_full_pool_refuses_a_worse_one() -> None:
    full = [of(rank) for rank in range(10, 10 + SIZE)]
    same = [(rank, b"k%d" % rank) for rank in range(10, 10 + SIZE)]
    calling(
        lambda: offered(*full, of(3)), given=f"ranks 10 to {9 + SIZE}, and then 3", shown="the pool"
    ).gives(same)
    late = Candidate(10, 0, b"late")
    calling(
        lambda: offered(*full, late), given="... and then another one of rank 10", shown="the pool"
    ).gives(same)


def test_it_holds_the_best_of_many() -> None:
    ranks = Random(4).sample(range(1000), 300)
    best = sorted(ranks)[-SIZE:]
    calling(
        lambda: [rank for rank, _ in offered(*map(of, ranks))], shown="the ranks, after 300 in any order"
    ).gives(best)


def test_the_server_evicts_what_was_accessed_longest_ago(server: LiveServer) -> None:
    client = server.client()
    for number in range(60):
        client([b"SET", b"key:%d" % number, b"x" * 2000])
    client("CONFIG SET maxmemory-policy allkeys-lru")
    client("CONFIG SET maxmemory 100000")
    client.expect_that("SET another x", lambda reply: reply == "OK", "OK, for some keys were evicted")
    client.expect_that("DBSIZE", lambda keys: 20 < keys < 60, "fewer than 60 keys")
