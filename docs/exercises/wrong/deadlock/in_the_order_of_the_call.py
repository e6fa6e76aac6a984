"""A wrong answer: the source's lock is taken first, whichever account it is."""

from typing import Any


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    if source is target:
        with source.lock:
            return bool(source.balance >= amount)
    first, second = source, target
    with first.lock, second.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
        target.balance += amount
        return True
