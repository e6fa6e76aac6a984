"""A wrong answer: nobody thinks of a transfer from an account to itself, which waits for itself."""

from typing import Any


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    first, second = sorted([source, target], key=lambda account: account.number)
    with first.lock, second.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
        target.balance += amount
        return True
