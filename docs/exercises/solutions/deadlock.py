"""Transfers between accounts, each of which has a lock.

An account has a `number`, which no other account has, a `balance`, and a `lock` (no RLock).
"""

from typing import Any


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    if source is target:
        with source.lock:
            return bool(source.balance >= amount)
    first, second = sorted([source, target], key=lambda account: account.number)
    with first.lock, second.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
        target.balance += amount
        return True
