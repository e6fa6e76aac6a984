"""A wrong answer: one lock guards all accounts, so all transfers wait for each other."""

import threading
from typing import Any

ALL = threading.Lock()


def transfer(source: Any, target: Any, amount: int) -> bool:
    """Move the amount; False, and nothing is moved, if the source has less."""
    if source is target:
        with source.lock:
            return bool(source.balance >= amount)
    first, second = sorted([source, target], key=lambda account: account.number)
    with ALL, first.lock, second.lock:
        if source.balance < amount:
            return False
        source.balance -= amount
        target.balance += amount
        return True
