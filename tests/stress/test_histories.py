"""Blocking commands in pipelines of several clients: no reply is lost, late or sent to the wrong client."""

import threading
import time
from random import Random

import pytest
from histories import Operation, is_linearizable

CLIENTS, PIPELINES = 5, 12
KEYS = (b"jobs", b"results")


def converse(client, number, random, histories):
    """Sends pipelines one after the other, and records each operation in the history of its key."""
    for pipeline in range(PIPELINES):
        sent = time.monotonic()
        asked = []
        for place in range(random.choice([1, 2, 3, 6])):
            key = random.choice(KEYS)
            name = random.choice(["RPUSH", "RPUSH", "LPOP", "BLPOP", "LLEN"])
            element = b"%d-%d-%d" % (number, pipeline, place)
            more = {"RPUSH": [element], "BLPOP": [b"0.05"]}.get(name, [])
            client.send(name, key, *more)
            asked.append((name, key, element))
        for name, key, element in asked:
            reply = client.read()
            if isinstance(reply, list):
                assert reply[0] == key, f"{name} {key!r} was answered {reply}"
                reply = reply[1]
            reply = reply if isinstance(reply, (int, bytes)) else None
            histories[key].append(Operation(number, name, element, sent, time.monotonic(), reply))


@pytest.mark.parametrize(
    "seed", [1, 2, 3, *[pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24)]]
)
def test_the_operations_of_concurrent_clients_on_a_list_are_linearizable(connect, seed):
    histories = {key: [] for key in KEYS}
    clients = [connect() for _ in range(CLIENTS)]
    failed = []

    def run(number):
        try:
            converse(clients[number], number, Random(f"{seed} {number}"), histories)
        except Exception as problem:
            failed.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    for key, history in histories.items():
        assert is_linearizable(history), f"seed {seed}, {key!r}: {history}"
