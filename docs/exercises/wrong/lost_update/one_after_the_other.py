"""A wrong answer: only the orders are tried in which one makes all its steps before the other."""

from collections.abc import Callable
from typing import Any


def find_lost_update(make: Callable[[], Any]) -> str | None:
    """An order of steps, such as "AABB", after which the counter is not 2; None if there is none."""

    def explore(order: str) -> str | None:
        counter = make()
        for who in order:
            counter.step(who)
        able = [who for who in "AB" if counter.can_step(who)]
        able = [who for who in able if who in order[-1:]] or able
        if not able:
            return order if counter.value != 2 else None
        return next(filter(None, (explore(order + who) for who in able)), None)

    return explore("")
