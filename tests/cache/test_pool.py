"""The pool, compared with a plain sorted list of all candidates that were offered."""

from random import Random

from redis_clone.cache.pool import SIZE, Candidate, Pool


def test_the_best_of_random_candidates_are_kept_in_order():
    random, pool, offered = Random(5), Pool(), set()
    for _ in range(2_000):
        candidate = Candidate(random.randrange(10_000), random.randrange(2), b"%d" % random.randrange(500))
        offered.add(candidate)
        pool.offer(candidate)
        pool.check()
    best = sorted(offered)[: -SIZE - 1 : -1]
    assert [pool.take_best().rank for _ in range(SIZE)] == [candidate.rank for candidate in best]
    assert not pool


def test_a_candidate_that_is_offered_twice_is_kept_once():
    pool = Pool()
    for _ in range(2):
        pool.offer(Candidate(1, 0, b"key"))
    assert len(pool) == 1
