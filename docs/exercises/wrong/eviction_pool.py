"""Wrong answers to `eviction_pool`.  Each function is one mistake, and takes the place of `Pool.offer`."""


def the_best_goes(self, candidate: Candidate) -> None:
    """When the pool is full the best candidate goes, not the worst."""
    candidates = self._candidates
    if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank) or candidate in candidates:
        return
    insort(candidates, candidate)
    if len(candidates) > SIZE:
        del candidates[-1]


def without_an_end(self, candidate: Candidate) -> None:
    """The pool grows with each candidate."""
    candidates = self._candidates
    if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank) or candidate in candidates:
        return
    insort(candidates, candidate)


def twice(self, candidate: Candidate) -> None:
    """A candidate that is in the pool already comes in a second time."""
    candidates = self._candidates
    if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank):
        return
    insort(candidates, candidate)
    if len(candidates) > SIZE:
        del candidates[0]


def not_in_order(self, candidate: Candidate) -> None:
    """A new candidate is put at the end, whatever its rank."""
    candidates = self._candidates
    if (len(candidates) == SIZE and candidate.rank <= candidates[0].rank) or candidate in candidates:
        return
    candidates.append(candidate)
    if len(candidates) > SIZE:
        del candidates[0]
