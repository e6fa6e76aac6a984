"""A wrong answer: an order is always found."""

from collections.abc import Callable
from typing import Any


def find_lost_update(make: Callable[[], Any]) -> str | None:
    """An order of steps, such as "AABB", after which the counter is not 2; None if there is none."""

    def explore(order: str) -> str | None:
        counter = make()
        for who in order:
            counter.step(who)
        able = [who for who in "AB" if counter.can_step(who)]
        if not able:
            return order
        return next(filter(None, (explore(order + who) for who in able)), None)

    return explore("")
