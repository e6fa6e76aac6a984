"""A wrong answer: the first lock is given back before the second is taken: in between the money is nowhere."""

from typing import Any


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    if source is target:
        with source.lock:
            return bool(source.balance >= amount)
    with source.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
    with target.lock:
        target.balance += amount
    return True
