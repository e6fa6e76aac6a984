"""Two locks in two orders are a deadlock.

A bank has a lock for each account. A transfer takes the lock of the account that pays, then that of the one
that receives, so that no other transfer sees money twice or nowhere. It went well for a year. Then, one
night, the bank stood still:

    thread 1    transfer(ada, bob, 10)      takes ada's lock
    thread 2    transfer(bob, ada, 20)      takes bob's lock
    thread 1                                waits for bob's lock ...
    thread 2                                waits for ada's lock ...

This server has one lock for all data, and so no such night. Where there are several locks, every thread
must take them in one order, whichever account pays. Correct the file that `start` gives you. One lock for
all accounts would do, but not here: transfers that have nothing to do with each other must go on at the
same time. And some client will send money to himself.
"""

import threading
from types import ModuleType

from exercises.machinery.trial import NotYet, calling, expect, not_yet

CHAPTER = 5
LEVEL = 2
CONCEPT = "an order of locks"
FILE = "docs/exercises/yours/deadlock.py"
HINTS = (
    "What is the same for both threads, whatever they were asked for? Each account has a number.",
    "first, second = sorted([source, target], key=lambda account: account.number), and take their "
    "locks in that order.",
    "When both are the same account, its lock must be taken once only: it is no RLock. Nothing moves "
    "then, so no lock is needed at all; but the money must be there.",
)
TOO_LONG_S = 1.0
TOGETHER_S = 0.2


class Lock:
    """A thread that gets it waits a moment for the other one to get its own: so what may go wrong does."""

    def __init__(self, name: str, meeting: threading.Barrier | None) -> None:
        self._lock = threading.Lock()
        self._name, self._meeting = name, meeting
        self.takers: list[str] = []
        self.met = False
        self.other: Lock | None = None
        self.other_was_held = False  # when this one was taken

    def acquire(self) -> bool:
        if not self._lock.acquire(timeout=TOO_LONG_S):
            raise not_yet(
                "no thread waits for ever", f"{threading.current_thread().name} waits for {self._name}"
            )
        self.takers.append(threading.current_thread().name)
        self.other_was_held = self.other is not None and self.other.locked()
        if self._meeting is not None:
            try:
                self._meeting.wait(TOGETHER_S)
                self.met = True
            except threading.BrokenBarrierError:
                pass
        return True

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exception: object) -> None:
        self.release()


class Account:
    SETTABLE = ("balance",)  # by the student's code

    def __init__(
        self, number: int, name: str, balance: int, meeting: threading.Barrier | None = None
    ) -> None:
        self.number, self.name, self.balance = number, name, balance
        self.lock = Lock(f"{name}'s lock", meeting)

    def __repr__(self) -> str:
        return self.name


def at_once(yours: ModuleType, *transfers: tuple[Account, Account, int]) -> list[bool]:
    """Run each in a thread of its own; returns what they answered."""
    answers: list[bool] = []
    faults: list[BaseException] = []

    def run(transfer: tuple[Account, Account, int]) -> None:
        try:
            answers.append(yours.transfer(*transfer))
        except BaseException as problem:
            faults.append(problem)

    threads = [
        threading.Thread(target=run, args=(each,), name=f"transfer{each}", daemon=True) for each in transfers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(4 * TOO_LONG_S)
    if faults:
        raise (
            NotYet("\n".join(str(fault) for fault in faults)) if isinstance(faults[0], NotYet) else faults[0]
        )
    expect(not any(thread.is_alive() for thread in threads), "all transfers end")
    return answers


def test_a_transfer(yours: ModuleType) -> None:
    ada, bob = Account(1, "ada", 100), Account(2, "bob", 0)
    calling(yours.transfer, ada, bob, 30, given="ada has 100, bob has 0").gives(True)
    calling(lambda: (ada.balance, bob.balance), shown="what they have then").gives((70, 30))
    expect(not ada.lock.locked() and not bob.lock.locked(), "both locks are given back")


def test_an_account_with_too_little_pays_nothing(yours: ModuleType) -> None:
    ada, bob = Account(1, "ada", 10), Account(2, "bob", 0)
    calling(yours.transfer, ada, bob, 30, given="ada has 10, bob has 0").gives(False)
    calling(lambda: (ada.balance, bob.balance), shown="what they have then").gives((10, 0))
    expect(not ada.lock.locked() and not bob.lock.locked(), "both locks are given back")


def test_both_locks_are_held(yours: ModuleType) -> None:
    ada, bob = Account(2, "ada", 100), Account(1, "bob", 0)
    ada.lock.other, bob.lock.other = bob.lock, ada.lock
    yours.transfer(ada, bob, 30)
    calling(
        lambda: (len(ada.lock.takers), len(bob.lock.takers)), shown="how often each lock was taken"
    ).gives((1, 1))
    expect(
        ada.lock.other_was_held or bob.lock.other_was_held,
        "both locks are held at the same time",
        "one was given back before the other was taken: in between the money is nowhere",
    )


def test_two_transfers_in_opposite_directions(yours: ModuleType) -> None:
    meeting = threading.Barrier(2)
    ada, bob = Account(1, "ada", 100, meeting), Account(2, "bob", 100, meeting)
    at_once(yours, (ada, bob, 10), (bob, ada, 20))
    calling(lambda: (ada.balance, bob.balance), shown="what they have then").gives((110, 90))


def test_transfers_of_other_accounts_go_on_at_the_same_time(yours: ModuleType) -> None:
    meeting = threading.Barrier(2)
    ada, bob = Account(1, "ada", 100, meeting), Account(2, "bob", 100)
    cyd, dan = Account(3, "cyd", 100, meeting), Account(4, "dan", 100)
    at_once(yours, (ada, bob, 10), (cyd, dan, 20))
    expect(
        ada.lock.met and cyd.lock.met,
        "ada to bob and cyd to dan hold their locks at the same time",
        "one waits",
    )


def test_a_transfer_to_oneself(yours: ModuleType) -> None:
    ada = Account(1, "ada", 100)
    calling(at_once, yours, (ada, ada, 30), given="ada has 100", shown="transfer(ada, ada, 30)").gives([True])
    calling(at_once, yours, (ada, ada, 300), given="ada has 100", shown="transfer(ada, ada, 300)").gives(
        [False]
    )
    calling(lambda: ada.balance, shown="what ada has then").gives(100)
