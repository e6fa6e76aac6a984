"""Transfers between accounts, each of which has a lock.

An account has a `number`, which no other account has, a `balance`, and a `lock` (no RLock).
"""

from typing import Any


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    with source.lock, target.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
        target.balance += amount
        return True
